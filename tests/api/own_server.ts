// For a file of tests that needs a shop to itself: an empty one, and nobody else in it.
import { after } from "node:test";

import { start_server, type Running } from "./server.ts";

export async function own_server(): Promise<Running> {
  const server = await start_server();
  after(() => server.stop());
  const { address, owner, data } = server;
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ address, owner, data });
  return { address, owner, data };
}
