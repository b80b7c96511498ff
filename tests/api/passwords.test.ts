// Which passwords one may have, and changing one's own.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, owner, pointers, refused, send } from "./harness.ts";
import { unique } from "./shop.ts";
import { hire, PASSWORD, sign_in, within_two_seconds } from "./staff.ts";

const NEXT = "another horse, another battery";
const is_alive = async (token: string) => (await send("getSession", { token })).status === 200;

test("changePassword: needs the old one, and ends every other sign-in", async () => {
  const clerk = await hire();
  const other = await sign_in(clerk.email);
  const token = clerk.token;
  const wrong = { current_password: "not it at all", new_password: NEXT };
  const no = await refused("changePassword", 422, "current_password_wrong", { token, body: wrong });
  assert.deepEqual(pointers(no), ["/current_password"]);
  await refused("changePassword", 401, "authentication_required", { body: wrong });
  assert.ok(await is_alive(other.access_token));

  const body = { current_password: PASSWORD, new_password: NEXT };
  assert.equal((await call("changePassword", { token, body })).status, 204);
  await within_two_seconds("ending the other", async () => !(await is_alive(other.access_token)));
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: other.refresh_token } });
  assert.ok(await is_alive(token), "this one goes on");
  assert.ok(await is_alive((await sign_in(clerk.email, NEXT)).access_token));
  await refused("login", 401, "invalid_credentials", { body: { email: clerk.email, password: PASSWORD } });
});

test("createUser: a password of eight characters in any script, and none that everybody tries", async () => {
  const token = await owner();
  const local = unique("somebody");
  const email = `${local}@example.com`;
  const add = (password: string) => ({ token, body: { email, name: "Somebody", password, roles: [] } });
  for (const password of ["password", "Password123", "IloveYou", "QWERTYUIOP", email, local.toUpperCase()]) {
    const problem = await refused("createUser", 422, "password_too_common", add(password));
    assert.deepEqual(pointers(problem), ["/password"], password);
  }
  for (const password of ["1234567", "e\u0301".repeat(7)]) {
    const problem = await refused("createUser", 422, "invalid_request", add(password));
    assert.deepEqual(
      problem.errors?.map((one) => one.code),
      ["too_short"],
    );
  }
  await refused("createUser", 422, "invalid_request", add("x".repeat(257)));
  await call("createUser", add("mañana sí"));
  for (const spelling of ["mañana sí", "mañana sí".normalize("NFD")])
    assert.ok(await is_alive((await sign_in(email, spelling)).access_token), "one, however composed");
});
