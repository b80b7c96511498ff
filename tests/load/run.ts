// Runs the load tests: each file starts a shop of its own.
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";

import { run_tests, test_files } from "../api/node_tests.ts";
import { read_settings } from "../api/settings.ts";

const USAGE = `tests/load/run [--rounds N] [--seconds N] [--seed N] [FILE...]

Races shoppers, staff and cancellations on the built binary (CARRACK_BINARY, or build/release/carrack) and has an auditor
judge every answer and every state of the database. FILE is a part of a file's name: auditor, flash_sale, baskets, day.

  --rounds N    flash sales and the like: so many (4 without it)
  --seconds N   a day in the shop lasts so long (12 without it)
  --seed N      what is asked, again: each run prints its seed`;

const { parts, env } = read_settings(process.argv.slice(2), USAGE);
const here = dirname(fileURLToPath(import.meta.url));
process.exitCode = await run_tests(await test_files(here, parts), env);
