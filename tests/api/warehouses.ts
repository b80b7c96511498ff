// Two warehouses and an operator of one of them, for tests of grants that are limited to locations.
import { call, contract, owner, type Operation } from "./harness.ts";
import { fill_cart, open_location, put_in_stock, sell, unique } from "./shop.ts";
import { hire, make_role, type Permission } from "./staff.ts";

export type Limited = Permission & { locations?: string[] };

export const keyed = () => ({ "idempotency-key": unique("key") });

export async function limitable(): Promise<{ id: Operation; permission: Permission }[]> {
  return (await contract()).operations().flatMap(({ operation, method, path }) => {
    const permission = { method, route: path } as Permission;
    return operation["x-permission"]?.by_location
      ? [{ id: operation.operationId as Operation, permission }]
      : [];
  });
}

export const limited = (all: { permission: Permission }[], ...locations: string[]): Limited[] =>
  all.map(({ permission }) => ({ ...permission, locations }));

export async function grant(role: string, permissions: Limited[]) {
  const input = {
    token: await owner(),
    path: { id: role },
    headers: { "if-match": "*" },
    body: { permissions },
  };
  return (await call("setRolePermissions", input)).body;
}

async function place(lines: Record<string, number>): Promise<string> {
  const cart = await fill_cart(lines);
  const body = { payment: { provider: "manual" } } as const;
  return (await call("checkout", { path: { id: cart.id }, headers: keyed(), body })).body.order.id;
}

// Two warehouses; mugs in both, bowls in the south alone; an order in each, and one that both have a part of.
export async function two_warehouses() {
  const [north, south] = [await open_location(0), await open_location(1)];
  const [mug, bowl] = [await sell({ EUR: 900 }), await sell({ EUR: 1500 })];
  await put_in_stock(mug.variant_id, north.id, 3);
  await put_in_stock(mug.variant_id, south.id, 10);
  await put_in_stock(bowl.variant_id, south.id, 10);
  const in_north = await place({ [mug.variant_id]: 2 });
  const in_south = await place({ [bowl.variant_id]: 1 });
  const in_both = await place({ [mug.variant_id]: 4, [bowl.variant_id]: 1 });
  const role = await make_role();
  await grant(role.id, limited(await limitable(), north.id));
  const operator = await hire(role.id);
  return { north, south, mug, bowl, in_north, in_south, in_both, role, operator };
}
