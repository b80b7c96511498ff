// A request whose body is long in coming is judged by what holds when it is there: who was blocked, signed out or
// stripped of a right meanwhile does nothing with it.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, running } from "./harness.ts";
import { unique } from "./shop.ts";
import { hire, make_role, matching, role_named } from "./staff.ts";
import { Talk } from "./talk.ts";

interface Begun {
  end: () => Promise<{ status: number; text: string }>;
}

// Everything but the last half of the body, which comes with `end`.
async function begin(line: string, token: string, body: object): Promise<Begun> {
  const talk = await Talk.open(running().address);
  assert.ok(talk);
  const text = JSON.stringify(body);
  talk.say(
    `${line} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAuthorization: Bearer ${token}\r\n` +
      `If-Match: *\r\nIdempotency-Key: ${unique("k")}\r\nContent-Type: application/json\r\n` +
      `Expect: 100-continue\r\nContent-Length: ${text.length}\r\n\r\n`,
  );
  await talk.until("it is let in", () => talk.heard.includes("100 Continue"));
  talk.say(text.slice(0, 5));
  return {
    end: async () => {
      talk.say(text.slice(5));
      await talk.until("an answer", () => talk.closed);
      const answer = talk.heard.slice(talk.heard.lastIndexOf("HTTP/1.1"));
      return { status: Number(answer.slice(9, 12)), text: answer };
    },
  };
}

const status_of = async (id: string) =>
  (await call("getUser", { token: await owner(), path: { id } })).body.status;

test("somebody who is blocked meanwhile does not unblock themselves", async () => {
  const chief = await hire(await role_named("owner"));
  const path = { id: chief.id };
  const begun = await begin(`PATCH /v1/admin/users/${chief.id}`, chief.token, { status: "active" });
  const seen = await call("getUser", { token: await owner(), path });
  const headers = matching(seen);
  await call("updateUser", { token: await owner(), path, headers, body: { status: "blocked" } });
  assert.equal((await begun.end()).status, 401);
  assert.equal(await status_of(chief.id), "blocked");
});

test("whoever loses the right meanwhile adds nothing", async () => {
  const right = { method: "POST", route: "/v1/admin/locations" } as const;
  const role = await make_role(right);
  const clerk = await hire(role.id);
  const place = (code: string) => ({ code, name: "A shelf" });
  const [first, second] = [unique("shelf"), unique("shelf")];
  const add = (code: string) => begin("POST /v1/admin/locations", clerk.token, place(code));

  assert.equal((await (await add(first)).end()).status, 201, "a slow body alone is no fault");

  const stripped = await add(second);
  const seen = await call("getRole", { token: await owner(), path: { id: role.id } });
  await call("setRolePermissions", {
    token: await owner(),
    path: { id: role.id },
    headers: matching(seen),
    body: { permissions: [] },
  });
  const refused = await stripped.end();
  assert.equal(refused.status, 403, refused.text);
  assert.match(refused.text, /POST \/v1\/admin\/locations/);

  const all = (await call("listLocations", { token: await owner(), query: { limit: 100 } })).body.data;
  assert.ok(!all.some((one) => one.code === second));
});

test("whoever signs out meanwhile adds nothing", async () => {
  const clerk = await hire(await role_named("owner"));
  const begun = await begin("POST /v1/admin/locations", clerk.token, {
    code: unique("shelf"),
    name: "A shelf",
  });
  await call("deleteSessions", { token: clerk.token });
  assert.equal((await begun.end()).status, 401);
});

test("a key that is revoked meanwhile does nothing", async () => {
  const token = await owner();
  const permissions = [{ method: "POST", route: "/v1/admin/locations" }] as const;
  const made = await call("createApiKey", {
    token,
    body: { name: unique("key"), permissions: [...permissions] },
  });
  const code = unique("shelf");
  const begun = await begin("POST /v1/admin/locations", made.body.token, { code, name: "A shelf" });
  await call("revokeApiKey", { token, path: { id: made.body.id } });
  assert.equal((await begun.end()).status, 401);
});
