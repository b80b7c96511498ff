// A gate between the server and PostgreSQL: TCP in front, the cluster's socket behind. It passes messages on, late if it is
// told to, and breaks connections at the very message that it is told of.
import { connect, createServer, type Server, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { asks_for_encryption, Messages, says_committed, Statements, type Message } from "./wire.ts";

export type Cut =
  | "before" // COMMIT never arrives
  | "after" // it is done, and nobody hears of it
  | "unclear"; // it is sent, and the connection breaks at once

export class Gate {
  private readonly server: Server;
  private readonly open = new Set<Way>();
  private armed: { cut: Cut; about: RegExp; then: () => void } | undefined;
  private refusing = false;
  delay_ms = 0; // of each message, either way
  cuts = 0; // connections broken at COMMIT
  private torn = 0;

  private constructor(readonly behind: string) {
    this.server = createServer((client) => {
      client.on("error", () => undefined);
      if (this.refusing) return void client.destroy();
      this.open.add(new Way(this, client, (way) => this.open.delete(way)));
    });
  }

  static async open(socket_folder: string): Promise<Gate> {
    const gate = new Gate(join(socket_folder, ".s.PGSQL.5432"));
    await new Promise<void>((done) => gate.server.listen(0, "127.0.0.1", done));
    return gate;
  }

  port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  url(role = "carrack_app"): string {
    return `postgresql://${role}@127.0.0.1:${this.port()}/carrack`;
  }

  // The next COMMIT of a transaction that ran something like `about` is cut; `then` is called in the same moment.
  cut_at_commit(cut: Cut, about: RegExp, then: () => void = () => undefined): void {
    this.armed = { cut, about, then };
  }

  is_armed(): boolean {
    return this.armed !== undefined;
  }

  take_cut(statements: Statements, text: string | undefined): Cut | undefined {
    if (!this.armed || !statements.commits(text, this.armed.about)) return undefined;
    const { cut, then } = this.armed;
    this.armed = undefined;
    this.on_cut = then;
    return cut;
  }
  private on_cut: () => void = () => undefined;

  note_cut(): void {
    this.cuts += 1;
    this.on_cut();
  }

  // One of the next rows comes in half, and then nothing.
  tear_a_row(): void {
    this.torn += 1;
  }

  take_tear(m: Message): boolean {
    if (this.torn === 0 || m.type !== "D" || m.bytes.length < 2) return false;
    this.torn -= 1;
    return true;
  }

  is_torn(): boolean {
    return this.torn === 0;
  }

  refuse(on: boolean): void {
    this.refusing = on;
  }

  cut_all(): void {
    for (const way of [...this.open]) way.end();
  }

  async close(): Promise<void> {
    this.cut_all();
    await new Promise<void>((done) => this.server.close(() => done()));
  }
}

// One direction: late as the gate says, in the order in which it came.
class Delayed {
  private readonly waiting: (() => void)[] = [];

  constructor(private readonly gate: Gate) {}

  pass(what: () => void): void {
    if (this.gate.delay_ms === 0 && this.waiting.length === 0) return what();
    this.waiting.push(what);
    setTimeout(() => this.waiting.shift()?.(), this.gate.delay_ms);
  }
}

// One connection through the gate.
class Way {
  private readonly server: Socket;
  private readonly asked = new Messages("client");
  private readonly answered = new Messages("server");
  private readonly statements = new Statements();
  private swallowing = false; // COMMIT is on its way, and its answer will not be heard
  private over = false;

  constructor(
    private readonly gate: Gate,
    private readonly client: Socket,
    private readonly gone: (way: Way) => void,
  ) {
    this.server = connect(gate.behind);
    for (const end of [client, this.server]) {
      end.setNoDelay(true);
      end.on("error", () => this.end());
      end.on("close", () => this.end());
    }
    const [up, down] = [new Delayed(gate), new Delayed(gate)];
    client.on("data", (bytes) => up.pass(() => this.asked.take(bytes).forEach((m) => this.ask(m))));
    this.server.on("data", (bytes) =>
      down.pass(() => this.answered.take(bytes).forEach((m) => this.answer(m))),
    );
  }

  private ask(m: Message): void {
    if (this.over) return;
    const cut = this.gate.take_cut(this.statements, this.statements.note(m));
    if (cut === "before") return this.break_off();
    if (asks_for_encryption(m)) this.answered.expect_letter();
    this.server.write(m.bytes);
    if (cut === "after") this.swallowing = true;
    if (cut !== "unclear") return;
    this.server.write(Buffer.from([0x53, 0, 0, 0, 4])); // Sync: what was sent will be looked at
    this.break_off();
  }

  private answer(m: Message): void {
    if (this.over) return;
    if (this.swallowing && says_committed(m)) return this.break_off();
    if (m.type === "Z") this.swallowing = false; // it was refused: there is nothing to be silent about
    if (this.gate.take_tear(m)) {
      this.client.write(m.bytes.subarray(0, m.bytes.length / 2));
      return this.end();
    }
    this.client.write(m.bytes);
  }

  private break_off(): void {
    this.gate.note_cut();
    this.end();
  }

  end(): void {
    if (this.over) return;
    this.over = true;
    this.gone(this);
    for (const end of [this.client, this.server]) end.destroySoon();
  }
}
