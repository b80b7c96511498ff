// Runs every API test against one server: starts it, writes the types that its OpenAPI document describes, checks the
// tests against them, runs the tests, stops the server and insists on a clean end.
import { spawn } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import openapi_types, { astToString } from "openapi-typescript";

import { start_server, type Running } from "./server.ts";

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

async function test_files(): Promise<string[]> {
  const wanted = process.argv.slice(2);
  const all = (await readdir(here)).filter((name) => name.endsWith(".test.ts")).sort();
  return wanted.length === 0 ? all : all.filter((name) => wanted.some((part) => name.includes(part)));
}

// One file after the other, because they share a shop. The last line is as ./test reads it.
async function run_tests({ address, owner, data }: Running): Promise<number> {
  const args = ["--import", "tsx", "--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  const env = { ...process.env, CARRACK_API_TESTS: JSON.stringify({ address, owner, data }) };
  const child = spawn(process.execPath, args, { cwd: here, stdio: ["inherit", "pipe", "inherit"], env });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    process.stdout.write(text);
    said += text;
  });
  const code = await new Promise<number>((done, fail) => {
    child.on("error", fail);
    child.on("close", (status) => done(status ?? 1));
  });
  const count = (what: string) => Number(new RegExp(`^\\S+ ${what} (\\d+)$`, "m").exec(said)?.[1] ?? 0);
  console.log(`${count("pass")} passed, ${count("fail") + count("cancelled")} failed`);
  return code;
}

const files = await test_files();
if (files.length === 0) throw new Error("no test file has such a name");
const server = await start_server();
let outcome = 1;
try {
  await write_types(server.address);
  outcome = await run(join(here, "node_modules/.bin/tsc"), ["-p", "."]);
  if (outcome === 0) outcome = await run_tests(server);
} finally {
  await server.stop();
}
process.exitCode = outcome;
