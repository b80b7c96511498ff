// Runs the tests under faults: each file starts a shop of its own.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { run_tests, test_files } from "../api/node_tests.ts";
import { read_settings } from "../api/settings.ts";

const USAGE = `tests/faults/run [--rounds N] [--seed N] [FILE...]

Breaks the way between the built binary (CARRACK_BINARY, or build/release/carrack) and PostgreSQL, and kills either of them
with SIGKILL, while clients ask on under their Idempotency-Keys; the auditor of tests/load judges. FILE is a part of a file's
name: gate, way, commit, expiry_commit, server_killed, database_killed.

  --rounds N    so many kills, or cuts of each kind (3 or so without it; the long run: server_killed --rounds 100,
                database_killed --rounds 50), and the shop has to be whole again within two seconds each time
  --seed N      what is asked and when it is killed, again: each run prints its seed`;

const { parts, env } = read_settings(process.argv.slice(2), USAGE);
const here = dirname(fileURLToPath(import.meta.url));
process.exitCode = await run_tests(await test_files(here, parts), env);
