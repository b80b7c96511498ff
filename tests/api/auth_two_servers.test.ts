// Two servers on one database: whatever one of them gives or does is good, or in force, on the other.
import { strict as assert } from "node:assert";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { before, test } from "node:test";

import { carrack } from "./command.ts";
import { socket_folder, sql } from "./database.ts";
import { call, owner, refused, running, send, type Answer, type Operation } from "./harness.ts";
import { end_before_it, own_server } from "./own_server.ts";
import { set_up_factor } from "./second_factor.ts";
import { start_serving, type Up } from "./server.ts";
import { unique } from "./shop.ts";
import { hire, make_role, PASSWORD, sign_in, within_two_seconds, type Hired } from "./staff.ts";

const first = await own_server();
const USERS = { method: "GET", route: "/v1/admin/users" } as const;
const ROLES = { method: "GET", route: "/v1/admin/roles" } as const;

const folders: string[] = [];
const others: Up[] = [];
let both: string[] = [];

async function start_another(env: Record<string, string>): Promise<Up & { data: string }> {
  const data = await mkdtemp(join(tmpdir(), "carrack-other-"));
  folders.push(data);
  const url = `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`;
  const up = await start_serving(data, { CARRACK_DATABASE_URL: url, ...env });
  others.push(up);
  return { ...up, data };
}

before(async () => {
  const key = (await readFile(join(first.data, "secret.key"), "utf8")).trim();
  // It is reached by another name than the first.
  const second = await start_another({
    CARRACK_SECRET_KEY: key,
    CARRACK_PUBLIC_URL: "https://second.example.com",
  });
  both = [first.address, second.address];
});

end_before_it(async () => {
  for (const { program } of others) await program.end();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

// One after the other only: where calls go is the whole file's.
async function on<T>(address: string, what: () => Promise<T>): Promise<T> {
  const here = process.env["CARRACK_API_TESTS"];
  process.env["CARRACK_API_TESTS"] = JSON.stringify({ ...running(), address });
  try {
    return await what();
  } finally {
    process.env["CARRACK_API_TESTS"] = here;
  }
}

const status = (address: string, id: Operation, token: string) =>
  on(address, async () => (await send(id, { token })).status);
// What another server has just done may take as long.
const answers = (address: string, id: Operation, token: string, wanted: number) =>
  within_two_seconds(`${id} at ${address}`, async () => (await status(address, id, token)) === wanted);
const part = (token: string, at: number) =>
  JSON.parse(Buffer.from(token.split(".")[at] ?? "", "base64url").toString()) as { kid: string; iss: string };
const issuer_of = (token: string) => part(token, 1).iss;
const kid_of = (token: string) => part(token, 0).kid;

test("tokens of either work on both, and say that the same shop has issued them", async () => {
  const { email } = await hire();
  const issuers = new Set<string>();
  for (const address of both) {
    const { access_token } = await on(address, () => sign_in(email));
    issuers.add(issuer_of(access_token));
    for (const other of both) assert.equal(await status(other, "getSession", access_token), 200);
  }
  assert.equal(issuers.size, 1, [...issuers].join(" "));
});

test("a changed role, a blocked user and a sign-out on one are in force on both", async () => {
  const token = await owner();
  for (const address of both) {
    const role = await make_role(USERS);
    const clerk = await hire(role.id);
    for (const other of both) await answers(other, "listUsers", clerk.token, 200);
    const headers = { "if-match": "*" };
    await on(address, () =>
      call("setRolePermissions", { token, path: { id: role.id }, headers, body: { permissions: [ROLES] } }),
    );
    for (const other of both)
      await within_two_seconds("a changed role", async () => {
        const seen = [
          await status(other, "listUsers", clerk.token),
          await status(other, "listRoles", clerk.token),
        ];
        return seen[0] === 403 && seen[1] === 200;
      });
    const leaving = (await sign_in(clerk.email)).access_token;
    await on(address, () => call("logout", { token: leaving }));
    for (const other of both) await answers(other, "getSession", leaving, 401);
    assert.equal(await status(address, "getSession", clerk.token), 200);
    await on(address, () =>
      call("updateUser", { token, path: { id: clerk.id }, body: { status: "blocked" } }),
    );
    for (const other of both) await answers(other, "getSession", clerk.token, 401);
  }
});

// Each ends the sign-in `doomed` of the clerk, who did it, or had it done, with another one.
const ENDINGS: Record<string, (clerk: Hired, doomed: Answer<"login">) => Promise<unknown>> = {
  "signing out everywhere": (clerk) => call("deleteSessions", { token: clerk.token }),
  "one sign-in ended from another": async ({ token }, doomed) => {
    const own = (await call("listSessions", { token: doomed.access_token })).body.data.find(
      (one) => one.current,
    );
    assert.ok(own);
    await call("deleteSession", { token, path: { id: own.id } });
  },
  "a changed password": ({ token }) =>
    call("changePassword", {
      token,
      body: { current_password: PASSWORD, new_password: `${PASSWORD} again` },
    }),
  "a refresh token that came back": async (_, { refresh_token = "" }) => {
    const next = await call("refresh", { body: { refresh_token } });
    await call("refresh", { body: { refresh_token: next.body.refresh_token ?? "" } });
    await refused("refresh", 401, "refresh_token_invalid", { body: { refresh_token } });
  },
};

for (const [what, end] of Object.entries(ENDINGS))
  test(`${what} on one is in force on both`, async () => {
    for (const address of both) {
      const clerk = await hire();
      const doomed = await sign_in(clerk.email);
      for (const other of both) await answers(other, "getSession", doomed.access_token, 200);
      await on(address, () => end(clerk, doomed));
      for (const other of both) await answers(other, "getSession", doomed.access_token, 401);
    }
  });

test("roles that somebody is given or loses on one are theirs, or not, on both", async () => {
  const token = await owner();
  const role = await make_role(USERS);
  for (const address of both) {
    const clerk = await hire();
    for (const [roles, wanted] of [
      [[role.id], 200],
      [[], 403],
    ] as const) {
      const body = { roles: [...roles] };
      await on(address, () => call("updateUser", { token, path: { id: clerk.id }, body }));
      for (const other of both) await answers(other, "listUsers", clerk.token, wanted);
    }
  }
});

test("a second factor that a role comes to require on one is required on both, until there is one", async () => {
  const token = await owner();
  for (const address of both) {
    const role = await make_role(USERS);
    const clerk = await hire(role.id);
    for (const other of both) await answers(other, "listUsers", clerk.token, 200);
    const headers = { "if-match": "*" };
    await on(address, () =>
      call("updateRole", { token, path: { id: role.id }, headers, body: { second_factor: true } }),
    );
    for (const other of both) {
      await answers(other, "listUsers", clerk.token, 403);
      await on(other, () => refused("listUsers", 403, "second_factor_missing", { token: clerk.token }));
    }
    await on(address, () => set_up_factor(clerk));
    for (const other of both) await answers(other, "listUsers", clerk.token, 200);
    await on(address, () => call("removeUsersSecondFactor", { token, path: { id: clerk.id } }));
    for (const other of both) await answers(other, "listUsers", clerk.token, 403);
  }
});

test("an API key works on both, and neither once it is revoked or its maker is blocked on one", async () => {
  const token = await owner();
  const role = await make_role(USERS, { method: "POST", route: "/v1/admin/api-keys" });
  for (const address of both) {
    const maker = await hire(role.id);
    const make = async () => {
      const body = { name: unique("machine"), permissions: [USERS] };
      return (await on(address, () => call("createApiKey", { token: maker.token, body }))).body;
    };
    const [one, other] = [await make(), await make()];
    for (const server of both)
      for (const key of [one, other]) await answers(server, "listUsers", key.token, 200);
    await on(address, () => call("revokeApiKey", { token, path: { id: one.id } }));
    for (const server of both) await answers(server, "listUsers", one.token, 401);
    await answers(address, "listUsers", other.token, 200);
    await on(address, () =>
      call("updateUser", { token, path: { id: maker.id }, body: { status: "blocked" } }),
    );
    for (const server of both) await answers(server, "listUsers", other.token, 401);
  }
});

test("refresh: on either, and a lost answer comes again from the other", async () => {
  const { email } = await hire();
  let { refresh_token = "" } = await sign_in(email);
  for (const [here, there] of [both, [...both].reverse(), both] as [string, string][]) {
    const body = { refresh_token };
    const next = await on(here, () => call("refresh", { body }));
    const again = await on(there, () => call("refresh", { body }));
    assert.equal(again.body.refresh_token, next.body.refresh_token);
    refresh_token = next.body.refresh_token ?? "";
  }
});

test("counters that went back, as after restoring a backup, keep nothing in force that was taken away", async () => {
  const role = await make_role(USERS);
  const [clerk, leaving] = [await hire(role.id), await hire(role.id)];
  for (const address of both)
    for (const { token } of [clerk, leaving]) await answers(address, "listUsers", token, 200);
  await sql(`delete from identity.grants where role_id = '${role.id}';
             update identity.sessions set ended_at = now(), end_reason = 'revoked' where user_id = '${leaving.id}';
             update ops.versions set version = 0`);
  for (const address of both)
    await within_two_seconds("what the database says", async () => {
      const seen = [
        await status(address, "listUsers", clerk.token),
        await status(address, "getSession", clerk.token),
        await status(address, "getSession", leaving.token),
      ];
      return seen.join() === "403,200,401";
    });
});

test("a server with another secret key says so, and gives out no refresh token that is none", async () => {
  const stranger = await start_another({});
  await stranger.program.until("it said so", 10_000, () =>
    /opens none of the keys[^\n]*same CARRACK_SECRET_KEY/.test(stranger.program.output()) ? true : undefined,
  );
  const { email } = await hire();
  const { refresh_token = "" } = await sign_in(email);
  const body = { refresh_token };
  const next = await call("refresh", { body });
  await on(stranger.address, () => refused("refresh", 401, "refresh_token_invalid", { body }));
  const renewed = await call("refresh", { body: { refresh_token: next.body.refresh_token ?? "" } });
  assert.ok(renewed.body.refresh_token, "nobody was signed out by it");
  const signed_in = await on(stranger.address, () => call("login", { body: { email, password: PASSWORD } }));
  await answers(first.address, "getSession", signed_in.body.access_token, 200);

  const url = `postgresql:///carrack?host=${encodeURIComponent(await socket_folder())}&user=carrack_app`;
  const strange = "00".repeat(32);
  const own = (await readFile(join(first.data, "secret.key"), "utf8")).trim();
  for (const [key, verdict] of [
    [own, "ok"],
    [strange, "warn"],
  ] as const) {
    const { out } = await carrack(["doctor", "--json", "--data", stranger.data], {
      CARRACK_DATABASE_URL: url,
      CARRACK_SECRET_KEY: key,
    });
    const found = (JSON.parse(out) as { check: string; verdict: string }[]).find(
      (one) => one.check === "signing keys",
    );
    assert.equal(found?.verdict, verdict, out);
  }
});

// The last: the harness's own token may be among those that a retired key has signed.
test("a renewed signing key is published by both, and one that is taken out verifies on neither", async () => {
  const { email } = await hire();
  const before = await sign_in(email);
  const published = async (address: string, kid: string) => {
    const { keys } = (await (await fetch(`${address}/.well-known/jwks.json`)).json()) as {
      keys: { kid: string }[];
    };
    return keys.some((key) => key.kid === kid);
  };
  const keys = async <T>(...args: string[]) => {
    const { code, out, err } = await carrack(["keys", ...args, "--data", first.data, "--json"]);
    assert.equal(code, 0, err);
    return JSON.parse(out) as T;
  };
  const made = await keys<{ key: string; signs_from: string }>("rotate");
  for (const address of both) await within_two_seconds("the new key", () => published(address, made.key));
  await new Promise((go) => setTimeout(go, Date.parse(made.signs_from) - Date.now() + 500));
  for (const address of both) {
    const fresh = (await on(address, () => sign_in(email))).access_token;
    assert.equal(kid_of(fresh), made.key);
    for (const other of both) {
      assert.equal(await status(other, "getSession", fresh), 200);
      assert.equal(await status(other, "getSession", before.access_token), 200, "nobody was signed out");
    }
  }
  const fresh = (await sign_in(email)).access_token;
  await keys("retire", made.key, "--now");
  for (const address of both) {
    await answers(address, "getSession", fresh, 401);
    await within_two_seconds("its end", async () => !(await published(address, made.key)));
    const next = (await on(address, () => sign_in(email))).access_token;
    assert.notEqual(kid_of(next), made.key);
    for (const other of both) await answers(other, "getSession", next, 200);
  }
});
