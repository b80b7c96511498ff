// The binary as a program that runs: what it says, and how it ends.
import { spawn, type ChildProcess } from "node:child_process";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const STOP_TIMEOUT_MS = 60_000;

export function binary(): string {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
  return resolve(process.env["CARRACK_BINARY"] ?? join(root, "build/release/carrack"));
}

export class Program {
  private said = "";
  private ended: string | undefined;
  private readonly child: ChildProcess;

  constructor(args: string[], env: Record<string, string>) {
    // None of whoever runs the tests: it would not be the server we mean, and an unknown one is refused.
    const others = Object.entries(process.env).filter(([name]) => !name.startsWith("CARRACK_"));
    const all = { ...Object.fromEntries(others), ...env };
    this.child = spawn(binary(), args, { env: all, stdio: ["ignore", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr])
      stream?.setEncoding("utf8").on("data", (text: string) => (this.said += text));
    this.child.on("error", (why) => (this.ended = String(why)));
    this.child.on("exit", (code, signal) => (this.ended = signal ?? String(code)));
  }

  pid(): number {
    return this.child.pid ?? 0;
  }

  output(): string {
    return this.said;
  }

  // Polls until `look` finds something; the process must not end meanwhile.
  async until<T>(
    what: string,
    timeout_ms: number,
    look: () => Promise<T | undefined> | T | undefined,
  ): Promise<T> {
    const by = Date.now() + timeout_ms;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (this.ended !== undefined) throw new Error(`it ended (${this.ended}) before ${what}:\n${this.said}`);
      if (Date.now() > by) throw new Error(`${what} took more than ${timeout_ms} ms:\n${this.said}`);
      await new Promise((go) => setTimeout(go, 25));
    }
  }

  async end(): Promise<void> {
    const ended = new Promise<string>((go) =>
      this.ended !== undefined ? go(this.ended) : this.child.once("exit", () => go(this.ended ?? "?")),
    );
    this.child.kill("SIGTERM");
    const late = setTimeout(() => this.child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    const how = await ended;
    clearTimeout(late);
    if (how !== "0")
      throw new Error(`after SIGTERM it ended with ${how}, not with exit code 0:\n${this.said}`);
  }

  // Killed without a word, as by a power cut. Gives its process number, under which others may know it.
  async crash(): Promise<number | undefined> {
    if (this.ended === undefined) {
      const gone = new Promise((go) => this.child.once("exit", go));
      this.child.kill("SIGKILL");
      await gone;
    }
    return this.child.pid;
  }
}
