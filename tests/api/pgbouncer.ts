// A real PgBouncer in transaction mode in front of the running shop's database, with fewer connections than it has
// clients: statements of one client land on whichever is free, so nothing may be remembered by a connection.
import { execFile, spawn } from "node:child_process";
import { chmod, chown, copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { socket_folder } from "./database.ts";

const run = promisify(execFile);
const PORT = 6432; // of the unix sockets' names; nobody listens on the network
const START_TIMEOUT_MS = 20_000;

export interface Pooler {
  url: string; // of the application's role
  ask(text: string): Promise<string[]>; // a query of one column, through it
  stat(name: string): Promise<number>; // a column of SHOW STATS_TOTALS for the shop's database
  stop(): Promise<void>;
}

// As root it must run as somebody else, who owns its folder.
async function unprivileged(): Promise<{ uid: number; gid: number } | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const id = async (flag: string) => Number((await run("id", [flag, "postgres"])).stdout);
  return { uid: await id("-u"), gid: await id("-g") };
}

function settings(folder: string, database: string, connections: number): string {
  return [
    "[databases]",
    `carrack = host=${database} dbname=carrack user=carrack_app`,
    "[pgbouncer]",
    "listen_addr =",
    `listen_port = ${PORT}`,
    `unix_socket_dir = ${folder}`,
    "auth_type = any",
    "pool_mode = transaction",
    `default_pool_size = ${connections}`,
    "max_client_conn = 500",
    "",
  ].join("\n");
}

async function console_row(folder: string): Promise<Record<string, string>> {
  const flags = ["-X", "-x", "-A", "-t", "-h", folder, "-p", String(PORT), "-U", "anybody", "pgbouncer"];
  const { stdout } = await run("psql", [...flags, "-c", "show stats_totals"]);
  const records = stdout.split("\n\n").map((text) => text.split("\n").map((line) => line.split("|")));
  return Object.fromEntries(records.find((one) => one[0]?.[1] === "carrack") ?? []) as Record<string, string>;
}

export async function start_pooler(connections: number): Promise<Pooler> {
  const folder = await mkdtemp(join(tmpdir(), "carrack-pooler-"));
  const who = await unprivileged();
  if (who) await chown(folder, who.uid, who.gid);
  await chmod(folder, 0o755);
  // A copy: where it lies, the other user may not be able to look.
  await copyFile(process.env["PGBOUNCER"] ?? "/usr/sbin/pgbouncer", join(folder, "pgbouncer"));
  await chmod(join(folder, "pgbouncer"), 0o755);
  await writeFile(join(folder, "pgbouncer.ini"), settings(folder, await socket_folder(), connections));
  const child = spawn(join(folder, "pgbouncer"), [join(folder, "pgbouncer.ini")], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
    ...who,
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (said += text));
  const ended = new Promise<void>((done) => child.once("close", () => done()));
  const stop = async () => {
    child.kill("SIGINT");
    await ended;
    await rm(folder, { recursive: true, force: true });
  };
  for (const by = Date.now() + START_TIMEOUT_MS; ;) {
    try {
      await run("psql", [
        "-X",
        "-h",
        folder,
        "-p",
        String(PORT),
        "-U",
        "anybody",
        "-c",
        "select 1",
        "carrack",
      ]);
      break;
    } catch (why) {
      if (Date.now() < by && child.exitCode === null) {
        await new Promise((go) => setTimeout(go, 50));
        continue;
      }
      await stop();
      throw new Error(`PgBouncer did not start: ${String(why)}\n${said}`);
    }
  }
  return {
    url: `postgresql:///carrack?host=${encodeURIComponent(folder)}&port=${PORT}&user=carrack_app`,
    ask: async (text) => {
      const flags = ["-X", "-A", "-t", "-q", "-h", folder, "-p", String(PORT), "-U", "anybody"];
      const { stdout } = await run("psql", [...flags, "-c", text, "carrack"]);
      return stdout.split("\n").filter((line) => line !== "");
    },
    stat: async (name) => Number((await console_row(folder))[name]),
    stop,
  };
}
