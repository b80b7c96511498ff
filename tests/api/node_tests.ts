// Runs files of tests one after the other, and counts: the last line is as ./test reads it.
import { spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url)); // where the packages are

// Those of a folder whose name contains one of `parts`, or all of them.
export async function test_files(folder: string, parts: string[]): Promise<string[]> {
  const all = (await readdir(folder)).filter((name) => name.endsWith(".test.ts")).sort();
  const files = parts.length === 0 ? all : all.filter((name) => parts.some((part) => name.includes(part)));
  if (files.length === 0) throw new Error("no test file has such a name");
  return files.map((name) => join(folder, name));
}

export async function run_tests(files: string[], env: Record<string, string>): Promise<number> {
  const args = ["--import", "tsx", "--test", "--test-concurrency=1", "--test-reporter=spec", ...files];
  const child = spawn(process.execPath, args, {
    cwd: here,
    stdio: ["inherit", "pipe", "inherit"],
    env: { ...process.env, ...env },
  });
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
