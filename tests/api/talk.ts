// A connection on which a test says what it likes, piece by piece, and hears what comes.
import { strict as assert } from "node:assert";
import { connect, type Socket } from "node:net";

export class Talk {
  heard = "";
  closed = false;
  private constructor(private readonly socket: Socket) {
    socket.setEncoding("utf8");
    socket.on("data", (text: string) => (this.heard += text));
    socket.on("close", () => (this.closed = true));
    socket.on("error", () => undefined); // seen as "close"
  }

  // Nothing: nobody listens there.
  static open(address: string): Promise<Talk | undefined> {
    const { hostname, port } = new URL(address);
    return new Promise((done, fail) => {
      const socket = connect(Number(port), hostname, () => done(new Talk(socket)));
      socket.once("error", (why: NodeJS.ErrnoException) =>
        why.code === "ECONNREFUSED" ? done(undefined) : fail(why),
      );
    });
  }

  say(text: string): void {
    this.socket.write(text);
  }

  async until(what: string, seen: (talk: Talk) => boolean): Promise<void> {
    await until(what, () => Promise.resolve(seen(this)));
  }
}

export async function until(what: string, seen: () => Promise<boolean>): Promise<void> {
  for (const by = Date.now() + 60_000; !(await seen());) {
    assert.ok(Date.now() < by, `not within a minute: ${what}`);
    await new Promise((go) => setTimeout(go, 10));
  }
}
