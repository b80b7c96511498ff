// A way to the shop's database on which its server calls itself an older version: one word of the server's greeting is
// changed between PostgreSQL and libpq, everything else passes as it is.
import { mkdtemp, rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { socket_folder } from "./database.ts";

const SOCKET = ".s.PGSQL.5432";
const READY = "Z\0\0\0\x05"; // ReadyForQuery: the greeting is over

export interface OlderServer {
  url(role: string): string;
  greetings(): number; // that were changed
  stop(): Promise<void>;
}

// `major` has two digits, as the true one has, so that no length changes.
export async function older_server(major: string): Promise<OlderServer> {
  const folder = await mkdtemp(join(tmpdir(), "carrack-older-"));
  const behind = join(await socket_folder(), SOCKET);
  const open = new Set<Socket>();
  let changed = 0;
  const greet = (text: string) =>
    text.replace(/(server_version\0)\d\d/, (_, name: string) => {
      changed += 1;
      return name + major;
    });
  const gate = createServer((client) => {
    const server = connect(behind);
    let greeting: string | undefined = "";
    for (const one of [client, server]) {
      open.add(one);
      one.on("error", () => one.destroy());
      one.on("close", () => {
        open.delete(one);
        (one === client ? server : client).destroy();
      });
    }
    client.on("data", (bytes) => server.write(bytes));
    server.on("data", (bytes) => {
      if (greeting === undefined) return client.write(bytes);
      greeting += bytes.toString("latin1");
      if (greeting.includes(READY)) {
        client.write(Buffer.from(greet(greeting), "latin1"));
        greeting = undefined;
      } else if (!greeting.includes("server_version")) {
        client.write(Buffer.from(greeting, "latin1")); // a question of the server's, or its refusal
        greeting = "";
      }
      return true;
    });
  });
  await new Promise<void>((listening) => gate.listen(join(folder, SOCKET), listening));
  return {
    url: (role) => `postgresql://${role}@/carrack?host=${encodeURIComponent(folder)}`,
    greetings: () => changed,
    stop: async () => {
      for (const one of open) one.destroy();
      await new Promise((closed) => gate.close(closed));
      await rm(folder, { recursive: true, force: true });
    },
  };
}
