// Other sites' pages cannot use the refresh token's cookie, whatever a browser brings along for them.
import { strict as assert } from "node:assert";
import { test } from "node:test";

import { call, raw, request_text, running, send, type Problem } from "./harness.ts";
import { hire, PASSWORD, sign_in } from "./staff.ts";

const COOKIE = "__Host-carrack_refresh";
const is_alive = async (token: string) => (await send("getSession", { token })).status === 200;

async function signed_in_browser(email: string): Promise<{ access: string; cookie: string }> {
  const jar = await call("login", { body: { email, password: PASSWORD } });
  const cookie = /^[^;]+/.exec(jar.headers.get("set-cookie") ?? "")?.[0];
  assert.ok(cookie && cookie.startsWith(`${COOKIE}=`));
  return { access: jar.body.access_token, cookie };
}

const post = (path: string, fields: string[], body = "") => {
  const length = body === "" ? [] : ["Content-Type: application/json"];
  const text = request_text(`POST ${path}`, [...fields, ...length, `Content-Length: ${body.length}`], body);
  return raw(text.replace("Host: localhost", `Host: ${new URL(running().address).host}`));
};

test("refresh and logout: a stranger's page is refused, and nothing is spent", async () => {
  const { email } = await hire();
  const { access, cookie } = await signed_in_browser(email);
  for (const from of [
    ["Origin: https://evil.example"],
    ["Origin: https://evil.example", "Sec-Fetch-Site: cross-site"],
    ["Origin: null"],
    ["Sec-Fetch-Site: cross-site"],
    ["Sec-Fetch-Site: same-site"],
    [`Origin: ${running().address.replace("http:", "https:")}`],
    [`Origin: https://evil.example`, `X-Forwarded-Host: evil.example`, "X-Forwarded-Proto: https"],
  ])
    for (const path of ["/v1/auth/refresh", "/v1/auth/logout"]) {
      const reply = await post(path, [`Cookie: ${cookie}`, ...from]);
      assert.equal(reply.status, 403, `${path} ${from.join()}`);
      assert.equal((JSON.parse(reply.body) as Problem).code, "cross_site_request");
      assert.equal(reply.headers.get("set-cookie"), undefined);
    }
  assert.ok(await is_alive(access));
  const renewed = await post("/v1/auth/refresh", [`Cookie: ${cookie}`, `Origin: ${running().address}`]);
  assert.equal(renewed.status, 200, renewed.body);
  const next = /^[^;]+/.exec(renewed.headers.get("set-cookie") ?? "")?.[0] ?? "";
  const out = await post("/v1/auth/logout", [`Cookie: ${next}`, "Sec-Fetch-Site: same-origin"]);
  assert.equal(out.status, 204);
  assert.equal(await is_alive(access), false);
});

test("refresh and logout: who sends the token in the body is not concerned", async () => {
  const { email } = await hire();
  const { cookie } = await signed_in_browser(email);
  const { refresh_token } = await sign_in(email);
  const from = ["Origin: https://app.example", "Sec-Fetch-Site: cross-site"];
  const renewed = await post("/v1/auth/refresh", from, JSON.stringify({ refresh_token }));
  assert.equal(renewed.status, 200, renewed.body);
  const next = (JSON.parse(renewed.body) as { refresh_token: string }).refresh_token;
  const body = JSON.stringify({ refresh_token: next });
  const out = await post("/v1/auth/logout", [...from, `Cookie: ${cookie}`], body);
  assert.equal(out.status, 204);
  assert.equal(out.headers.get("set-cookie"), undefined, "the cookie is not theirs to take");
  assert.equal((await post("/v1/auth/refresh", [`Cookie: ${cookie}`])).status, 200);
});
