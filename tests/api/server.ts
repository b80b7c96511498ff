// Starts one `carrack up` on a private database for the whole run, and stops it: what it prints is read here
// and nowhere else, so that a change of its words is a change of this file.
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Program } from "./program.ts";
import { check_secrets } from "./secrets.ts";

const START_TIMEOUT_MS = 120_000; // a sanitizer's build makes a database cluster slowly
const ADDRESS = /http:\/\/(127\.0\.0\.1|localhost):(\d+)/;

export interface Running {
  address: string; // "http://127.0.0.1:41234"
  owner: { email: string; password: string };
  data: string; // the data folder
}

export interface Server extends Running {
  stop(): Promise<void>; // throws unless metrics are clean, no secret stands anywhere, and the exit code is 0
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

export async function check_metrics(address: string): Promise<void> {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  for (const name of ["http_requests_total{", "carrack_statement_budget_exceeded_total{"])
    if (!metrics.includes(name)) throw new Error(`no ${name} at ${address}/metrics:\n${metrics}`);
  const faults = faults_in(metrics);
  if (faults.length > 0) throw new Error(`the server's metrics show faults:\n${faults.join("\n")}`);
}

export interface Up {
  address: string;
  program: Program;
}

async function start(command: string, folder: string, env: Record<string, string>): Promise<Up> {
  const program = new Program([command, "--data", folder, "--listen", "127.0.0.1:0"], env);
  try {
    const address = await program.until("it printed its address", START_TIMEOUT_MS, () => {
      const found = ADDRESS.exec(program.output());
      return found ? `http://127.0.0.1:${found[2]}` : undefined;
    });
    await program.until("it was ready", START_TIMEOUT_MS, () => is_ready(address));
    return { address, program };
  } catch (why) {
    await program.crash();
    throw why;
  }
}

// `carrack up` on this data folder, on any free port, ready.
export const bring_up = (folder: string, env: Record<string, string> = {}) => start("up", folder, env);
// `carrack serve` with the database that `env` names.
export const start_serving = (folder: string, env: Record<string, string>) => start("serve", folder, env);

export async function start_server(env: Record<string, string> = {}): Promise<Server> {
  const above = await mkdtemp(join(tmpdir(), "carrack-api-"));
  await chmod(above, 0o755); // PostgreSQL runs as another user when we are root
  const owner = { email: "owner@example.com", password: "a long enough password for the tests" };
  const data = join(above, "shop");
  const { address, program } = await bring_up(data, {
    CARRACK_OWNER_EMAIL: owner.email,
    CARRACK_OWNER_PASSWORD: owner.password,
    ...env,
  });
  const stop = async () => {
    try {
      await check_metrics(address);
      await check_secrets(data, program.output(), owner.password);
    } finally {
      await program.end();
      await rm(above, { recursive: true, force: true });
    }
  };
  return { address, owner, data, stop };
}
