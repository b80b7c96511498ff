// A shopper's account, from the registration to the orders in it, and what it is to the staff: nothing. On a server of
// its own.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { mail_to, register, shop_sign_in, SHOPPER_PASSWORD, type Shopper } from "./customers.ts";
import { contents, sql } from "./database.ts";
import {
  call,
  contract,
  owner,
  pointers,
  raw,
  refused,
  request_text,
  running,
  send,
  type Operation,
  type Problem,
} from "./harness.ts";
import { own_server } from "./own_server.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, PASSWORD, role_named, sign_in, within_two_seconds } from "./staff.ts";

await own_server();

const SHOP_COOKIE = "__Host-carrack_shop_refresh";
const STAFF_COOKIE = "__Host-carrack_refresh";
const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
const is_alive = async (token: string) => (await send("getAccount", { token })).status === 200;

let mugs: Promise<string> | undefined;
async function a_mug(): Promise<string> {
  mugs ??= (async () => {
    const mug = await sell({ EUR: 1200 });
    await put_in_stock(mug.variant_id, (await open_location()).id, 100);
    return mug.variant_id;
  })();
  return mugs;
}

// Placed by whose token it is, or by a guest; the address is the cart's.
async function place(email: string, token?: string) {
  const cart = await fill_cart({ [await a_mug()]: 1 });
  const path = { id: cart.id };
  await call("updateCart", { path, body: { email } });
  const headers = { "idempotency-key": unique("checkout") };
  const body = { payment: { provider: "manual" } } as const;
  return (await call("checkout", { path, headers, body, ...(token ? { token } : {}) })).body;
}

const orders_of = async (one: Shopper) =>
  (await call("listOwnOrders", { token: one.token })).body.data.map((order) => order.id);

test("register, verifyEmail, login, checkout, listOwnOrders, trackOrder, cancelOrder: the whole way", async () => {
  const email = `${unique("zoe")}@example.com`;
  const before = await place(email.toUpperCase());
  const body = { email, password: SHOPPER_PASSWORD, name: "Zoë Ångström" };
  const asked = await call("register", { body });
  assert.deepEqual([asked.status, asked.body], [202, undefined]);
  const login = { email, password: SHOPPER_PASSWORD, audience: "shop" };
  await refused("login", 401, "invalid_credentials", { body: login });
  const { token: mailed, text } = await mail_to(email);
  assert.ok(text.includes(running().address) && text.includes("/v1/auth/email/verify"), text);
  await call("verifyEmail", { body: { token: mailed } });
  await refused("verifyEmail", 422, "mail_token_invalid", { body: { token: mailed } });

  const { access_token: token, user } = await shop_sign_in(email);
  const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as {
    aud: string;
  };
  assert.equal(claims.aud, "carrack-shop");
  const session = (await call("getSession", { token })).body;
  assert.deepEqual(
    [session.audience, session.user.id, session.roles, session.permissions],
    ["shop", user.id, [], []],
  );
  const placed = await place(`${unique("else")}@example.com`, token);
  const listed = (await call("listOwnOrders", { token })).body;
  assert.deepEqual(
    listed.data.map(({ id, status, total }) => [id, status, total]),
    [placed.order, before.order].map(({ id, totals }) => [id, "pending", totals.total]),
    "with what was ordered as a guest before",
  );
  const path = { id: placed.order.id };
  assert.deepEqual((await call("trackOrder", { token, path })).body, placed.order);
  const staffs = (await call("getOrder", { token: await owner(), path })).body;
  assert.equal(staffs.customer_id, user.id);
  assert.deepEqual(staffs.history[0]?.actor, { kind: "customer", id: user.id, name: "Zoë Ångström" });
  const cancelled = await call("cancelOrder", { token, path, body: { reason: "Too late" } });
  assert.equal(cancelled.body.status, "cancelled");
  assert.deepEqual(cancelled.body.history[1]?.actor, { kind: "customer", id: null, name: null });
  await refused("cancelOrder", 409, "order_transition_not_allowed", { token, path, body: {} });
  const query = { resource: "orders", resource_id: placed.order.id };
  const trail = (await call("listAudit", { token: await owner(), query })).body.data;
  assert.deepEqual(
    trail.map(({ action, actor }) => [action, actor.kind, actor.id]),
    [
      ["POST /v1/shop/orders/{id}/cancel", "customer", user.id],
      ["POST /v1/shop/carts/{id}/checkout", "customer", user.id],
    ],
  );
});

test("register: known and unknown addresses are answered alike, and every fault of the body at once", async () => {
  const known = await register();
  const fresh = `${unique("new")}@example.com`;
  const answers = new Set<string>();
  for (const email of [known.email.toUpperCase(), fresh]) {
    const reply = await send("register", { body: { email, password: "a password of somebody" } });
    const fields = [...reply.headers].filter(([name]) => !["x-request-id", "date"].includes(name));
    answers.add(JSON.stringify([reply.status, fields, reply.body]));
    await refused("login", 401, "invalid_credentials", {
      body: { email, password: "a password of somebody", audience: "shop" },
    });
  }
  assert.equal(answers.size, 1, [...answers].join("\n"));
  assert.ok(await is_alive(known.token), "nothing became of the account");
  const { token, text } = await mail_to(known.email);
  assert.ok(text.includes("has one already"), text);
  await refused("verifyEmail", 422, "mail_token_invalid", { body: { token } });
  await call("resetPassword", { body: { token, new_password: "another password altogether" } });
  await shop_sign_in(known.email, "another password altogether");
  await call("verifyEmail", { body: { token: (await mail_to(fresh)).token } });
  await shop_sign_in(fresh, "a password of somebody");

  const faulty = await refused("register", 422, "invalid_request", {
    body: { email: "no address", password: "short", name: "", role: "owner" },
  });
  assert.deepEqual(pointers(faulty), ["/email", "/name", "/password", "/role"]);
  const body = { email: fresh, password: "password1" };
  assert.deepEqual(pointers(await refused("register", 422, "password_too_common", { body })), ["/password"]);
});

// What nobody could have meant: who is let in is told so, who is not must not be told that it is wrong.
const nonsense = (path: string, method: string) => ({
  path: Object.fromEntries([...path.matchAll(/\{(\w+)\}/g)].map((found) => [found[1] ?? "", UNKNOWN])),
  query: { nonsense: "1" },
  headers: { "idempotency-key": unique("key"), "if-match": "*" },
  ...(method === "GET" || method === "DELETE" ? {} : { raw_body: "{ this is no JSON" }),
});

test("a shopper's token is nothing to any route of the staff, and theirs nothing to a shopper's account", async () => {
  const shopper = await register();
  const clerk = await hire(await role_named("owner"));
  const key = await call("createApiKey", {
    token: await owner(),
    body: { name: unique("key"), permissions: [{ method: "GET", route: "/v1/admin/users" }] },
  });
  const before = await contents();
  const seen = { staff: 0, account: 0 };
  for (const { operation, method, path } of (await contract()).operations()) {
    const staffs = path.startsWith("/v1/admin/") || path.startsWith("/v1/auth/second-factor");
    if (!staffs && !path.startsWith("/v1/shop/account")) continue;
    ++seen[staffs ? "staff" : "account"];
    const id = operation.operationId as Operation;
    for (const token of staffs ? [shopper.token] : [clerk.token, key.body.token]) {
      const reply = await send(id, { ...nonsense(path, method), token });
      const where = `${method} ${path}`;
      assert.deepEqual([reply.status, (reply.body as Problem).code], [401, "access_token_invalid"], where);
      assert.equal(reply.headers.get("www-authenticate"), 'Bearer error="invalid_token"', where);
    }
  }
  assert.ok(seen.staff >= 50 && seen.account >= 3, JSON.stringify(seen));
  assert.deepEqual(await contents(), before);
});

test("somebody else's order is a missing one, whatever is asked of it, and stays as it was", async () => {
  const [ada, bob] = [await register(), await register()];
  const { order, tracking_token } = await place(ada.email, ada.token);
  const before = await contents();
  for (const [id, input] of [
    ["trackOrder", {}],
    ["trackOrder", { query: { token: "guessed" } }],
    ["cancelOrder", { body: {} }],
    ["cancelOrder", { body: { token: "guessed", reason: "Mine" } }],
  ] as [Operation, object][]) {
    const [foreign, missing] = await Promise.all(
      [order.id, UNKNOWN].map((id_of_it) =>
        refused(id, 404, "order_not_found", { token: bob.token, path: { id: id_of_it }, ...input }),
      ),
    );
    assert.deepEqual({ ...foreign, request_id: "" }, { ...missing, request_id: "" });
  }
  for (const token of [undefined, await owner()])
    for (const id of ["trackOrder", "cancelOrder"] as const) {
      const input = { path: { id: order.id }, ...(id === "cancelOrder" ? { body: {} } : {}) };
      const problem = await refused(id, 422, "invalid_request", token ? { ...input, token } : input);
      assert.deepEqual(pointers(problem), ["/token"]);
    }
  assert.deepEqual(await contents(), before);
  assert.deepEqual(await orders_of(bob), []);
  assert.deepEqual(await orders_of(ada), [order.id]);
  const path = { id: order.id };
  assert.equal((await call("trackOrder", { path, query: { token: tracking_token } })).body.id, order.id);
});

test("checkout, trackOrder and cancelOrder tell a shopper whose token is no longer good, and take none for a guest", async () => {
  const shopper = await register();
  const { order, tracking_token } = await place(shopper.email, shopper.token);
  const cart = await fill_cart({ [await a_mug()]: 1 });
  await call("logout", { token: shopper.token });
  await within_two_seconds("signing out", async () => !(await is_alive(shopper.token)));
  const before = await contents();
  const headers = { "idempotency-key": unique("k") };
  for (const token of [shopper.token, "stale"]) {
    const stale = { token, headers };
    const pay = { payment: { provider: "manual" } };
    await refused("checkout", 401, "access_token_invalid", { ...stale, path: { id: cart.id }, body: pay });
    await refused("trackOrder", 401, "access_token_invalid", { ...stale, path: { id: order.id } });
    await refused("cancelOrder", 401, "access_token_invalid", { ...stale, path: { id: order.id }, body: {} });
  }
  assert.deepEqual(await contents(), before);
  const path = { id: order.id };
  assert.equal((await call("trackOrder", { path, query: { token: tracking_token } })).status, 200);
});

test("refresh and logout: each audience has a cookie of its own, and a browser may be both", async () => {
  const shopper = await register();
  const clerk = await hire();
  const cookie_of = (headers: Headers) => /^[^;]+/.exec(headers.get("set-cookie") ?? "")?.[0] ?? "";
  const both = async () => {
    const shop = { email: shopper.email, password: SHOPPER_PASSWORD, audience: "shop" } as const;
    const staff = { email: clerk.email, password: PASSWORD };
    return [
      cookie_of((await call("login", { body: shop })).headers),
      cookie_of((await call("login", { body: staff })).headers),
    ] as [string, string];
  };
  const [shops, staffs] = await both();
  assert.ok(shops.startsWith(`${SHOP_COOKIE}=`) && staffs.startsWith(`${STAFF_COOKIE}=`));
  const headers = { cookie: `${shops}; ${staffs}` };
  const as_shopper = await call("refresh", { headers, body: { audience: "shop" } });
  assert.ok(cookie_of(as_shopper.headers).startsWith(`${SHOP_COOKIE}=`));
  assert.ok(await is_alive(as_shopper.body.access_token));
  const as_staff = await call("refresh", { headers });
  assert.ok(cookie_of(as_staff.headers).startsWith(`${STAFF_COOKIE}=`));
  assert.equal((await call("getSession", { token: as_staff.body.access_token })).body.audience, "admin");

  const renewed = { cookie: `${cookie_of(as_shopper.headers)}; ${cookie_of(as_staff.headers)}` };
  const out = await call("logout", { headers: renewed, body: { audience: "shop" } });
  assert.match(out.headers.get("set-cookie") ?? "", new RegExp(`^${SHOP_COOKIE}=; .*Max-Age=0`));
  await within_two_seconds("signing out", async () => !(await is_alive(as_shopper.body.access_token)));
  assert.equal((await send("getSession", { token: as_staff.body.access_token })).status, 200);
  await refused("refresh", 401, "refresh_token_invalid", { headers: renewed, body: { audience: "shop" } });
  assert.equal((await call("refresh", { headers: renewed })).status, 200);
});

test("refresh and logout by a shopper's cookie: a stranger's page is refused, and nothing is spent", async () => {
  const { email } = await register();
  const body = { email, password: SHOPPER_PASSWORD, audience: "shop" } as const;
  const jar = await call("login", { body });
  const cookie = /^[^;]+/.exec(jar.headers.get("set-cookie") ?? "")?.[0] ?? "";
  const sent = JSON.stringify({ audience: "shop" });
  const post = (path: string, fields: string[]) => {
    const all = [`Cookie: ${cookie}`, "Content-Type: application/json", `Content-Length: ${sent.length}`];
    const text = request_text(`POST ${path}`, [...all, ...fields], sent);
    return raw(text.replace("Host: localhost", `Host: ${new URL(running().address).host}`));
  };
  for (const from of ["Origin: https://evil.example", "Origin: null", "Sec-Fetch-Site: cross-site"])
    for (const path of ["/v1/auth/refresh", "/v1/auth/logout"]) {
      const reply = await post(path, [from]);
      assert.equal(reply.status, 403, `${path} ${from}`);
      assert.equal((JSON.parse(reply.body) as Problem).code, "cross_site_request");
      assert.equal(reply.headers.get("set-cookie"), undefined);
    }
  assert.ok(await is_alive(jar.body.access_token));
  assert.equal((await post("/v1/auth/refresh", [`Origin: ${running().address}`])).status, 200);
});

test("getAccount, updateAccount: one's own name, under If-Match", async () => {
  const shopper = await register();
  const { token } = shopper;
  const seen = await call("getAccount", { token });
  assert.deepEqual(
    [seen.body.id, seen.body.email, seen.body.name],
    [shopper.id, shopper.email, "Ada Lovelace"],
  );
  const headers = { "if-match": seen.headers.get("etag") ?? "" };
  const renamed = await call("updateAccount", { token, headers, body: { name: "Ada Byron" } });
  assert.equal(renamed.body.name, "Ada Byron");
  await refused("updateAccount", 412, "version_stale", { token, headers, body: { name: "Eve" } });
  assert.equal((await call("updateAccount", { token, body: { name: null } })).body.name, null);
  const problem = await refused("updateAccount", 422, "invalid_request", {
    token,
    body: { name: "", email: "e" },
  });
  assert.deepEqual(pointers(problem), ["/email", "/name"]);
  for (const id of ["getAccount", "updateAccount", "listOwnOrders"] as const)
    await refused(id, 401, "authentication_required", id === "updateAccount" ? { body: {} } : {});
});

test("listCustomers, getCustomer, updateCustomer: blocked is out within two seconds, and stays as missing as unknown", async () => {
  const shopper = await register();
  const token = await owner();
  const path = { id: shopper.id };
  const query = { email: shopper.email.toUpperCase() };
  const found = (await call("listCustomers", { token, query })).body.data;
  assert.deepEqual(
    found.map(({ id, email, status }) => [id, email, status]),
    [[shopper.id, shopper.email, "active"]],
  );
  assert.deepEqual((await call("getCustomer", { token, path })).body, found[0]);
  await refused("getCustomer", 404, "customer_not_found", { token, path: { id: UNKNOWN } });
  const blocked = await call("updateCustomer", { token, path, body: { status: "blocked" } });
  assert.equal(blocked.body.status, "blocked");
  await within_two_seconds("blocking", async () => !(await is_alive(shopper.token)));
  const { refresh_token } = shopper;
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token } });
  const answers = new Set<string>();
  for (const email of [shopper.email, "nobody@example.com"]) {
    const body = { email, password: SHOPPER_PASSWORD, audience: "shop" };
    const problem = await refused("login", 401, "invalid_credentials", { body });
    answers.add(JSON.stringify({ ...problem, request_id: "" }));
  }
  assert.equal(answers.size, 1);
  const listed = (await call("listCustomers", { token, query: { status: "blocked", limit: 100 } })).body.data;
  assert.ok(listed.some((one) => one.id === shopper.id) && listed.every((one) => one.status === "blocked"));
  await call("updateCustomer", { token, path, body: { status: "active" } });
  assert.ok(await is_alive((await shop_sign_in(shopper.email)).access_token));

  const manager = await hire(await role_named("manager"));
  assert.equal((await call("getCustomer", { token: manager.token, path })).status, 200);
  const viewer = await hire(await role_named("viewer"));
  const before = await contents();
  await refused("getCustomer", 403, "permission_denied", { token: viewer.token, path });
  await refused("updateCustomer", 403, "permission_denied", {
    token: viewer.token,
    path,
    body: { status: "blocked" },
  });
  assert.deepEqual(await contents(), before);
});

test("a shopper can be made no member of the staff, by no endpoint", async () => {
  const shopper = await register();
  const token = await owner();
  const path = { id: shopper.id };
  const before = await contents();
  await refused("getUser", 404, "user_not_found", { token, path });
  await refused("updateUser", 404, "user_not_found", {
    token,
    path,
    body: { roles: [await role_named("owner")] },
  });
  await refused("removeUsersSecondFactor", 404, "user_not_found", { token, path });
  const listed = (await call("listUsers", { token, query: { q: shopper.email } })).body.data;
  assert.deepEqual(listed, []);
  assert.deepEqual(await contents(), before);
  const made = await call("createUser", {
    token,
    body: { email: shopper.email, name: "Ada, of the staff", password: PASSWORD },
  });
  assert.notEqual(made.body.id, shopper.id, "an account of its own, for the same person");
  assert.equal((await sign_in(shopper.email)).user.id, made.body.id);
  assert.equal((await shop_sign_in(shopper.email)).user.id, shopper.id);
});

test("login: guesses at a shopper's account are slowed down, and known and unknown alike", async () => {
  const shopper = await register();
  for (const email of [shopper.email, `${unique("nobody")}@example.com`]) {
    const seen: number[] = [];
    for (let i = 0; i < 5; ++i) {
      const body = { email, password: `guess ${i}`, audience: "shop" };
      const reply = await send("login", { body });
      seen.push(reply.status);
      if (reply.status === 429) assert.ok(reply.headers.get("retry-after"));
    }
    assert.deepEqual(seen, [401, 401, 429, 429, 429], email);
  }
  assert.deepEqual(await sql("select count(*) from identity.tries t where t::text like '%example%'"), ["0"]);
});
