// A `carrack serve` beside the one that the tests share: on its database, with its keys, and settings of its own.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { socket_folder } from "./database.ts";
import { running } from "./harness.ts";

// What it needs in its environment. `more` goes to the database's URL: "&options=…".
export async function settings(more = ""): Promise<Record<string, string>> {
  const lines = (await readFile(join(running().data, "postgres/data/postmaster.pid"), "utf8")).split("\n");
  const where = `host=${encodeURIComponent(await socket_folder())}&port=${lines[3]}`;
  return {
    CARRACK_DATABASE_URL: `postgresql://carrack_app@/carrack?${where}${more}`,
    CARRACK_SECRET_KEY: (await readFile(join(running().data, "secret.key"), "utf8")).trim(),
  };
}
