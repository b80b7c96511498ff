// Killing what we have started: PostgreSQL's processes, which the shop under test has started for us.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

// The postmaster of a data folder's private cluster, as its pid file names it.
export async function postmaster_of(data: string): Promise<number> {
  const pid = Number((await readFile(join(data, "postgres/data/postmaster.pid"), "utf8")).split("\n")[0]);
  if (!(pid > 1)) throw new Error(`no postmaster in ${data}`);
  return pid;
}

export async function children_of(parent: number): Promise<number[]> {
  const out: number[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, "utf8");
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
