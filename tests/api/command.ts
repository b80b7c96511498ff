// Runs the binary as somebody would at a prompt, and waits for its end.
import { spawn } from "node:child_process";

import { binary } from "./program.ts";

export interface Ended {
  code: number | null; // null: it had to be killed
  out: string;
  err: string;
}

const PATIENCE_MS = 120_000;

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
