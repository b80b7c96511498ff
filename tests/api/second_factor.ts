// An authenticator app, as far as tests need one (RFC 6238, SHA-1, six digits, thirty seconds).
import { createHmac } from "node:crypto";

import { call } from "./harness.ts";
import { sql } from "./database.ts";
import { PASSWORD } from "./staff.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function from_base32(text: string): Buffer {
  const bits = [...text].map((c) => ALPHABET.indexOf(c).toString(2).padStart(5, "0")).join("");
  return Buffer.from((bits.match(/[01]{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
}

// The code of now, or so many steps from it.
export function code_of(secret: string, steps = 0): string {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const mac = createHmac("sha1", from_base32(secret)).update(counter).digest();
  const number = mac.readUInt32BE((mac.at(-1) ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, "0");
}

export const begin = (token: string) =>
  call("beginSecondFactor", { token, body: { current_password: PASSWORD } });

// Set up, confirmed, and as if some time had passed since.
export async function set_up_factor(user: { id: string; token: string }) {
  const { token } = user;
  const { secret } = (await begin(token)).body;
  const done = await call("confirmSecondFactor", { token, body: { code: code_of(secret) } });
  await sql(`update identity.second_factors set last_step = 0 where user_id = '${user.id}'`);
  return { secret, recovery_codes: done.body.recovery_codes };
}
