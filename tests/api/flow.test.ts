// The main job, end to end, in a shop of its own: two real files and one that fills more columns come in, every unit in stock is ordered, orders pass
// through every state, some are cancelled and give their units back; and nobody can make history say otherwise.
import { strict as assert } from "node:assert";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

import { carrack } from "./command.ts";
import { contents, sql, sqlstate_of } from "./database.ts";
import { call, owner, refused, type Answer } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { address, ship, unique } from "./shop.ts";
import { read_products } from "./shopify_file.ts";

const { data } = await own_server();

const folder = resolve(dirname(fileURLToPath(import.meta.url)), "../data/shopify");
const own_folder = await mkdtemp(join(tmpdir(), "carrack-flow-"));
after(() => rm(own_folder, { recursive: true, force: true }));
// The real ones have neither codes nor weights, and describe everything.
const FULLER = `Handle,Title,Body (HTML),Vendor,Product Category,Type,Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,Variant Compare At Price,Variant Barcode,Image Src
tea,Tea,<p>Green &amp; fresh</p>,Łódź,Food > Drinks > Tea,Larder,dry,true,Size,100 g,TEA-100,100,4,4.50,5.00,'4006381333931,https://example.com/tea.jpg
tea,,,,,,,,,250 g,'0250,250.5,2,9,,ABC,
salt,Salt,,Łódź,Food > Salt,Indoor,,true,,,,1000,3,1.25,,,
jar,Jar,<p> </p>,,Home,,,false,,,JAR,340,0,2,,'x1,
`;
const FILES = ["apparel.csv", "home-and-garden.csv"].map((name) => resolve(folder, name));
FILES.push(join(own_folder, "fuller.csv"));
await writeFile(join(own_folder, "fuller.csv"), FULLER);
const expected = FILES.flatMap(read_products);
const expected_variants = expected.flatMap((product) => product.variants);

const STATES = ["pending", "confirmed", "processing", "shipped", "delivered", "cancelled"] as const;
type State = (typeof STATES)[number];
const LEGAL: Record<State, State[]> = {
  pending: ["confirmed", "cancelled"],
  confirmed: ["processing", "cancelled"],
  processing: ["shipped", "cancelled"],
  shipped: ["delivered"],
  delivered: [],
  cancelled: [],
};
// Where each order is led, in turn; every state is somebody's last.
const ENDS: State[][] = [
  [],
  ["confirmed"],
  ["confirmed", "processing"],
  ["confirmed", "processing", "shipped"],
  ["confirmed", "processing", "shipped", "delivered"],
  ["cancelled"],
  ["confirmed", "cancelled"],
  ["confirmed", "processing", "cancelled"],
];

interface Placed {
  id: string;
  variant_id: string;
  quantity: number;
  total: number;
  path: State[];
}
const placed: Placed[] = [];
const last = (order: Placed): State => order.path.at(-1) ?? "pending";

const do_import = (...flags: string[]) => carrack(["import", "shopify", ...FILES, "--data", data, ...flags]);

async function products(): Promise<Answer<"loadProduct">[]> {
  const token = await owner();
  const found: Answer<"loadProduct">[] = [];
  let after: string | null | undefined;
  do {
    const page = (await call("listProducts", { token, query: { limit: 7, ...(after ? { after } : {}) } }))
      .body;
    for (const { id } of page.data) found.push((await call("loadProduct", { token, path: { id } })).body);
    after = page.next;
  } while (after);
  return found;
}

async function stock(): Promise<Answer<"listStock">["data"]> {
  const rows: Answer<"listStock">["data"] = [];
  let after: string | null | undefined;
  do {
    const query = { limit: 100, ...(after ? { after } : {}) };
    const page = (await call("listStock", { token: await owner(), query })).body;
    rows.push(...page.data);
    after = page.next;
  } while (after);
  return rows;
}

// What the ledger, the reservations and the heads of orders say, where the projections say something else.
const disagreements = () =>
  sql(`
    select 'ledger', s.variant_id::text from inventory.stock s
      left join (select variant_id, location_id, sum(on_hand_delta) as on_hand, sum(reserved_delta) as reserved
                   from inventory.movements group by 1, 2) m using (variant_id, location_id)
     where s.on_hand <> coalesce(m.on_hand, 0) or s.reserved <> coalesce(m.reserved, 0)
    union all
    select 'reservations', s.variant_id::text from inventory.stock s
      left join (select variant_id, location_id, sum(quantity) as open
                   from inventory.reservations where state = 'open' group by 1, 2) r using (variant_id, location_id)
     where s.reserved <> coalesce(r.open, 0)
    union all
    select 'heads', h.order_id::text from sales.order_heads h
     where (h.seq, h.status) <> (select t.seq, t.status from sales.order_status_history t
                                  where t.order_id = h.order_id order by t.seq desc limit 1)`);

test("a dry run tells the counts and changes nothing", async () => {
  const before = await contents();
  const ended = await do_import("--dry-run", "--json");
  assert.equal(ended.code, 0, ended.err);
  const told = JSON.parse(ended.out) as { files: { products: { created: number } }[] };
  assert.deepEqual(
    told.files.map((file) => file.products.created),
    FILES.map((file) => read_products(file).length),
  );
  assert.deepEqual(await contents(), before);
});

test("what came in is what the files say, product by product", async () => {
  const ended = await do_import();
  assert.equal(ended.code, 0, ended.err);
  const found = new Map((await products()).map((product) => [product.handle, product]));
  assert.deepEqual([...found.keys()].sort(), expected.map((product) => product.handle).sort());
  const on_hand = new Map((await stock()).map((row) => [row.variant_id, row.on_hand]));
  for (const wanted of expected) {
    const product = found.get(wanted.handle);
    assert.ok(product);
    const { handle, title, vendor, product_type, published, tags, media, variants } = product;
    assert.deepEqual(
      {
        handle,
        title,
        vendor,
        product_type,
        categories: product.categories.map((one) => one.name),
        described: product.description_html !== "",
        published,
        tags: [...tags].sort(),
        images: media.map((one) => one.url),
        variants: variants.map(({ id, sku, barcode, weight_grams, options, prices }) => ({
          sku,
          barcode,
          weight_grams,
          options,
          amount: prices[0]?.amount,
          compare_at_amount: prices[0]?.compare_at_amount,
          quantity: on_hand.get(id),
        })),
      },
      wanted,
    );
    assert.ok(variants.every(({ prices }) => prices.length === 1 && prices[0]?.currency === "USD"));
  }
  const [counts] = await sql(
    "select (select count(*) from catalog.products), (select count(*) from catalog.variants)",
  );
  assert.equal(counts, `${expected.length}|${expected_variants.length}`);
  assert.deepEqual(await disagreements(), []);
  const browsed = (await call("browseProducts", { query: { limit: 100 } })).body.data;
  assert.equal(browsed.length, expected.filter((product) => product.published).length);
});

test("the same files again change nothing at all", async () => {
  const before = await contents();
  const ended = await do_import();
  assert.equal(ended.code, 0, ended.err);
  assert.deepEqual(await contents(), before);
});

test("an order is placed for all there is of every variant in stock; one more is out of stock", async () => {
  const shipping_method_id = await ship({ USD: 500 });
  const fill = async (variant_id: string, quantity: number) => {
    const path = { id: (await call("createCart", { body: {} })).body.id };
    await call("addCartLine", { path, body: { variant_id, quantity } });
    const body = { email: `${unique("ada")}@example.com`, shipping_address: address, shipping_method_id };
    await call("updateCart", { path, body });
    return path;
  };
  const checkout = (path: { id: string }) =>
    ({
      path,
      headers: { "idempotency-key": unique("k") },
      body: { payment: { provider: "manual" } },
    }) as const;
  for (const product of await products())
    for (const { id: variant_id, available, prices } of product.variants) {
      if (available > 0) {
        const { order } = (await call("checkout", checkout(await fill(variant_id, available)))).body;
        const amount = prices[0]?.amount ?? 0;
        assert.deepEqual(
          order.lines.map((line) => [line.quantity, line.unit_price.amount]),
          [[available, amount]],
        );
        const total = available * amount + 500;
        assert.deepEqual(order.totals.total, { amount: total, currency: "USD" });
        const path = ENDS[placed.length % ENDS.length] ?? [];
        placed.push({ id: order.id, variant_id, quantity: available, total, path });
      }
      if (product.published)
        await refused("checkout", 409, "out_of_stock", checkout(await fill(variant_id, 1)));
      else
        await refused("addCartLine", 422, "variant_not_for_sale", {
          path: { id: (await call("createCart", { body: {} })).body.id },
          body: { variant_id, quantity: 1 },
        });
    }
  assert.equal(placed.length, expected_variants.filter((variant) => variant.quantity > 0).length);
  for (const row of await stock()) assert.equal(row.reserved, row.on_hand);
  assert.deepEqual(await disagreements(), []);
});

test("every state is passed, every cancellation gives its units back", async () => {
  const token = await owner();
  for (const order of placed) {
    for (const to of order.path) {
      const moved = await call("transitionOrder", {
        token,
        path: { id: order.id },
        body: { to },
      });
      assert.equal(moved.body.status, to);
    }
    const seen = (await call("getOrder", { token, path: { id: order.id } })).body;
    assert.deepEqual(
      seen.history.map((step) => step.status),
      ["pending", ...order.path],
    );
    assert.equal(seen.totals.total.amount, order.total);
  }
  const rows = new Map((await stock()).map((row) => [row.variant_id, row]));
  for (const order of placed) {
    const row = rows.get(order.variant_id);
    const gone = order.path.includes("shipped");
    const held = !gone && last(order) !== "cancelled";
    const quantities = [gone ? 0 : order.quantity, held ? order.quantity : 0];
    assert.deepEqual([row?.on_hand, row?.reserved], quantities, order.path.join(" > "));
  }
  assert.deepEqual(await disagreements(), []);
  for (const status of STATES) {
    const listed = (await call("listOrders", { token, query: { status, limit: 100 } })).body.data;
    assert.deepEqual(
      listed.map((order) => order.id).sort(),
      placed
        .filter((order) => last(order) === status)
        .map((order) => order.id)
        .sort(),
    );
    assert.ok(listed.length > 0, `an order rests in ${status}`);
  }
});

// A row of history as somebody with the application's password might write it, taken back if it is let in.
const forge = (order: string, seq: number, to: string, prev_seq: number, prev: string) =>
  `do $$ begin
     insert into sales.order_status_history (order_id, seq, status, prev_seq, prev_status, actor_kind)
     values ('${order}', ${seq}, '${to}', ${prev_seq}, '${prev}', 'staff');
     raise exception 'let in' using errcode = 'P0001';
   end $$`;

test("all 36 pairs of states: the API and the database refuse the same 29", async () => {
  const token = await owner();
  const before = await contents();
  let refusals = 0;
  for (const from of STATES) {
    const order = placed.find((one) => last(one) === from);
    assert.ok(order);
    const seq = order.path.length;
    for (const to of STATES) {
      const state = await sqlstate_of(forge(order.id, seq + 1, to, seq, from), "carrack_app");
      if (LEGAL[from].includes(to)) {
        assert.equal(state, "P0001", `${from} to ${to} is let in by the database`);
        continue;
      }
      ++refusals;
      assert.equal(state, "23503", `${from} to ${to} by SQL`);
      const path = { id: order.id };
      await refused("transitionOrder", 409, "order_transition_not_allowed", { token, path, body: { to } });
      // A lie about where it comes from is no way round.
      for (const lie of STATES.filter((one) => one !== from && LEGAL[one].includes(to)))
        assert.equal(
          await sqlstate_of(forge(order.id, seq + 1, to, seq, lie), "carrack_app"),
          "23503",
          `${to} as if from ${lie}`,
        );
    }
  }
  assert.equal(refusals, 29);
  const moved = placed.find((one) => last(one) === "processing");
  assert.ok(moved);
  for (const [what, text, wanted] of [
    ["a second row at one step", forge(moved.id, 2, "cancelled", 1, "confirmed"), "23505"],
    ["a step left out", forge(moved.id, 4, "shipped", 2, "processing"), "23514"],
    ["a step that is not there", forge(moved.id, 5, "shipped", 4, "processing"), "23503"],
    ["an unknown state", forge(moved.id, 3, "lost", 2, "processing"), "23503"],
    [
      "another first state",
      `insert into sales.order_status_history (order_id, seq, status, actor_kind) values ('${moved.id}', 0, 'delivered', 'staff')`,
      "23514",
    ],
    [
      "a head that history does not know",
      `update sales.order_heads set status = 'delivered' where order_id = '${moved.id}'`,
      "23503",
    ],
  ] as const)
    assert.equal(await sqlstate_of(text, "carrack_app"), wanted, what);
  assert.deepEqual(await contents(), before);
});

test("the application's role cannot rewrite history, what was bought, or the rules", async () => {
  const before = await contents();
  for (const table of [
    "audit.entries",
    "sales.order_status_history",
    "sales.payment_events",
    "inventory.movements",
    "inventory.subtotals",
    "inventory.backorder_limits",
  ])
    for (const text of [
      `update ${table} set at = now()`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
      `drop table ${table} cascade`,
      `alter table ${table} disable trigger all`,
    ])
      assert.equal(await sqlstate_of(text, "carrack_app"), "42501", text);
  // Abandoned carts it may remove; not one that became an order.
  const ordered = "delete from sales.carts where order_id is not null";
  assert.equal(await sqlstate_of(ordered, "carrack_app"), "23503", ordered);
  for (const text of [
    "insert into sales.order_transition values ('delivered', 'pending')",
    "delete from sales.order_transition",
    "update sales.order_transition set to_status = 'pending'",
    "update sales.orders set email = 'x@example.com'",
    "update sales.order_lines set unit_amount = 0, total_amount = 0",
    "delete from sales.order_lines",
    "update sales.order_adjustments set amount = 0",
    "delete from sales.payments",
    "update inventory.reservations set quantity = quantity + 1",
    "update sales.order_heads set placed_at = now()",
    "update sales.carts set currency = 'EUR'",
    "insert into sales.payment_transition values ('requested', 'refunded')",
    "delete from inventory.stock",
    "delete from inventory.reservations",
    "delete from sales.order_heads",
    "delete from ops.migrations",
    "create table sales.mine (id int)",
    "set role carrack_owner",
    "set session_replication_role = replica",
  ])
    assert.equal(await sqlstate_of(text, "carrack_app"), "42501", text);
  // Abandoned carts it may remove; not one that became an order.
  const of_orders = "delete from sales.carts where order_id is not null";
  assert.equal(await sqlstate_of(of_orders, "carrack_app"), "23503", of_orders);
  for (const [text, wanted] of [
    ["update inventory.stock set reserved = on_hand + 1", "23514"],
    ["update sales.carts set order_id = null where order_id is not null", "23503"],
    [
      `insert into sales.payment_events (payment_id, seq, kind, amount, actor_kind)
       select id, 7, 'refunded', 999999999, 'staff' from sales.payments limit 1`,
      "23514",
    ],
    [
      `insert into sales.payment_events (payment_id, seq, kind, prev_seq, prev_kind, amount, actor_kind)
       select payment_id, 1, 'refunded', 0, 'requested', 1, 'staff' from sales.payment_events
        group by payment_id having count(*) = 1 limit 1`,
      "23503",
    ],
  ] as const)
    assert.equal(await sqlstate_of(text, "carrack_app"), wanted, text);
  assert.deepEqual(await contents(), before);
});

test("the files again, with orders under way: no product twice, no promise broken, the ledger still adds up", async () => {
  const before = await products();
  const ended = await do_import();
  assert.equal(ended.code, 0, ended.err);
  const ids = (of: Answer<"loadProduct">[]) =>
    of.map((one) => [one.id, one.version, one.variants.map((v) => v.id)]);
  assert.deepEqual(ids(await products()), ids(before));
  assert.deepEqual(await disagreements(), []);
  const token = await owner();
  for (const order of placed) {
    const { status } = (await call("getOrder", { token, path: { id: order.id } })).body;
    assert.equal(status, last(order));
  }
});
