// Signing in, staying signed in, signing out.
import { strict as assert } from "node:assert";
import { createPublicKey, verify } from "node:crypto";
import { test } from "node:test";

import { call, contract, owner, pointers, raw, refused, request_text, running, send } from "./harness.ts";
import { hire, make_role, PASSWORD, role_named, sign_in, within_two_seconds } from "./staff.ts";

const COOKIE = "__Host-carrack_refresh";
// One cookie at most is ever set, so the joined field is that cookie (Debian's Node 18 has no getSetCookie).
const cookie_of = (headers: Headers) => {
  const set = headers.get("set-cookie") ?? "";
  return set.startsWith(`${COOKIE}=`) ? set : "";
};
const value_of = (cookie: string) => cookie.slice(COOKIE.length + 1, cookie.indexOf(";"));
const is_alive = async (token: string) => (await send("getSession", { token })).status === 200;
const renew = (refresh_token: string) => send("refresh", { body: { refresh_token } });

async function pair_of(refresh_token: string): Promise<{ access_token: string; refresh_token: string }> {
  const { body } = await call("refresh", { body: { refresh_token } });
  assert.ok(body.refresh_token);
  return { access_token: body.access_token, refresh_token: body.refresh_token };
}

async function fresh_pair(email: string) {
  const { access_token, refresh_token } = await sign_in(email);
  assert.ok(refresh_token);
  return { access_token, refresh_token };
}

test("login: the refresh token is a cookie that scripts cannot read, unless the body is asked for", async () => {
  const { email, password } = running().owner;
  const by_cookie = await call("login", { body: { email, password } });
  assert.equal(by_cookie.body.token_type, "Bearer");
  assert.equal(by_cookie.body.refresh_token, undefined);
  assert.equal(by_cookie.body.user.email, email);
  assert.deepEqual(by_cookie.body.user.roles, ["owner"]);
  const attributes = cookie_of(by_cookie.headers).split("; ").slice(1).sort();
  assert.deepEqual(attributes, ["HttpOnly", "Max-Age=2592000", "Path=/", "SameSite=Strict", "Secure"]);
  const by_body = await call("login", { body: { email, password, refresh: "body" } });
  assert.match(by_body.body.refresh_token ?? "", /^[\w-]{43}$/);
  assert.equal(by_body.headers.get("set-cookie"), null);
  const shouted = await call("login", { body: { email: email.toUpperCase(), password } });
  assert.equal(shouted.body.user.id, by_body.body.user.id);
});

test("login: unknown, wrong and blocked answer alike; every fault of the body at once", async () => {
  const clerk = await hire();
  const blocked = await hire();
  const path = { id: blocked.id };
  await call("updateUser", { token: await owner(), path, body: { status: "blocked" } });
  const answers = new Set<string>();
  for (const body of [
    { email: "nobody@example.com", password: PASSWORD },
    { email: clerk.email, password: `${PASSWORD}!` },
    { email: blocked.email, password: PASSWORD },
    { email: "' or 1=1 --@example.com".replace(/ /g, ""), password: "' or '1'='1" },
  ]) {
    const problem = await refused("login", 401, "invalid_credentials", { body });
    answers.add(JSON.stringify({ ...problem, request_id: "" }));
  }
  assert.equal(answers.size, 1);
  const empty = await refused("login", 422, "invalid_request", { body: { remember: true } });
  assert.deepEqual(pointers(empty), ["/email", "/password", "/remember"]);
  const wrong = { email: "no address", password: "", refresh: "pocket" };
  const faulty = await refused("login", 422, "invalid_request", { body: wrong });
  assert.deepEqual(pointers(faulty), ["/email", "/password", "/refresh"]);
});

test("getSession: who one is and exactly what one may do", async () => {
  const everything = (await contract()).operations().filter((one) => one.operation["x-permission"]);
  const session = (await call("getSession", { token: await owner() })).body;
  assert.deepEqual(
    session.permissions.map((one) => one.operation).sort(),
    everything.map((one) => one.operation.operationId).sort(),
  );
  const role = await make_role({ method: "GET", route: "/v1/admin/orders" });
  const clerk = await hire(role.id);
  const seen = (await call("getSession", { token: clerk.token })).body;
  assert.equal(seen.user.id, clerk.id);
  assert.deepEqual(seen.roles, [{ id: role.id, name: role.name }]);
  assert.deepEqual(seen.permissions, [
    { method: "GET", route: "/v1/admin/orders", resource: "orders", operation: "listOrders" },
  ]);
  const anonymous = await send("getSession");
  assert.equal(anonymous.status, 401);
  assert.equal(anonymous.headers.get("www-authenticate"), "Bearer");
});

test("an access token is a JWT that /.well-known/jwks.json verifies, and nothing else passes for one", async () => {
  const token = await owner();
  const [head = "", claims = "", signature = ""] = token.split(".");
  const decoded = (part: string) =>
    JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, string>;
  const encoded = (part: object) => Buffer.from(JSON.stringify(part)).toString("base64url");
  const { kid, alg, typ } = decoded(head);
  assert.deepEqual([alg, typ], ["EdDSA", "at+jwt"]);
  const reply = await raw(request_text("GET /.well-known/jwks.json"));
  const { keys } = JSON.parse(reply.body) as {
    keys: { kid: string; kty: string; crv: string; x: string; d?: string }[];
  };
  const key = keys.find((one) => one.kid === kid);
  assert.ok(key);
  assert.equal(key.d, undefined, "only the public part is told");
  const signed = Buffer.from(`${head}.${claims}`);
  const public_key = createPublicKey({ key, format: "jwk" });
  assert.ok(verify(null, signed, public_key, Buffer.from(signature, "base64url")));

  const none = encoded({ ...decoded(head), alg: "none" });
  const flipped = signature.startsWith("A") ? `B${signature.slice(1)}` : `A${signature.slice(1)}`;
  for (const forged of [
    `${none}.${claims}.`,
    `${none}.${claims}.${signature}`,
    `${head}.${claims}.`,
    `${head}.${claims}.${flipped}`,
    `${head}.${encoded({ ...decoded(claims), sub: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" })}.${signature}`,
    `${encoded({ ...decoded(head), kid: "../../etc/passwd" })}.${claims}.${signature}`,
    `${encoded({ ...decoded(head), jwk: key })}.${claims}.${signature}`,
    `${token}.${token}`,
    `${token}=`,
    "null",
    "a.b.c",
    "x".repeat(8000),
  ]) {
    const reply = await send("getSession", { token: forged });
    assert.equal(reply.status, 401, forged.slice(0, 200));
    assert.match(reply.headers.get("www-authenticate") ?? "", /^Bearer error="invalid_token"$/);
  }
  assert.ok(await is_alive(token));
  for (const scheme of ["Basic b3duZXI6eA==", "Bearer", token]) {
    const reply = await send("getSession", { headers: { authorization: scheme } });
    assert.equal(reply.status, 401, scheme);
  }
});

test("a token that is no longer good does not keep a shopper out", async () => {
  assert.equal((await call("createCart", { token: "stale", body: {} })).status, 201);
});

test("refresh: spends the token, gives the next; the cookie is renewed by the cookie", async () => {
  const clerk = await hire();
  const first = await fresh_pair(clerk.email);
  const second = await pair_of(first.refresh_token);
  assert.notEqual(second.refresh_token, first.refresh_token);
  assert.ok(await is_alive(second.access_token));
  const third = await pair_of(second.refresh_token);
  assert.equal(new Set([first, second, third].map((one) => one.refresh_token)).size, 3);

  const jar = await call("login", { body: { email: clerk.email, password: PASSWORD } });
  const given = value_of(cookie_of(jar.headers));
  const headers = { cookie: `theme=dark; ${COOKIE}=${given}` };
  const renewed = await call("refresh", { headers });
  assert.equal(renewed.body.refresh_token, undefined);
  assert.match(value_of(cookie_of(renewed.headers)), /^[\w-]{43}$/);
  assert.notEqual(value_of(cookie_of(renewed.headers)), given);
  for (const body of [undefined, {}, { refresh_token: "x".repeat(43) }])
    await refused("refresh", 401, "refresh_token_invalid", body ? { body } : {});
  await refused("refresh", 422, "invalid_request", { body: { refresh_token: "short" } });
});

test("refresh: one token used sixteen times at once has one successor, and nobody is signed out", async () => {
  const clerk = await hire();
  const { refresh_token } = await fresh_pair(clerk.email);
  const replies = await Promise.all(Array.from({ length: 16 }, () => renew(refresh_token)));
  assert.deepEqual(new Set(replies.map((one) => one.status)), new Set([200]));
  const successors = new Set(replies.map((one) => (one.body as { refresh_token: string }).refresh_token));
  assert.equal(successors.size, 1);
  await pair_of([...successors][0] ?? "");
});

test("refresh: a spent token that comes back ends its family and no other", async () => {
  const clerk = await hire();
  const other_device = await fresh_pair(clerk.email);
  const first = await fresh_pair(clerk.email);
  const second = await pair_of(first.refresh_token);
  const third = await pair_of(second.refresh_token);
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: first.refresh_token } });
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: third.refresh_token } });
  await within_two_seconds("ending the family", async () => !(await is_alive(third.access_token)));
  assert.equal(await is_alive(first.access_token), false);
  assert.ok(await is_alive(other_device.access_token));
  await pair_of(other_device.refresh_token);
});

test("logout: by refresh token, by cookie or by access token; this sign-in ends and others live on", async () => {
  const clerk = await hire();
  const other_device = await fresh_pair(clerk.email);
  const by_body = await fresh_pair(clerk.email);
  await call("logout", { body: { refresh_token: by_body.refresh_token } });
  const by_access = await fresh_pair(clerk.email);
  await call("logout", { token: by_access.access_token });
  const jar = await call("login", { body: { email: clerk.email, password: PASSWORD } });
  const headers = { cookie: `${COOKIE}=${value_of(cookie_of(jar.headers))}` };
  const out = await call("logout", { headers });
  assert.match(cookie_of(out.headers), new RegExp(`^${COOKIE}=; .*Max-Age=0`));
  await refused("refresh", 401, "refresh_token_invalid", { headers });
  for (const ended of [by_body, by_access]) {
    await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: ended.refresh_token } });
    await within_two_seconds("signing out", async () => !(await is_alive(ended.access_token)));
  }
  await within_two_seconds("signing out", async () => !(await is_alive(jar.body.access_token)));
  assert.ok(await is_alive(other_device.access_token));
  for (const input of [{}, { token: "nonsense" }, { body: { refresh_token: "x".repeat(43) } }])
    assert.equal((await call("logout", input)).status, 204, "ending nothing is no fault");
});

test("a blocked user is out within two seconds, and their refresh tokens with them", async () => {
  const clerk = await hire(await role_named("viewer"));
  const pair = await fresh_pair(clerk.email);
  const path = { id: clerk.id };
  await call("updateUser", { token: await owner(), path, body: { status: "blocked" } });
  await within_two_seconds("blocking", async () => !(await is_alive(pair.access_token)));
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: pair.refresh_token } });
  await call("updateUser", { token: await owner(), path, body: { status: "active" } });
  assert.equal((await renew(pair.refresh_token)).status, 401, "what was ended stays ended");
  assert.ok(await is_alive((await sign_in(clerk.email)).access_token));
});
