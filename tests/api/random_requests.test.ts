// Random requests to every operation of the document: right ones, nearly right ones and nonsense. Each is answered as the
// document says and never with a 5xx (`send` holds every answer against it), and afterwards the shop is whole. Random from
// a seed that is printed; CARRACK_ROUNDS=1000 asks each operation so often.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { Chance, rounds } from "../load/chance.ts";
import { carrack } from "./command.ts";
import type { Found } from "./contract.ts";
import { call, contract, owner, running, send } from "./harness.ts";
import { own_server } from "./own_server.ts";
import { RandomValues, type Schema } from "./random_values.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, role_named, sign_in } from "./staff.ts";

await own_server();

const chance = new Chance();
const values = new RandomValues(chance, (await contract()).document.components.schemas);

// Somebody who may do anything, and goes on to: a role may begin to require a second factor. The first owner stays out
// of it, so that there is one.
const everything = await role_named("owner");
const chief = await hire(everything);
let token = chief.token;

async function furnish(): Promise<void> {
  const place = await open_location();
  for (let n = 0; n < 4; ++n) {
    const mug = await sell({ EUR: 900 });
    await put_in_stock(mug.variant_id, place.id, 50);
    const path = { id: (await fill_cart({ [mug.variant_id]: 2 })).id };
    values.learn((await call("getCart", { path })).body, "carts");
    const headers = { "idempotency-key": unique("k") };
    if (n % 2 === 0) await call("checkout", { path, headers, body: { payment: { provider: "manual" } } });
  }
  for (const id of [
    "listProducts",
    "listOrders",
    "listLocations",
    "listRoles",
    "listShippingMethods",
  ] as const) {
    const { path } = (await contract()).find(id);
    values.learn((await call(id, { token: await owner() })).body, collection_of(path));
  }
}

// "/v1/admin/products/{id}" is of "products".
const collection_of = (path: string) => [...path.matchAll(/\/([a-z-]+)(?=$|\/\{)/g)].at(-1)?.[1] ?? "";

// The value of each parameter of the address, by what stands before it.
function path_of(template: string): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [, before = "", name = ""] of template.matchAll(/\/([a-z-]+|\{\w+\})(?=\/\{(\w+)\})/g)) {
    const own = name.endsWith("_id") ? name.replace(/_id$/, "s") : before;
    out[name] = chance.one_in(12) ? values.text() : values.id_of(own);
  }
  return out;
}

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required: boolean;
  schema: Schema;
}

async function parameters(of: Found): Promise<Parameter[]> {
  const shared = (await contract()).document.components.parameters as Record<string, object>;
  return (of.operation.parameters ?? []).map((p) => {
    const { $ref } = p as Parameter;
    return ($ref ? shared[$ref.replace("#/components/parameters/", "")] : p) as Parameter;
  });
}

const as_text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
// What a header may carry; Node's fetch sends nothing else.
const visible = (text: string) => text.replace(/[^\x21-\x7e]/g, "") || "k";

async function random_request(of: Found) {
  const path = path_of(of.path);
  const spoil = chance.one_in(2); // one thing of it
  const query: Record<string, string> = {};
  const headers: Record<string, string> = {};
  for (const p of await parameters(of)) {
    if (p.in === "path" || (!p.required && chance.one_in(2))) continue;
    else if (p.in === "query")
      query[p.name] = as_text(spoil && chance.one_in(3) ? values.odd() : values.by(p.schema, p.name));
    else if (p.name === "If-Match") headers["if-match"] = chance.one_in(4) ? `"${chance.below(5)}-0"` : "*";
    else if (p.name === "If-None-Match") headers["if-none-match"] = visible(values.text());
    else headers[p.name] = chance.one_in(8) ? visible(values.text()) : unique("k");
  }
  if (spoil && chance.one_in(10)) query[values.text() || "x"] = as_text(values.odd());
  const schema = of.operation.requestBody?.content["application/json"]?.schema;
  if (schema === undefined) return { path, query, headers };
  const good = values.by(schema as Schema);
  const body = spoil ? values.spoilt(good) : good;
  if (spoil && chance.one_in(15))
    return { path, query, headers, raw_body: JSON.stringify(body).slice(chance.below(9)) };
  return { path, query, headers, body };
}

// Not asked while others are: afterwards nobody is signed in any more, or nobody may try.
const last = (of: Found) => of.path.startsWith("/v1/auth/");

async function ask(of: Found, statuses: Map<string, number>): Promise<void> {
  const id = of.operation.operationId;
  const reply = await send(id, { ...(await random_request(of)), token });
  statuses.set(`${id} ${reply.status}`, (statuses.get(`${id} ${reply.status}`) ?? 0) + 1);
  if (reply.status < 300 && !last(of)) values.learn(reply.body, collection_of(of.path));
  for (const id of [chief.id, everything]) values.forget(id);
  if (reply.status === 401 && !last(of)) token = (await sign_in(chief.email)).access_token;
}

test("every operation answers whatever it is asked as the document says, and the shop stays whole", async () => {
  await furnish();
  const statuses = new Map<string, number>();
  const all = (await contract()).operations();
  for (const now of [all.filter((of) => !last(of)), all.filter(last)])
    for (let round = 0; round < rounds(12); ++round) for (const of of now) await ask(of, statuses);

  // It would prove little if nothing came through, or everything.
  const answered = (status: RegExp) =>
    all.filter(({ operation: { operationId } }) =>
      [...statuses.keys()].some((seen) => seen.startsWith(`${operationId} `) && status.test(seen)),
    ).length;
  const told = JSON.stringify(Object.fromEntries(statuses));
  assert.ok(answered(/ 2\d\d$/) > all.length / 2, `few succeed: ${told}`);
  assert.ok(answered(/ 4(00|22)$/) > all.length / 2, `few are refused: ${told}`);

  const verified = await carrack(["verify", "--data", running().data]);
  assert.equal(verified.code, 0, verified.out + verified.err);
});
