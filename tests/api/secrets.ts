// What must stand nowhere: the secrets that tests handed out or were given, noted as they meet them, and looked for in
// what the server said and in a dump of its database.
import { execFile } from "node:child_process";
import { appendFile, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

const WINDOW = 12; // the shortest secret that is looked for: shorter ones are words
const LISTED = new Set([
  "password",
  "current_password",
  "new_password",
  "access_token",
  "refresh_token",
  "tracking_token",
  "token",
  "secret",
  "recovery_codes",
  "recovery_code",
]);

const list_of = (data: string) => join(dirname(data), "secrets.txt");

function secrets_in(value: unknown, name = ""): string[] {
  if (typeof value === "string") return LISTED.has(name) ? [value] : [];
  if (typeof value !== "object" || value === null) return [];
  if (Array.isArray(value)) return value.flatMap((inner) => secrets_in(inner, name));
  return Object.entries(value).flatMap(([key, inner]) => secrets_in(inner, key));
}

interface Exchange {
  path: string; // the template
  parameters?: Record<string, string>;
  query?: Record<string, unknown>;
  token?: string;
  sent?: unknown;
  answered: unknown;
  cookie: string | null; // that was set
}

// Of an exchange that succeeded: what is refused may be anything.
export async function note_secrets(data: string, seen: Exchange): Promise<void> {
  const found = [...secrets_in(seen.sent), ...secrets_in(seen.answered)];
  if (seen.token) found.push(seen.token);
  if (seen.path.startsWith("/v1/shop/carts/{id}") && seen.parameters?.["id"])
    found.push(seen.parameters["id"]);
  if (seen.path === "/v1/shop/carts") found.push((seen.answered as { id: string }).id);
  if (seen.path.startsWith("/v1/shop/orders/") && seen.query?.["token"])
    found.push(String(seen.query["token"]));
  const set = /^[^=]+=([^;]+);/.exec(seen.cookie ?? "")?.[1];
  if (set) found.push(set);
  const worth = found.filter((one) => one.length >= WINDOW && !one.includes("\n"));
  if (worth.length > 0) await appendFile(list_of(data), worth.map((one) => `${one}\n`).join(""));
}

// As it is, as PostgreSQL and logs would print its bytes, and what it encodes.
function from_base32(text: string): Buffer {
  const bits = [...text].map((c) =>
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(c).toString(2).padStart(5, "0"),
  );
  return Buffer.from((bits.join("").match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

export function forms_of(secret: string): string[] {
  const bytes: Buffer[] = [Buffer.from(secret)];
  const encoded = secret.split(".").at(-1) ?? ""; // of an access token, the signature
  if (/^[\w-]{22,}$/.test(encoded)) bytes.push(Buffer.from(encoded, "base64url"));
  if (/^[0-9a-f]{32,}$/i.test(secret)) bytes.push(Buffer.from(secret, "hex"));
  if (/^[0-9a-f-]{36}$/i.test(secret)) bytes.push(Buffer.from(secret.replaceAll("-", ""), "hex"));
  if (/^[A-Z2-7]{32,}$/.test(secret)) bytes.push(from_base32(secret)); // what an authenticator app is given
  const texts = bytes.flatMap((one) => [
    one.toString("hex"),
    one.toString("base64url"),
    one.toString("base64"),
  ]);
  return [...new Set([secret, encoded, ...texts])].filter((text) => text.length >= WINDOW);
}

// Those of `secrets` that stand in `text` in any form. Read once, whatever their number.
export function find_secrets(text: string, secrets: Iterable<string>): string[] {
  const by_start = new Map<string, { form: string; secret: string }[]>();
  for (const secret of secrets)
    for (const form of forms_of(secret)) {
      const start = form.slice(0, WINDOW);
      const known = by_start.get(start);
      if (known) known.push({ form, secret });
      else by_start.set(start, [{ form, secret }]);
    }
  const found = new Set<string>();
  for (let at = 0; at + WINDOW <= text.length; ++at)
    for (const { form, secret } of by_start.get(text.slice(at, at + WINDOW)) ?? [])
      if (text.startsWith(form, at)) found.add(secret);
  return [...found];
}

function dump(socket: string): Promise<string> {
  const args = ["-h", socket, "-U", "postgres", "carrack"];
  return new Promise((done, fail) =>
    execFile("pg_dump", args, { maxBuffer: 2 ** 30 }, (why, out, said) =>
      why ? fail(new Error(said)) : done(out),
    ),
  );
}

// Throws if any secret of the shop in this folder stands in its database or in what it said.
export async function check_secrets(data: string, output: string, owner_password: string): Promise<number> {
  const pid_file = await readFile(join(data, "postgres/data/postmaster.pid"), "utf8");
  const noted = await readFile(list_of(data), "utf8").catch(() => "");
  const key = (await readFile(join(data, "secret.key"), "utf8")).trim();
  const secrets = new Set([owner_password, key, ...noted.split("\n").filter((line) => line !== "")]);
  const tables = await dump(pid_file.split("\n")[4] ?? "");
  for (const [where, text] of [
    ["the dump of the database", tables],
    ["the server's output", output],
  ] as const) {
    const found = find_secrets(text, secrets);
    if (found.length > 0) throw new Error(`${found.length} secrets stand in ${where}: ${found.join(" ")}`);
  }
  return secrets.size;
}
