// Forged access tokens over HTTP, class by class (RFC 8725): each is 401 and says no more, and a valid one still works.
import { strict as assert } from "node:assert";
import { createHmac, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { test } from "node:test";

import { owner, running, send, type Problem } from "./harness.ts";

type Part = Record<string, unknown>;
const encoded = (part: unknown) =>
  Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url");
const decoded = (part = "") => JSON.parse(Buffer.from(part, "base64url").toString()) as Part;
const signed = (head: unknown, claims: unknown, key: KeyObject, digest: string | null = null) => {
  const part = `${encoded(head)}.${encoded(claims)}`;
  return `${part}.${sign(digest, Buffer.from(part), key).toString("base64url")}`;
};

async function served_key(kid: unknown) {
  const reply = await fetch(`${running().address}/.well-known/jwks.json`);
  const { keys } = (await reply.json()) as { keys: { kid: string; x: string }[] };
  const key = keys.find((one) => one.kid === kid);
  assert.ok(key);
  return key;
}

async function refuses(forged: [string, string][]): Promise<void> {
  const good = await owner();
  for (const [what, token] of forged) {
    const reply = await send("getSession", { token });
    assert.deepEqual([reply.status, (reply.body as Problem).code], [401, "access_token_invalid"], what);
    assert.match(reply.headers.get("www-authenticate") ?? "", /^Bearer error="invalid_token"$/, what);
  }
  assert.equal((await send("getSession", { token: good })).status, 200);
}

test("a key that the token brings along, or points at, signs nothing", async () => {
  const [head, claims] = (await owner()).split(".").slice(0, 2).map(decoded) as [Part, Part];
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const { privateKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const { privateKey: ec } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const jwk = publicKey.export({ format: "jwk" });
  const url = `${running().address}/.well-known/jwks.json`;
  await refuses([
    ["our kid, their key", signed(head, claims, privateKey)],
    ["jwk", signed({ ...head, jwk }, claims, privateKey)],
    ["jwk with our kid in it", signed({ ...head, jwk: { ...jwk, kid: head["kid"] } }, claims, privateKey)],
    ["jku", signed({ ...head, jku: url }, claims, privateKey)],
    ["x5u", signed({ ...head, x5u: url }, claims, privateKey)],
    ["x5c", signed({ ...head, x5c: ["MIIB"] }, claims, privateKey)],
    ["kid as a path", signed({ ...head, kid: "/dev/null" }, claims, privateKey)],
    ["kid as SQL", signed({ ...head, kid: "x' union select 'AAAA' --" }, claims, privateKey)],
    ["kid as a list", signed({ ...head, kid: [head["kid"]] }, claims, privateKey)],
    ["no kid", signed({ alg: "EdDSA", typ: "at+jwt" }, claims, privateKey)],
    ["RS256", signed({ ...head, alg: "RS256" }, claims, rsa, "sha256")],
    ["ES256", signed({ ...head, alg: "ES256" }, claims, ec, "sha256")],
    ["crit", signed({ ...head, crit: ["b64"], b64: false }, claims, privateKey)],
  ]);
});

test("no algorithm, another one, and our public key as a shared secret", async () => {
  const [h = "", c = "", s = ""] = (await owner()).split(".");
  const head = decoded(h);
  const key = await served_key(head["kid"]);
  const forged: [string, string][] = [];
  for (const alg of ["none", "None", "NONE", "nOnE", "", null, "HS256", "EdDSA "]) {
    const other = encoded({ ...head, alg });
    forged.push([`${alg} without a signature`, `${other}.${c}.`], [`${alg} with ours`, `${other}.${c}.${s}`]);
  }
  for (const secret of [Buffer.from(key.x, "base64url"), key.x, JSON.stringify(key), ""])
    for (const digest of ["sha256", "sha512"]) {
      const part = `${encoded({ ...head, alg: digest === "sha256" ? "HS256" : "HS512" })}.${c}`;
      const mac = createHmac(digest, secret).update(part).digest("base64url");
      forged.push([`${digest} with the public key`, `${part}.${mac}`]);
    }
  await refuses(forged);
});

test("another type, a changed word, another spelling, too much of it", async () => {
  const token = await owner();
  const [h = "", c = "", s = ""] = token.split(".");
  const [head, claims] = [decoded(h), decoded(c)];
  const forged: [string, string][] = ["JWT", "at+JWT", "application/at+jwt", "id+jwt", ""].map((typ) => [
    `typ ${typ}`,
    `${encoded({ ...head, typ })}.${c}.${s}`,
  ]);
  const later = Number(claims["exp"]) + 3600;
  for (const change of [
    { exp: later },
    { nbf: 0, iat: 0 },
    { aud: "carrack-shop" },
    { aud: ["carrack-admin"] },
    { iss: "https://elsewhere.example" },
    { sub: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" },
    { sid: "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10" },
  ])
    forged.push([JSON.stringify(change), `${h}.${encoded({ ...claims, ...change })}.${s}`]);
  const last = s.at(-1) ?? "";
  for (const other of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    if (other !== last) forged.push([`ending in ${other}`, `${h}.${c}.${s.slice(0, -1)}${other}`]);
  forged.push(
    ["padding", `${token}=`],
    ["five parts", `${h}.${c}.${s}.${c}.${s}`],
    ["two parts", `${h}.${c}`],
    ["no parts", "..."],
    ["twice", `${token}.${token}`],
    ["a JSON serialization", encoded({ payload: c, protected: h, signature: s })],
    ["as long as is read", "a".repeat(4096)],
    ["longer", `${h}.${"A".repeat(5000)}.${s}`],
  );
  await refuses(forged);
});
