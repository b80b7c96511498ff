// One's own sign-ins: where they are, and ending them.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, refused, send } from "./harness.ts";
import { hire, PASSWORD, within_two_seconds } from "./staff.ts";

async function sign_in_with(email: string, device: string) {
  const headers = { "user-agent": device };
  return (await call("login", { body: { email, password: PASSWORD, refresh: "body" }, headers })).body;
}
const is_alive = async (token: string) => (await send("getSession", { token })).status === 200;

test("listSessions and deleteSession: one's own devices, and one of them ended", async () => {
  const clerk = await hire();
  const phone = await sign_in_with(clerk.email, "a phone");
  const laptop = await sign_in_with(clerk.email, "a laptop");
  const list = (await call("listSessions", { token: laptop.access_token })).body;
  assert.deepEqual(
    list.data.slice(0, 2).map(({ device, current, address }) => ({ device, current, address })),
    [
      { device: "a laptop", current: true, address: "127.0.0.1" },
      { device: "a phone", current: false, address: "127.0.0.1" },
    ],
  );
  assert.equal(list.data.length, 3);
  const lost = list.data[1];
  assert.ok(lost && lost.created_at <= lost.last_used_at && lost.last_used_at < lost.expires_at);

  const stranger = await hire();
  const path = { id: lost.id };
  await refused("deleteSession", 404, "session_not_found", { token: stranger.token, path });
  assert.ok(await is_alive(phone.access_token));
  assert.equal((await call("deleteSession", { token: laptop.access_token, path })).status, 204);
  await within_two_seconds("ending it", async () => !(await is_alive(phone.access_token)));
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: phone.refresh_token } });
  await refused("deleteSession", 404, "session_not_found", { token: laptop.access_token, path });
});

test("deleteSessions: signed out everywhere, and nobody else with it", async () => {
  const clerk = await hire();
  const stranger = await hire();
  const pairs = [await sign_in_with(clerk.email, "one"), await sign_in_with(clerk.email, "two")];
  assert.equal((await call("deleteSessions", { token: clerk.token })).status, 204);
  for (const { access_token, refresh_token } of pairs) {
    await within_two_seconds("signing out", async () => !(await is_alive(access_token)));
    await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token } });
  }
  assert.ok(await is_alive(stranger.token));
  assert.ok(await is_alive((await sign_in_with(clerk.email, "again")).access_token));
});
