// Runs the binary as somebody would at a prompt, and waits for its end.
import { strict as assert } from "node:assert";
import { spawn } from "node:child_process";

import { binary } from "./program.ts";

export interface Ended {
  code: number | null; // null: it had to be killed
  out: string;
  err: string;
}

const PATIENCE_MS = 120_000;

// A line on stderr for each fault and nothing else anywhere: it names who says it, ends as a sentence does, and shows
// nothing of how the program is made.
export function complained(ended: Ended, code: number, ...said: RegExp[]): void {
  assert.equal(ended.code, code, ended.err);
  assert.equal(ended.out, "");
  assert.ok(ended.err.endsWith("\n"), ended.err);
  const lines = ended.err.slice(0, -1).split("\n");
  assert.equal(lines.length, said.length, ended.err);
  said.forEach((words, i) => {
    const line = lines[i] ?? "";
    assert.match(line, words);
    assert.match(line, /^carrack: \w.*(?:[.?…]|with: \S.*)$|^carrack: (?:--|\/)\w.*[.?…]$/);
    assert.doesNotMatch(line, / {2}|\.\.$|\.hpp|\.cpp|std::|exception|what\(\)/);
  });
}

export function carrack(args: string[], env: Record<string, string> = {}, cwd = "/"): Promise<Ended> {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith("CARRACK_"));
  const child = spawn(binary(), args, {
    env: { ...Object.fromEntries(others), ...env },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: PATIENCE_MS,
  });
  const ended: Ended = { code: null, out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (ended.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.err += text));
  return new Promise((done, fail) => {
    child.on("error", fail);
    child.on("close", (code) => done({ ...ended, code }));
  });
}
