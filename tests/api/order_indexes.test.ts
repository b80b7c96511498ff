// Every index that an order enters is listed with what it is for, and every one that is listed is there.
import { strict as assert } from "node:assert";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { sql } from "./database.ts";

const LIST = new URL("../../docs/adr/0056-each-index-of-an-order.md", import.meta.url);
const ROW = /^\| `([a-z_.]+)` \| `([a-z_]+)` \| \S.* \|$/;

test("the decision on an order's indexes lists those of the database, each with its purpose", async () => {
  const rows = (await readFile(LIST, "utf8")).split("\n").filter((line) => line.startsWith("| `"));
  const listed = rows.map((row) => ROW.exec(row)).map((found) => `${found?.[1]} ${found?.[2]}`);
  const tables = [...new Set(listed.map((name) => `'${name.split(" ")[0]}'`))];
  assert.ok(tables.length > 10, "it lists the tables of an order");
  const there = await sql(`select schemaname || '.' || tablename || ' ' || indexname from pg_indexes
                            where schemaname || '.' || tablename in (${tables.join(", ")})`);
  assert.deepEqual(listed.toSorted(), there.toSorted());
});
