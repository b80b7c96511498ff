// A crowd races, something is killed at a random instant, and everybody asks on under their keys until they are answered.
import { strict as assert } from "node:assert";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { bring_up, type Up } from "../api/server.ts";
import { Auditor } from "../load/auditor.ts";
import { Chance, is_long } from "../load/chance.ts";
import { Crowd } from "../load/crowd.ts";
import { Market } from "../load/market.ts";

const OWNER = { email: "owner@example.com", password: "a password for the power cut" };
const CARTS = 250; // more than are ordered in a round
const LOAD_MS = 500; // the kill comes within
const BEGUN_MS = 10_000;
const AFTERWARDS_MS = 150;
const WHOLE_AGAIN_MS = 2000; // held in long runs: a short one is a test, and no test is timed
const CROWD = { shoppers: 16, staff: 8, suppliers: 2 };

export class KilledShop {
  readonly auditor = new Auditor({ with_faults: true });
  readonly chance = new Chance();
  readonly market = new Market(this.auditor, () => this.up.address);
  private goods = { variants: [] as string[], locations: [] as string[] };
  private readonly whole_again: number[] = []; // how long it took, in milliseconds
  private reached = 0; // deeds that were under way when the kill came

  private constructor(
    private readonly above: string,
    readonly data: string,
    private up: Up,
  ) {}

  static async open(): Promise<KilledShop> {
    const above = await mkdtemp(join(tmpdir(), "carrack-killed-"));
    await chmod(above, 0o755);
    const data = join(above, "shop");
    const shop = new KilledShop(above, data, await KilledShop.start(data));
    shop.goods.locations = [await shop.market.location(0), await shop.market.location(1)];
    for (let i = 0; i < 6; ++i) shop.goods.variants.push(await shop.market.stock(60, shop.goods.locations));
    return shop;
  }

  private static async start(data: string): Promise<Up> {
    const up = await bring_up(data, {
      CARRACK_OWNER_EMAIL: OWNER.email,
      CARRACK_OWNER_PASSWORD: OWNER.password,
      CARRACK_PAYMENT_TERMS: "manual=1s", // unpaid orders run out, too
    });
    process.env["CARRACK_API_TESTS"] = JSON.stringify({ address: up.address, owner: OWNER, data });
    return up;
  }

  async kill_server(): Promise<number> {
    const killed_at = performance.now();
    await this.up.program.crash();
    this.up = await KilledShop.start(this.data);
    return killed_at;
  }

  // From that moment until a deed that was begun after it has its answer.
  private async until_whole(killed_at: number): Promise<number> {
    const probe = this.market.client();
    await this.market.adjust(probe, this.goods.variants[0] ?? "", this.goods.locations[0] ?? "", 1);
    probe.close();
    return performance.now() - killed_at;
  }

  private under_way(): number {
    return this.auditor.deeds.filter((d) => d.attempts.some((a) => a.answered === Infinity)).length;
  }

  // `kill` gives the moment at which it killed; what it killed may have come back by then.
  async round(kill: (chance: Chance) => Promise<number>): Promise<void> {
    await this.market.renew_token();
    const crowd = new Crowd(this.market, this.goods, this.chance, true); // with counts
    await crowd.bring_carts(CARTS);
    crowd.begin(CROWD);
    try {
      await new Promise((go) => setTimeout(go, this.chance.below(LOAD_MS)));
      // Who kills the idle proves nothing; `judge` insists.
      for (const by = performance.now() + BEGUN_MS; this.under_way() === 0 && performance.now() < by;)
        await new Promise((go) => setTimeout(go, 1));
      this.reached += this.under_way();
      this.whole_again.push(await this.until_whole(await kill(this.chance)));
      await new Promise((go) => setTimeout(go, AFTERWARDS_MS));
    } catch (why) {
      crowd.abandon(why);
    }
    await crowd.end();
    await this.auditor.look();
  }

  async judge(): Promise<void> {
    await this.auditor.wait_for_the_clock();
    const end = await this.auditor.judge();
    const requests = this.auditor.deeds.reduce((n, d) => n + d.attempts.length, 0);
    const lost = this.auditor.deeds.flatMap((d) => d.attempts).filter((a) => a.status === 0).length;
    const took = [...this.whole_again].sort((a, b) => a - b);
    const ms = (n: number | undefined) => `${(n ?? 0).toFixed(0)} ms`;
    console.log(
      `${took.length} kills, ${this.reached} deeds under way, ${lost} answers lost; ` +
        `${end.orders.length} orders, ${requests} requests; ` +
        `whole again after ${ms(took[took.length >> 1])} (median), ${ms(took.at(-1))} (longest)`,
    );
    assert.ok(this.reached >= took.length, "something was under way whenever it was killed");
    if (is_long()) assert.ok((took.at(-1) ?? 0) <= WHOLE_AGAIN_MS, "it took too long to be whole again");
  }

  async close(): Promise<void> {
    await this.up.program.end();
    await rm(this.above, { recursive: true, force: true });
  }
}
