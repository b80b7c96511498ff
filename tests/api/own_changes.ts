// What people ask for themselves, without a permission: which entries of the audit trail it leaves, or why it leaves none.
// For the test that walks all of it.
import { place_order } from "./changes.ts";
import { mail_to, register, shop_sign_in, SHOPPER_PASSWORD } from "./customers.ts";
import { call, type Operation, type send } from "./harness.ts";
import { begin, code_of, set_up_factor } from "./second_factor.ts";
import { fill_cart, open_location, put_in_stock, sell, ship, unique } from "./shop.ts";
import { hire, PASSWORD, sign_in } from "./staff.ts";

export type Asked = NonNullable<Parameters<typeof send>[1]>;

interface Left {
  actor: { kind: "staff" | "customer" | "guest"; id?: string };
  resource: string;
  resource_id?: string; // where it is known before
}
interface OwnChange {
  ask: Asked;
  entries: Left[]; // all that it leaves
}

const NEXT = "another horse, another battery";
const PAYMENT = { payment: { provider: "manual" } } as const;

const by = (kind: "staff" | "customer", { id }: { id: string }, resource: string, resource_id?: string) => ({
  actor: { kind, id },
  resource,
  ...(resource_id === undefined ? {} : { resource_id }),
});
const of_account = (kind: "staff" | "customer", who: { id: string }) => [
  by(kind, who, kind === "staff" ? "users" : "customers", who.id),
];
const by_guest = (resource_id?: string) => [
  { actor: { kind: "guest" as const }, resource: "orders", ...(resource_id ? { resource_id } : {}) },
];

async function cart(): Promise<string> {
  const mug = await sell({ EUR: 700 });
  await put_in_stock(mug.variant_id, (await open_location()).id, 3);
  return (await fill_cart({ [mug.variant_id]: 1 })).id;
}

async function line_of_a_cart(): Promise<{ id: string; line: string }> {
  const id = await cart();
  return { id, line: (await call("getCart", { path: { id } })).body.lines[0]?.id ?? "" };
}

const own_session = async (token: string) => (await call("listSessions", { token })).body.data[0]?.id ?? "";

// Each leaves these entries and no others, whichever of the ways it is asked.
export const LEAVING: Partial<Record<Operation, (() => Promise<OwnChange>)[]>> = {
  login: [
    async () => {
      const clerk = await hire();
      const ask = { body: { email: clerk.email, password: PASSWORD } };
      return { ask, entries: [by("staff", clerk, "sessions")] };
    },
    async () => {
      const ada = await register();
      const ask = { body: { email: ada.email, password: SHOPPER_PASSWORD, audience: "shop" } };
      return { ask, entries: [by("customer", ada, "sessions")] };
    },
  ],
  logout: [
    async () => {
      const clerk = await hire();
      const { token } = clerk;
      return { ask: { token }, entries: [by("staff", clerk, "sessions", await own_session(token))] };
    },
    async () => {
      const { refresh_token, ...ada } = await register();
      const ask = { body: { refresh_token, audience: "shop" } };
      return { ask, entries: [by("customer", ada, "sessions", await own_session(ada.token))] };
    },
  ],
  changePassword: [
    async () => {
      const clerk = await hire();
      await sign_in(clerk.email); // ends by it, and is told of by the same entry
      const ask = { token: clerk.token, body: { current_password: PASSWORD, new_password: NEXT } };
      return { ask, entries: of_account("staff", clerk) };
    },
    async () => {
      const ada = await register();
      const body = { current_password: SHOPPER_PASSWORD, new_password: NEXT };
      return { ask: { token: ada.token, body }, entries: of_account("customer", ada) };
    },
  ],
  resetPassword: [
    async () => {
      const clerk = await hire();
      await call("forgotPassword", { body: { email: clerk.email } });
      const { token } = await mail_to(clerk.email);
      return { ask: { body: { token, new_password: NEXT } }, entries: of_account("staff", clerk) };
    },
  ],
  verifyEmail: [
    async () => {
      const clerk = await hire();
      await call("requestEmailVerification", { token: clerk.token });
      const { token } = await mail_to(clerk.email);
      return { ask: { body: { token } }, entries: of_account("staff", clerk) };
    },
    async () => {
      // It makes the account, whose id nobody knows before.
      const email = `${unique("ada")}@example.com`;
      await call("register", { body: { email, password: SHOPPER_PASSWORD } });
      const { token } = await mail_to(email);
      return { ask: { body: { token } }, entries: [{ actor: { kind: "customer" }, resource: "customers" }] };
    },
  ],
  updateAccount: [
    async () => {
      const ada = await register();
      const ask = { token: ada.token, body: { name: "Ada Byron" } };
      return { ask, entries: of_account("customer", ada) };
    },
  ],
  beginSecondFactor: [
    async () => {
      const clerk = await hire();
      const ask = { token: clerk.token, body: { current_password: PASSWORD } };
      return { ask, entries: of_account("staff", clerk) };
    },
  ],
  confirmSecondFactor: [
    async () => {
      const clerk = await hire();
      const code = code_of((await begin(clerk.token)).body.secret);
      return { ask: { token: clerk.token, body: { code } }, entries: of_account("staff", clerk) };
    },
  ],
  removeSecondFactor: [
    async () => {
      const clerk = await hire();
      const [recovery_code = ""] = (await set_up_factor(clerk)).recovery_codes;
      return { ask: { token: clerk.token, query: { recovery_code } }, entries: of_account("staff", clerk) };
    },
  ],
  deleteSession: [
    async () => {
      const clerk = await hire();
      const id = await own_session((await sign_in(clerk.email)).access_token);
      const ask = { token: clerk.token, path: { id } };
      return { ask, entries: [by("staff", clerk, "sessions", id)] };
    },
  ],
  // One that tells how many ended, not one for each.
  deleteSessions: [
    async () => {
      const clerk = await hire();
      await sign_in(clerk.email);
      return { ask: { token: clerk.token }, entries: of_account("staff", clerk) };
    },
    async () => {
      const ada = await register();
      await shop_sign_in(ada.email);
      return { ask: { token: ada.token }, entries: of_account("customer", ada) };
    },
  ],
  checkout: [
    async () => ({ ask: { path: { id: await cart() }, body: PAYMENT }, entries: by_guest() }),
    async () => {
      const ada = await register();
      const ask = { token: ada.token, path: { id: await cart() }, body: PAYMENT };
      return { ask, entries: [by("customer", ada, "orders")] };
    },
  ],
  // One of the order; that its payment is void goes with it.
  cancelOrder: [
    async () => {
      const { order, tracking_token } = await place_order();
      const ask = { path: { id: order.id }, body: { token: tracking_token } };
      return { ask, entries: by_guest(order.id) };
    },
  ],
};

// Each is done, and leaves nothing.
const CARTS = "carts are not audited until they become an order: docs/adr/0012";
const MAILS = "a mail is asked for, which changes nothing until its token comes back";
export const SILENT: Partial<Record<Operation, { why: string; ask: () => Promise<Asked> }>> = {
  refresh: {
    why: "it decides nothing, every few minutes on each device: docs/adr/0025",
    ask: async () => {
      const { refresh_token } = await sign_in((await hire()).email);
      return { body: { refresh_token } };
    },
  },
  register: {
    why: MAILS,
    ask: async () => ({ body: { email: `${unique("ada")}@example.com`, password: SHOPPER_PASSWORD } }),
  },
  forgotPassword: { why: MAILS, ask: async () => ({ body: { email: (await hire()).email } }) },
  requestEmailVerification: { why: MAILS, ask: async () => ({ token: (await hire()).token }) },
  createCart: { why: CARTS, ask: async () => ({ body: { currency: "EUR" } }) },
  updateCart: {
    why: CARTS,
    ask: async () => ({ path: { id: await cart() }, body: { shipping_method_id: await ship({ EUR: 1 }) } }),
  },
  addCartLine: {
    why: CARTS,
    ask: async () => {
      const { variant_id } = await sell({ EUR: 700 });
      return { path: { id: await cart() }, body: { variant_id, quantity: 1 } };
    },
  },
  updateCartLine: {
    why: CARTS,
    ask: async () => ({ path: { ...(await line_of_a_cart()) }, body: { quantity: 2 } }),
  },
  removeCartLine: { why: CARTS, ask: async () => ({ path: { ...(await line_of_a_cart()) } }) },
};
