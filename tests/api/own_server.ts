// For a file of tests that needs a shop to itself: an empty one, and nobody else in it.
import { after } from "node:test";

import { start_server, type Running } from "./server.ts";

const first_to_end: (() => Promise<void>)[] = [];

// What has to end before the shop does: other servers on its database. Whatever the shop's end has to complain of, they are
// gone by then, and the file's process can leave.
export function end_before_it(what: () => Promise<void>): void {
  first_to_end.push(what);
}

export async function own_server(env: Record<string, string> = {}): Promise<Running> {
  const server = await start_server(env);
  after(async () => {
    const faults: unknown[] = [];
    for (const end of [...first_to_end, () => server.stop()])
      await end().catch((why: unknown) => faults.push(why));
    if (faults.length > 0) throw faults[0]; // all have ended by then, and the file's process can leave
  });
  const { address, owner, data } = server;
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ address, owner, data });
  return { address, owner, data };
}
