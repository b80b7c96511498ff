// Killing what we have started: PostgreSQL's processes, which the shop under test has started for us.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

// The postmaster of a data folder's private cluster, as its pid file names it.
export function postmaster_of(data: string): number {
  const pid = Number(readFileSync(join(data, "postgres/data/postmaster.pid"), "utf8").split("\n")[0]);
  if (!(pid > 1)) throw new Error(`no postmaster in ${data}`);
  return pid;
}

// At once, whatever else this process is busy with: they come and go.
export function children_of(parent: number): number[] {
  const out: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const after_name = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a name may have spaces
      if (Number(after_name[1]) === parent) out.push(Number(name));
    } catch {
      continue; // it has ended meanwhile
    }
  }
  return out;
}

export function kill_at_once(pids: number[]): void {
  for (const pid of pids)
    try {
      process.kill(pid, "SIGKILL");
    } catch (why) {
      if ((why as NodeJS.ErrnoException).code !== "ESRCH") throw why;
    }
}
