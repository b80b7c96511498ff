// Starts one `carrack up` on a private database for the whole run, and stops it: what it prints is read here
// and nowhere else, so that a change of its words is a change of this file.
import { spawn, type ChildProcess } from "node:child_process";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const START_TIMEOUT_MS = 120_000; // a sanitizer's build makes a database cluster slowly
const STOP_TIMEOUT_MS = 60_000;
const ADDRESS = /http:\/\/(127\.0\.0\.1|localhost):(\d+)/;

export interface Running {
  address: string; // "http://127.0.0.1:41234"
  owner: { email: string; password: string };
  data: string; // the data folder
}

export interface Server extends Running {
  stop(): Promise<void>; // throws unless its metrics are clean and it ends with exit code 0
}

export function binary(): string {
  const root = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
  return resolve(process.env["CARRACK_BINARY"] ?? join(root, "build/release/carrack"));
}

class Process {
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

  kill(): void {
    this.child.kill("SIGKILL");
  }
}

async function is_ready(address: string): Promise<true | undefined> {
  try {
    const reply = await fetch(`${address}/readyz`);
    await reply.arrayBuffer();
    return reply.status === 200 ? true : undefined;
  } catch {
    return undefined; // not listening yet
  }
}

// What no test may have caused, however it went: an answer of 500 or above, and an endpoint that ran more
// statements than it declares. (While it starts the server may say 503 to who asks whether it is ready.)
export function faults_in(metrics: string): string[] {
  const failed = /^http_requests_total\{(?!route="\/readyz")(?=.*status="5).* [1-9]\d*$/;
  const over_budget = /^carrack_statement_budget_exceeded_total\{.* [1-9]\d*$/;
  return metrics.split("\n").filter((line) => failed.test(line) || over_budget.test(line));
}

async function check_metrics(address: string): Promise<void> {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  if (!metrics.includes("http_requests_total{")) throw new Error(`no metrics at ${address}: ${metrics}`);
  const faults = faults_in(metrics);
  if (faults.length > 0) throw new Error(`the server's metrics show faults:\n${faults.join("\n")}`);
}

export async function start_server(): Promise<Server> {
  const data = await mkdtemp(join(tmpdir(), "carrack-api-"));
  await chmod(data, 0o755); // PostgreSQL runs as another user when we are root
  const owner = { email: "owner@example.com", password: "a long enough password for the tests" };
  const folder = join(data, "shop");
  const process_ = new Process(["up", "--data", folder, "--listen", "127.0.0.1:0"], {
    CARRACK_OWNER_EMAIL: owner.email,
    CARRACK_OWNER_PASSWORD: owner.password,
  });
  const forget = () => rm(data, { recursive: true, force: true });
  try {
    const address = await process_.until("it printed its address", START_TIMEOUT_MS, () => {
      const found = ADDRESS.exec(process_.output());
      return found ? `http://127.0.0.1:${found[2]}` : undefined;
    });
    await process_.until("it was ready", START_TIMEOUT_MS, () => is_ready(address));
    return {
      address,
      owner,
      data: folder,
      stop: async () => {
        try {
          await check_metrics(address);
        } finally {
          await process_.end();
          await forget();
        }
      },
    };
  } catch (why) {
    process_.kill();
    await forget();
    throw why;
  }
}
