// What the auditor reads of a real database is what stands there: falsified past the server, each untruth is told.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { sql } from "../api/database.ts";
import { own_server } from "../api/own_server.ts";
import { Auditor, Found } from "./auditor.ts";
import { Market } from "./market.ts";

await own_server();

// In this order: each stays, and the next one comes on top. `A` is shipped, `B` cancelled, `V` the variant, `C` another.
const UNTRUTHS: [string, RegExp][] = [
  [
    "update inventory.stock set on_hand = on_hand + 1 where variant_id = V",
    /11 on hand|9 on hand, but the ledger says 8/,
  ],
  [
    "update inventory.stock set reserved = reserved + 1 where variant_id = V",
    /1 reserved, but 0 in open reservations/,
  ],
  [
    "update inventory.movements set reserved_delta = -2 where kind = 'release'",
    /reserved, but the ledger says/,
  ],
  [
    "update inventory.reservations set state = 'open' where order_id = B",
    /is cancelled with 3 units, of which open: 3, not 0/,
  ],
  ["delete from inventory.movements where kind = 'ship'", /is shipped with 2 units, of which ship: 0, not 2/],
  [
    "update inventory.reservations set variant_id = C where order_id = A",
    /is shipped with 0 units, of which shipped: 2, not 0, of C under a line of V/,
  ],
  [
    "update inventory.movements set variant_id = C where order_id = A and kind = 'reserve'",
    /is shipped with 2 units, of which reserve: 0, not 2, of V/,
  ],
  ["update sales.order_lines set quantity = 1, total_amount = unit_amount where order_id = A", /is charged/],
  ["update sales.payments set amount = amount + 1 where order_id = B", /order B .* is charged/],
  ["delete from sales.payment_events where seq = 1", /is cancelled, and its payment is requested/],
  [
    "delete from sales.order_status_history where order_id = A and seq = 2",
    /has the steps 0, 1, 3|went from confirmed to shipped/,
  ],
  ["update sales.order_heads set status = 'delivered' where order_id = A", /is delivered at step 3, but/],
  ["delete from audit.entries where resource_id = A::text", /0 audit entries for checkout/],
  ["delete from ops.outbox where resource_id = B", /0 events order\.placed of order B/],
  ["delete from sales.orders where id = B", /lost: checkout|there is no order B/],
];

test("the auditor is silent about what the server did, and tells what somebody did behind its back", async () => {
  const auditor = new Auditor();
  const market = new Market(auditor);
  const client = market.client();
  const place = await market.location();
  const [mug, cup] = [await market.stock(10, [place]), await market.stock(10, [place])];
  const [for_a, for_b] = await market.carts([{ [mug]: 2 }, { [mug]: 3 }]);
  assert.ok(for_a && for_b);
  const [a, b] = [await market.checkout(client, for_a), await market.checkout(client, for_b)];
  assert.ok(a && b);
  for (const to of ["confirmed", "processing", "shipped"] as const) await market.move(client, a.id, to);
  await market.cancel(client, b);
  client.close();
  await auditor.judge();
  const named = (text: string) =>
    text
      .replace(/\bA\b/g, `'${a.id}'::uuid`)
      .replace(/\bB\b/g, `'${b.id}'::uuid`)
      .replace(/\bV\b/g, `'${mug}'::uuid`)
      .replace(/\bC\b/g, `'${cup}'::uuid`);
  const ids = (text: string) =>
    text
      .replace(/order B/g, `order ${b.id}`)
      .replace(/\bV\b/g, mug)
      .replace(/\bC\b/g, cup);
  for (const [what, said] of UNTRUTHS) {
    await sql(`set local session_replication_role = replica; ${named(what)}`);
    const expected = new RegExp(ids(said.source));
    await assert.rejects(auditor.judge(), (why) => {
      assert.ok(why instanceof Found, String(why));
      assert.ok(
        why.faults.some((fault) => expected.test(fault)),
        `${what}: ${why.faults.join("\n")}`,
      );
      return true;
    });
  }
});
