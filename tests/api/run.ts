// Runs every API test against one server: starts it, writes the types that its OpenAPI document describes, checks the
// tests (and those of load and faults) against them, runs the tests, stops the server and insists on a clean end.
import { spawn } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import openapi_types, { astToString } from "openapi-typescript";

import { run_tests, test_files } from "./node_tests.ts";
import { start_server } from "./server.ts";

const here = dirname(fileURLToPath(import.meta.url));

function run(command: string, args: string[]): Promise<number> {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { cwd: here, stdio: "inherit" });
    child.on("error", fail);
    child.on("exit", (code) => done(code ?? 1));
  });
}

async function write_types(address: string): Promise<void> {
  const text = await (await fetch(`${address}/openapi.json`)).text();
  await mkdir(join(here, "generated"), { recursive: true });
  await writeFile(join(here, "generated/openapi.json"), text);
  await writeFile(join(here, "generated/api.d.ts"), astToString(await openapi_types(text)));
}

const files = await test_files(here, process.argv.slice(2));
const server = await start_server();
let outcome = 1;
try {
  await write_types(server.address);
  outcome = await run(join(here, "node_modules/.bin/tsc"), ["-p", "."]);
  if (outcome === 0) {
    const { address, owner, data } = server;
    outcome = await run_tests(files, { CARRACK_API_TESTS: JSON.stringify({ address, owner, data }) });
  }
} finally {
  await server.stop();
}
process.exitCode = outcome;
