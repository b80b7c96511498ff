// One change for each operation of the staff that can change something, on things made for it alone: for tests that
// walk all of them.
import { register } from "./customers.ts";
import { make, shirt } from "./goods.ts";
import { call, owner, type Operation } from "./harness.ts";
import { set_up_factor } from "./second_factor.ts";
import { fill_cart, open_location, put_in_stock, sell, ship, unique } from "./shop.ts";
import { hire, make_role, PASSWORD, role_named } from "./staff.ts";

export interface Change {
  path?: Record<string, string>;
  body?: object;
  field: string; // one that the entry must tell of
}
export async function place_order() {
  const mug = await sell({ EUR: 900 });
  await put_in_stock(mug.variant_id, (await open_location()).id, 5);
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const headers = { "idempotency-key": unique("k") };
  const body = { payment: { provider: "manual" } } as const;
  return (await call("checkout", { path: { id: cart.id }, headers, body })).body;
}

const SEE_ORDERS = { method: "GET", route: "/v1/admin/orders" } as const;

export const CHANGES: Partial<Record<Operation, () => Promise<Change>>> = {
  createUser: async () => ({
    body: {
      email: `${unique("new")}@example.com`,
      name: "New",
      password: PASSWORD,
      roles: [await role_named("viewer")],
    },
    field: "roles",
  }),
  updateUser: async () => ({ path: { id: (await hire()).id }, body: { status: "blocked" }, field: "status" }),
  updateCustomer: async () => ({
    path: { id: (await register()).id },
    body: { status: "blocked" },
    field: "status",
  }),
  createRole: async () => ({ body: { name: unique("Role") }, field: "name" }),
  updateRole: async () => ({
    path: { id: (await make_role()).id },
    body: { description: "New" },
    field: "description",
  }),
  copyRole: async () => ({
    path: { id: (await make_role()).id },
    body: { name: unique("Copy") },
    field: "name",
  }),
  deleteRole: async () => ({ path: { id: (await make_role()).id }, field: "name" }),
  setRolePermissions: async () => ({
    path: { id: (await make_role()).id },
    body: { permissions: [SEE_ORDERS] },
    field: "permissions",
  }),
  createApiKey: async () => ({
    body: { name: unique("key"), permissions: [SEE_ORDERS] },
    field: "permissions",
  }),
  revokeApiKey: async () => {
    const body = { name: unique("key"), permissions: [SEE_ORDERS] };
    const key = await call("createApiKey", { token: await owner(), body });
    return { path: { id: key.body.id }, field: "revoked" };
  },
  removeUsersSecondFactor: async () => {
    const clerk = await hire();
    await set_up_factor(clerk);
    return { path: { id: clerk.id }, field: "second_factor" };
  },
  createLocation: async () => ({ body: { code: unique("place"), name: "Place" }, field: "code" }),
  updateLocation: async () => ({
    path: { id: (await open_location()).id },
    body: { name: "New" },
    field: "name",
  }),
  adjustStock: async () => {
    const [mug, place] = [await sell({ EUR: 1 }), await open_location()];
    const at = { variant_id: mug.variant_id, location_id: place.id };
    return { body: { ...at, quantity: 4, reason: "received" }, field: "on_hand" };
  },
  countStock: async () => {
    const [mug, place] = [await sell({ EUR: 1 }), await open_location()];
    await put_in_stock(mug.variant_id, place.id, 4);
    const at = { variant_id: mug.variant_id, location_id: place.id };
    return { body: { ...at, counted: 3 }, field: "on_hand" };
  },
  updateStock: async () => {
    const [mug, place] = [await sell({ EUR: 1 }), await open_location()];
    await put_in_stock(mug.variant_id, place.id, 1);
    const path = { variant_id: mug.variant_id, location_id: place.id };
    return { path, body: { backorder_limit: 3 }, field: "backorder_limit" };
  },
  createProduct: async () => ({ body: { title: "T", handle: unique("t") }, field: "title" }),
  changeProduct: async () => ({
    path: { id: (await make()).id },
    body: { published: true },
    field: "published",
  }),
  removeProduct: async () => ({ path: { id: (await make()).id }, field: "archived" }),
  addVariant: async () => {
    const options = [
      { name: "Size", value: "L" },
      { name: "Colour", value: "Red" },
    ];
    return { path: { id: (await make(shirt())).id }, body: { options }, field: "variants" };
  },
  changeVariant: async () => ({ path: await variant_of(), body: { weight_grams: 9 }, field: "variants" }),
  removeVariant: async () => ({ path: await variant_of(), field: "variants" }),
  setPrices: async () => ({
    path: await variant_of(),
    body: { prices: [{ currency: "EUR", amount: 77 }] },
    field: "variants",
  }),
  addMedia: async () => ({
    path: { id: (await make()).id },
    body: { url: "https://example.com/new.jpg" },
    field: "media",
  }),
  removeMedia: async () => {
    const product = await make(shirt());
    return { path: { id: product.id, media_id: product.media[0]?.id ?? "" }, field: "media" };
  },
  changeMedia: async () => {
    const product = await make(shirt());
    const path = { id: product.id, media_id: product.media[0]?.id ?? "" };
    return { path, body: { alt: unique("Alt") }, field: "media" };
  },
  createCategory: async () => ({ body: { name: unique("Shelf") }, field: "name" }),
  changeCategory: async () => ({ path: { id: await shelf() }, body: { position: 5 }, field: "position" }),
  removeCategory: async () => ({ path: { id: await shelf() }, field: "name" }),
  createShippingMethod: async () => ({
    body: { code: unique("post"), name: "Post", rates: [{ currency: "EUR", amount: 1 }] },
    field: "code",
  }),
  updateShippingMethod: async () => ({
    path: { id: await ship({ EUR: 1 }) },
    body: { name: "New" },
    field: "name",
  }),
  transitionOrder: async () => ({
    path: { id: (await place_order()).order.id },
    body: { to: "confirmed" },
    field: "status",
  }),
  recordPayment: async () => ({
    path: { id: (await place_order()).order.id },
    body: { kind: "captured" },
    field: "state",
  }),
};

async function variant_of(): Promise<Record<string, string>> {
  const product = await make(shirt());
  return { id: product.id, variant_id: product.variants[0]?.id ?? "" };
}

async function shelf(): Promise<string> {
  return (await call("createCategory", { token: await owner(), body: { name: unique("Shelf") } })).body.id;
}
