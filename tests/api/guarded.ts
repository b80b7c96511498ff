// The routes of the staff as the matrices of permissions ask for them, in a shop that has something to lose.
import { UNKNOWN } from "./bodies.ts";
import { call, contract, owner, type Operation } from "./harness.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";

export interface Guarded {
  id: Operation;
  method: string;
  path: string;
  parameters: Record<string, string>;
}

export async function guarded(): Promise<Guarded[]> {
  return (await contract()).operations().flatMap(({ operation, method, path }) => {
    if (!operation["x-permission"]) return [];
    const names = [...path.matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? "");
    const parameters = Object.fromEntries(names.map((name) => [name, UNKNOWN]));
    return [{ id: operation.operationId as Operation, method, path, parameters }];
  });
}

// A shop in which everything that can be changed is there.
export async function furnish(): Promise<void> {
  const mug = await sell({ EUR: 1200 });
  const place = await open_location();
  await put_in_stock(mug.variant_id, place.id, 5);
  const cart = await fill_cart({ [mug.variant_id]: 1 });
  const headers = { "idempotency-key": unique("checkout") };
  await call("checkout", { path: { id: cart.id }, headers, body: { payment: { provider: "manual" } } });
  await call("createCategory", { token: await owner(), body: { name: unique("Shelf") } });
}

// What nobody could have meant: who is let in is told so with 4xx, who is not must not be told that it is wrong.
export const nonsense = (one: Guarded) => ({
  path: one.parameters,
  query: { nonsense: "1" },
  headers: { "idempotency-key": unique("key") },
  ...(one.method === "GET" || one.method === "DELETE" ? {} : { raw_body: "{ this is no JSON" }),
});
