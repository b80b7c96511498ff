// Two servers on one database: what ends a shopper's sign-in on one of them ends it on the other.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";

import { mail_to, register, shop_sign_in, SHOPPER_PASSWORD } from "./customers.ts";
import { socket_folder } from "./database.ts";
import { call, owner, refused, running, send } from "./harness.ts";
import { end_before_it, own_server } from "./own_server.ts";
import { start_serving, type Up } from "./server.ts";
import { within_two_seconds } from "./staff.ts";

const first = await own_server();
const NEXT = "another horse, another battery";
let second: Up | undefined;
let folder = "";

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "carrack-other-"));
  second = await start_serving(folder, {
    CARRACK_DATABASE_URL: `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`,
    CARRACK_SECRET_KEY: (await readFile(join(first.data, "secret.key"), "utf8")).trim(),
  });
});

end_before_it(async () => {
  await second?.program.end();
  await rm(folder, { recursive: true, force: true });
});

// One after the other only: where calls go is the whole file's.
async function on_second<T>(what: () => Promise<T>): Promise<T> {
  const here = process.env["CARRACK_API_TESTS"];
  assert.ok(second);
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ ...running(), address: second.address });
  try {
    return await what();
  } finally {
    process.env["CARRACK_API_TESTS"] = here;
  }
}

const status = async (token: string) => (await send("getAccount", { token })).status;
const is_out = async (token: string, why: string) => {
  await within_two_seconds(`${why}, here`, async () => (await status(token)) === 401);
  await within_two_seconds(`${why}, there`, () => on_second(async () => (await status(token)) === 401));
};
async function is_in(token: string): Promise<void> {
  assert.equal(await status(token), 200);
  assert.equal(await on_second(() => status(token)), 200);
}

test("logout, deleteSession and deleteSessions of a shopper are in force on both", async () => {
  const shopper = await register();
  const [leaving, lost] = [await shop_sign_in(shopper.email), await shop_sign_in(shopper.email)];
  for (const { access_token } of [leaving, lost]) await is_in(access_token);
  await call("logout", { token: leaving.access_token });
  await is_out(leaving.access_token, "signing out");
  const { data } = (await call("listSessions", { token: lost.access_token })).body;
  const id = data.find((one) => one.current)?.id ?? "";
  await on_second(() => call("deleteSession", { token: shopper.token, path: { id } }));
  await is_out(lost.access_token, "ending a sign-in");
  await is_in(shopper.token);
  await on_second(() => call("deleteSessions", { token: shopper.token }));
  await is_out(shopper.token, "signing out everywhere");
});

test("a password that a shopper changes, or sets by mail, ends sign-ins on both", async () => {
  const shopper = await register();
  const other = (await shop_sign_in(shopper.email)).access_token;
  await is_in(other);
  const body = { current_password: SHOPPER_PASSWORD, new_password: NEXT };
  await on_second(() => call("changePassword", { token: shopper.token, body }));
  await is_out(other, "changing the password");
  await is_in(shopper.token);
  await call("forgotPassword", { body: { email: shopper.email, audience: "shop" } });
  const { token } = await mail_to(shopper.email);
  await on_second(() => call("resetPassword", { body: { token, new_password: `${NEXT}!` } }));
  await is_out(shopper.token, "setting another password by mail");
  await on_second(() => shop_sign_in(shopper.email, `${NEXT}!`));
});

test("updateCustomer: blocked on one, out on both; a spent token that comes back ends its family on both", async () => {
  const [blocked, robbed] = [await register(), await register()];
  await is_in(blocked.token);
  const path = { id: blocked.id };
  const token = await owner();
  await on_second(() => call("updateCustomer", { token, path, body: { status: "blocked" } }));
  await is_out(blocked.token, "blocking");
  await on_second(() =>
    refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token: blocked.refresh_token } }),
  );
  const { refresh_token } = robbed;
  const next = await call("refresh", { body: { refresh_token } });
  await on_second(() => call("refresh", { body: { refresh_token: next.body.refresh_token ?? "" } }));
  await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token } });
  for (const gone of [robbed.token, next.body.access_token]) await is_out(gone, "a token that came back");
});
