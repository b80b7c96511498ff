// A second server on the shop's database, as behind a load balancer.
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { socket_folder } from "./database.ts";
import { running } from "./harness.ts";
import { start_serving, type Up } from "./server.ts";

// The database as the application's role reaches it through a socket in this folder.
export const url_in = (folder: string) =>
  `postgresql:///carrack?host=${encodeURIComponent(folder)}&user=carrack_app`;

// `folder` is for what it keeps; `url` is another way to the database; `env` are further settings.
export async function another_server(
  folder: string,
  url?: string,
  env: Record<string, string> = {},
): Promise<Up> {
  return start_serving(folder, {
    ...env,
    CARRACK_DATABASE_URL: url ?? url_in(await socket_folder()),
    CARRACK_SECRET_KEY: (await readFile(join(running().data, "secret.key"), "utf8")).trim(),
  });
}
