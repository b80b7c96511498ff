// The second factor over HTTP, with an authenticator that is not ours.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { contents } from "./database.ts";
import { call, owner, refused, send, type Problem } from "./harness.ts";
import { begin, code_of, set_up_factor } from "./second_factor.ts";
import { hire, PASSWORD } from "./staff.ts";

const sign_in = (email: string, more: object = {}) =>
  send("login", { body: { email, password: PASSWORD, refresh: "body", ...more } });

test("beginSecondFactor, confirmSecondFactor: from then on a sign-in needs a code of another program", async () => {
  const clerk = await hire();
  const { recovery_codes } = await set_up_factor(clerk);
  const body = { email: clerk.email, password: PASSWORD };
  await refused("login", 401, "second_factor_required", { body });
  const recovery_code = recovery_codes[0] ?? "";
  assert.equal((await sign_in(clerk.email, { recovery_code })).status, 200);
  await refused("login", 401, "second_factor_invalid", { body: { ...body, recovery_code } });
  const again = { token: clerk.token, body: { current_password: PASSWORD } };
  await refused("beginSecondFactor", 409, "second_factor_exists", again);
});

test("login: of two devices with one code at the same moment one is in", async () => {
  for (let round = 0; round < 5; ++round) {
    const clerk = await hire();
    const { secret } = await set_up_factor(clerk);
    const code = code_of(secret);
    const both = await Promise.all([1, 2].map(() => sign_in(clerk.email, { code })));
    const codes = both.map((one) => (one.status === 200 ? "in" : (one.body as Problem).code));
    assert.deepEqual(codes.sort(), ["in", "second_factor_invalid"]);
  }
});

test("removeSecondFactor: for a code; removeUsersSecondFactor: by whoever may, for one that was lost", async () => {
  const clerk = await hire();
  const { secret } = await set_up_factor(clerk);
  const { token } = clerk;
  const query = { code: code_of(secret) === "000000" ? "000001" : "000000" };
  await refused("removeSecondFactor", 422, "second_factor_code_wrong", { token, query });
  await call("removeSecondFactor", { token, query: { code: code_of(secret) } });
  await refused("removeSecondFactor", 404, "second_factor_not_found", { token, query });
  assert.equal((await sign_in(clerk.email)).status, 200);

  await set_up_factor(clerk);
  const path = { id: clerk.id };
  await call("removeUsersSecondFactor", { token: await owner(), path });
  assert.equal((await sign_in(clerk.email)).status, 200);
  const again = { token: await owner(), path };
  await refused("removeUsersSecondFactor", 404, "second_factor_not_found", again);
  const missing = { ...again, path: { id: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" } };
  await refused("removeUsersSecondFactor", 404, "user_not_found", missing);
});

test("confirmSecondFactor, removeSecondFactor: a guess is a try like a wrong password, and nothing comes of it", async () => {
  for (const confirmed of [false, true]) {
    const clerk = await hire();
    const { token } = clerk;
    const secret = confirmed ? (await set_up_factor(clerk)).secret : (await begin(token)).body.secret;
    const [id, wrong] = confirmed
      ? (["removeSecondFactor", "query"] as const)
      : (["confirmSecondFactor", "body"] as const);
    const code = ["000000", "000001", "000002", "000003"].find((one) =>
      [-1, 0, 1, 2].every((steps) => code_of(secret, steps) !== one),
    );
    const before = await contents("identity.tries");
    for (let i = 0; i < 2; ++i)
      await refused(id, 422, "second_factor_code_wrong", { token, [wrong]: { code } });
    const reply = await send(id, { token, [wrong]: { code: code_of(secret) } });
    assert.deepEqual(
      [reply.status, (reply.body as Problem).code],
      [429, "too_many_attempts"],
      "not even the right one",
    );
    assert.equal(reply.headers.get("retry-after"), "1");
    const body = { email: clerk.email, password: PASSWORD };
    await refused("login", 429, "too_many_attempts", { body });
    assert.deepEqual(await contents("identity.tries"), before);
    await new Promise((go) => setTimeout(go, 1000));
    assert.ok((await send(id, { token, [wrong]: { code: code_of(secret) } })).status < 300);
  }
});
