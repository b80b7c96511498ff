// The auditor: hears every request and reply, looks at the database while others race, and judges at the end. It knows
// nothing of how the server works; a judge that finds nothing has nothing to say.
import type { Deed } from "./deeds.ts";
import { faults_of_deeds, type Limits } from "./judge_answers.ts";
import { faults_at_the_end, faults_in, lost_in, rewritten, unexplained_shortages } from "./judge_shop.ts";
import { read_trail, take_snapshot, type Snapshot } from "./snapshot.ts";

const REST_MS = 50; // between two looks, at least; as long as a look took, so that the shop has half of the time
const CLOCK_MS = 40_000; // longer than an order may stay unpaid
const TOLD = 20; // faults that are printed

export class Found extends Error {
  constructor(readonly faults: string[]) {
    const more = faults.length > TOLD ? [`and ${faults.length - TOLD} more`] : [];
    super(["the auditor found:", ...faults.slice(0, TOLD), ...more].join("\n  "));
  }
}

export class Auditor {
  readonly deeds: Deed[] = [];
  private faults: string[] = [];
  private last: Snapshot | undefined;
  private watching = false;
  private watch: Promise<void> = Promise.resolve();
  looks = 0;
  short = 0; // rows that were, at some look

  // `limits`: variants of which more may be sold than is there. `with_faults`: something breaks the way to the shop, so
  // that answers may be lost, or 503.
  constructor(private readonly options: { limits?: Limits; with_faults?: boolean } = {}) {}

  hear<D extends Deed>(deed: D): D {
    this.deeds.push(deed);
    return deed;
  }

  // One look at the database, which has to be there, judged at once.
  async look(): Promise<void> {
    const heard = [...this.deeds];
    const seen = await take_snapshot();
    this.looks += 1;
    this.short += seen.stock.filter((r) => r.shortage > 0).length;
    this.faults.push(
      ...faults_in(seen),
      ...lost_in(seen, heard),
      ...unexplained_shortages(seen, this.deeds),
      ...(this.last ? rewritten(this.last, seen) : []),
    );
    this.last = seen;
  }

  // Looks again and again until the end.
  begin(): void {
    this.watching = true;
    this.watch = (async () => {
      while (this.watching) {
        const before = performance.now();
        await this.look();
        await new Promise((go) => setTimeout(go, Math.max(REST_MS, performance.now() - before)));
      }
    })();
  }

  async stop_looking(): Promise<void> {
    this.watching = false;
    await this.watch;
  }

  // Until the clock has nothing left to cancel.
  async wait_for_the_clock(): Promise<void> {
    const waits = (s: Snapshot) =>
      s.orders.some((o) => o.head === "pending" && !o.payments.includes("captured"));
    for (const by = performance.now() + CLOCK_MS; waits(await take_snapshot());) {
      if (performance.now() > by) return; // judge() says of which
      await new Promise((go) => setTimeout(go, 200));
    }
  }

  // When nobody asks any more. Throws when there is a fault, and says which.
  async judge(): Promise<Snapshot> {
    await this.stop_looking();
    await this.look();
    const end = await take_snapshot();
    const trail = await read_trail();
    const faults = [
      ...this.faults,
      ...faults_at_the_end(end, this.deeds, trail),
      ...faults_of_deeds(this.deeds, end, this.options),
    ];
    const all = [...new Set(faults)];
    if (all.length > 0) throw new Found(all);
    return end;
  }
}
