// What was asked of the shop and what it said: all that the auditor knows of the server.

export const STATES = ["pending", "confirmed", "processing", "shipped", "delivered", "cancelled"] as const;
export type State = (typeof STATES)[number];
export type Basket = Record<string, number>; // units of each variant

export type Wish =
  | { kind: "checkout"; cart: string; email: string; basket: Basket } // the basket as the cart was made
  | { kind: "edit"; cart: string; variant: string; quantity: number } // a cart's line, one edit after the other
  | { kind: "move"; order: string; to: State; by: "staff" | "guest" }
  | { kind: "pay"; order: string; to: "captured" | "refunded" }
  | { kind: "adjust"; variant: string; location: string; quantity: number }
  | { kind: "count"; variant: string; location: string; found: number }; // whatever was thought to lie there

// One request. `status` 0: no answer came, or half of one.
export interface Attempt {
  request_id: string;
  sent: number; // both on one clock, in milliseconds
  answered: number;
  status: number;
  code: string; // of a problem
  text: string;
  replayed: boolean; // so the answer says
  retry_after: boolean; // likewise
}

// One wish, with all the requests that were made for it under one Idempotency-Key.
export interface Deed {
  wish: Wish;
  key: string;
  attempts: Attempt[];
}

export const is_good = (a: Attempt): boolean => a.status >= 200 && a.status < 300;
// Nothing was decided: ask again under the same key.
export const is_open = (a: Attempt): boolean =>
  a.status === 0 || a.status === 503 || a.code === "idempotency_key_in_use";

export const is_done = (d: Deed): boolean => d.attempts.some(is_good);
export const is_refused = (d: Deed): boolean => !is_done(d) && d.attempts.some((a) => !is_open(a));
export const is_unknown = (d: Deed): boolean => !is_done(d) && !is_refused(d);

// Between these two its effect took place, if it did.
export const began = (d: Deed): number => Math.min(...d.attempts.map((a) => a.sent));
export const ended = (d: Deed): number =>
  is_done(d) ? Math.min(...d.attempts.filter(is_good).map((a) => a.answered)) : Infinity;

export interface PlacedOrder {
  id: string;
  email: string;
  lines: {
    variant_id: string;
    quantity: number;
    unit_price: { amount: number };
    total: { amount: number };
  }[];
  totals: { subtotal: { amount: number }; total: { amount: number } };
}

// The order that a checkout was answered with.
export function placed_by(d: Deed): { order: PlacedOrder; tracking_token: string } | undefined {
  const told = d.wish.kind === "checkout" ? d.attempts.find(is_good) : undefined;
  return told && (JSON.parse(told.text) as { order: PlacedOrder; tracking_token: string });
}

// By how much a count was off, as its answer says; nothing when nobody knows.
export function difference_of(d: Deed): number | undefined {
  const told = d.wish.kind === "count" ? d.attempts.find(is_good) : undefined;
  return told && (JSON.parse(told.text) as { difference: number }).difference;
}

export function name_of(d: Deed): string {
  const w = d.wish;
  const what = {
    checkout: () => `checkout of ${(w as { email: string }).email}`,
    edit: () => `edit of cart ${(w as { cart: string }).cart}`,
    move: () => `move of order ${(w as { order: string }).order} to ${(w as { to: string }).to}`,
    pay: () => `payment of order ${(w as { order: string }).order}, ${(w as { to: string }).to}`,
    adjust: () => `adjustment by ${(w as { quantity: number }).quantity}`,
    count: () => `count of ${(w as { found: number }).found}`,
  }[w.kind]();
  return `${what} (key ${d.key})`;
}
