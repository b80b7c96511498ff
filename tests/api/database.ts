// The shop's database past the server: as the superuser to see everything, as the application's role to try what
// that role must not be able to do.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { running } from "./harness.ts";

export type Role = "postgres" | "carrack_app" | "carrack_owner";

// The private cluster's socket folder is what it wrote down itself: the fifth line of its pid file.
export async function socket_folder(): Promise<string> {
  const lines = (await readFile(join(running().data, "postgres/data/postmaster.pid"), "utf8")).split("\n");
  return lines[4] ?? "";
}

export class SqlRefused extends Error {
  constructor(
    readonly sqlstate: string,
    message: string,
  ) {
    super(message);
  }
}

// What no transaction may do, as the superuser on the database beside ours.
function administer(text: string): Promise<void> {
  return socket_folder().then(
    (folder) =>
      new Promise((done, fail) => {
        const args = ["-X", "-q", "-h", folder, "-U", "postgres", "-d", "postgres", "-c", text];
        execFile("psql", args, (why, _, said) => (why ? fail(new Error(`${text}\n${said}`)) : done()));
      }),
  );
}

// Another database beside the shop's, with nothing in it. Names are words of ours.
export const make_database = (name: string, owner: Role): Promise<void> =>
  administer(`create database ${name} owner ${owner}`);
export const drop_database = (name: string): Promise<void> =>
  administer(`drop database if exists ${name} with (force)`);

// Runs the statements in one transaction and gives the lines they print, fields separated by "|".
export async function sql(text: string, role: Role = "postgres"): Promise<string[]> {
  const options = ["-X", "-A", "-t", "-q", "-1", "-v", "ON_ERROR_STOP=1", "-v", "VERBOSITY=sqlstate"];
  const where = ["-h", await socket_folder(), "-U", role, "-d", "carrack"];
  return new Promise((done, fail) => {
    execFile("psql", [...options, ...where, "-c", text], { maxBuffer: 2 ** 30 }, (why, out, said) => {
      const state = /ERROR: +(\w{5})/.exec(said)?.[1];
      if (state) fail(new SqlRefused(state, `${text}\n${said}`));
      else if (why) fail(new Error(`${text}\n${said}`));
      else done(out.split("\n").filter((line) => line !== ""));
    });
  });
}

// The SQLSTATE with which it is refused; "" if it is not.
export async function sqlstate_of(text: string, role: Role): Promise<string> {
  try {
    await sql(text, role);
    return "";
  } catch (why) {
    if (why instanceof SqlRefused) return why.sqlstate;
    throw why;
  }
}

const OURS = "('ops','identity','audit','catalog','inventory','sales')";

// Written behind the requests, when it suits the server.
const BEHIND = ["audit.seals", "inventory.subtotals"];

// A line for every table: its name, how many rows it has and a digest of them all. `but` names tables to leave out.
export async function contents(...but: string[]): Promise<string[]> {
  const tables = await sql(
    `select schemaname || '.' || tablename from pg_tables where schemaname in ${OURS} order by 1`,
  );
  const one = (table: string) =>
    `select '${table}', count(*), md5(string_agg(t::text, chr(10) order by t::text)) from ${table} t`;
  return sql(
    tables
      .filter((table) => !but.includes(table) && !BEHIND.includes(table))
      .map(one)
      .join(" union all ") + " order by 1",
  );
}
