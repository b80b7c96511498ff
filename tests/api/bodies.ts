// For every operation that takes an id in its path: a body that would do, so that a question about an id that leads
// nowhere gets as far as that.
import type { Operation } from "./harness.ts";

export const UNKNOWN = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
export const TOKEN = "A".repeat(43); // of an order that there is not

export const BODIES: Partial<Record<Operation, object>> = {
  updateUser: { name: "N" },
  updateCustomer: { status: "active" },
  updateRole: { name: "N" },
  setRolePermissions: { permissions: [] },
  copyRole: { name: "N" },
  updateLocation: { name: "N" },
  updateStock: { backorder_limit: 1 },
  changeProduct: { title: "T" },
  addVariant: { options: [] },
  changeVariant: { weight_grams: 1 },
  setPrices: { prices: [{ currency: "EUR", amount: 1 }] },
  addMedia: { url: "https://example.com/a.jpg" },
  changeMedia: { alt: "A mug" },
  changeCategory: { position: 1 },
  updateShippingMethod: { name: "N" },
  transitionOrder: { to: "confirmed" },
  recordPayment: { kind: "captured" },
  updateCart: { email: "a@example.com" },
  addCartLine: { variant_id: UNKNOWN, quantity: 1 },
  updateCartLine: { quantity: 1 },
  checkout: { payment: { provider: "manual" } },
  cancelOrder: { token: TOKEN, reason: "No" },
};

export const names_in = (path: string) => [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
