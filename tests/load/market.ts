// A shop with goods in it, carts to order, and what shoppers and staff do there, each deed heard by the auditor.
import { randomUUID } from "node:crypto";

import { sql } from "../api/database.ts";
import { call, running } from "../api/harness.ts";
import { address, open_location, sell, ship, unique } from "../api/shop.ts";
import type { Auditor } from "./auditor.ts";
import { attempt, Client, deed_of, insist, type Question } from "./client.ts";
import { placed_by, type Attempt, type Basket, type Deed, type State } from "./deeds.ts";

export interface Cart {
  id: string; // the shopper's capability
  email: string;
  basket: Basket;
}

const TOKEN_MS = 60_000; // after so long staff sign in again

export class Market {
  private tokens: { token: string; at: number } | undefined;
  private shipping_method = "";

  constructor(
    readonly auditor: Auditor,
    readonly at: () => string = () => running().address,
  ) {}

  // Signs in again when it is time to; whoever breaks the way to the shop calls this while it is whole.
  async renew_token(): Promise<string> {
    const now = performance.now();
    if (!this.tokens || now - this.tokens.at > TOKEN_MS)
      this.tokens = { token: (await call("login", { body: running().owner })).body.access_token, at: now };
    return this.tokens.token;
  }

  async token(): Promise<string> {
    return this.tokens?.token ?? (await this.renew_token());
  }

  client(): Client {
    return new Client(this.at);
  }

  // A variant with so many units at each of these locations.
  async stock(units: number, locations: string[], price = 1999): Promise<string> {
    const { variant_id } = await sell({ EUR: price });
    const client = this.client();
    for (const location of locations) await this.adjust(client, variant_id, location, units);
    client.close();
    return variant_id;
  }

  async location(priority = 0): Promise<string> {
    return (await open_location(priority)).id;
  }

  // Up to so many units more than are there may be sold.
  async allow_backorders(variant_id: string, location_id: string, backorder_limit: number): Promise<void> {
    const path = { variant_id, location_id };
    const token = await this.token();
    const seen = await call("getStock", { token, path });
    const headers = { "if-match": seen.headers.get("etag") ?? "" };
    await call("updateStock", { token, path, headers, body: { backorder_limit } });
  }

  // Carts as they are once they have been filled over HTTP, each with an e-mail address of its own.
  async carts(baskets: Basket[]): Promise<Cart[]> {
    this.shipping_method ||= await ship({ EUR: 490 });
    const made = baskets.map((basket) => ({
      id: randomUUID(),
      email: `${unique("ada")}@example.com`,
      basket,
    }));
    const data = JSON.stringify(made);
    await sql(`
      create temporary table made as
        select gen_random_uuid() as id, m->>'id' as key, m->>'email' as email, m->'basket' as basket
          from json_array_elements('${data}') m;
      insert into sales.carts (id, key_digest, currency, email, shipping_method_id)
      select id, sha256(uuid_send(key::uuid)), 'EUR', email, '${this.shipping_method}' from made;
      insert into sales.cart_lines (id, cart_id, variant_id, quantity)
      select gen_random_uuid(), m.id, b.key::uuid, b.value::bigint from made m, json_each_text(m.basket) b;
      insert into sales.cart_addresses (cart_id, kind, name, line1, city, country)
      select id, 'shipping', 'Zoë Ångström', '${address.line1}', 'Genève', 'CH' from made;
      drop table made`);
    return made;
  }

  checkout_of(cart: Cart): { deed: Deed; question: Question } {
    const deed = deed_of({ kind: "checkout", cart: cart.id, email: cart.email, basket: cart.basket });
    const question = {
      method: "POST",
      path: `/v1/shop/carts/${cart.id}/checkout`,
      body: { payment: { provider: "manual" } },
    };
    return { deed: this.auditor.hear(deed), question };
  }

  async checkout(client: Client, cart: Cart, give_up?: () => boolean): Promise<Placed | undefined> {
    const { deed, question } = this.checkout_of(cart);
    await insist(client, deed, question, give_up);
    const placed = placed_by(deed);
    return placed && { id: placed.order.id, token: placed.tracking_token };
  }

  // A line of a cart, set to this quantity. Not asked again: edits have no key.
  async edit(client: Client, cart: Cart, line: string, variant: string, quantity: number): Promise<Attempt> {
    const deed = this.auditor.hear(deed_of({ kind: "edit", cart: cart.id, variant, quantity }));
    return attempt(client, deed, {
      method: "PATCH",
      path: `/v1/shop/carts/${cart.id}/lines/${line}`,
      body: { quantity },
    });
  }

  async move(client: Client, order: string, to: State, give_up?: () => boolean): Promise<Attempt> {
    const deed = this.auditor.hear(deed_of({ kind: "move", order, to, by: "staff" }));
    const path = `/v1/admin/orders/${order}/transitions`;
    return insist(client, deed, { method: "POST", path, token: await this.token(), body: { to } }, give_up);
  }

  cancel(client: Client, placed: Placed, give_up?: () => boolean): Promise<Attempt> {
    const deed = this.auditor.hear(deed_of({ kind: "move", order: placed.id, to: "cancelled", by: "guest" }));
    const path = `/v1/shop/orders/${placed.id}/cancel`;
    return insist(client, deed, { method: "POST", path, body: { token: placed.token } }, give_up);
  }

  async pay(
    client: Client,
    order: string,
    to: "captured" | "refunded",
    give_up?: () => boolean,
  ): Promise<Attempt> {
    const deed = this.auditor.hear(deed_of({ kind: "pay", order, to }));
    const path = `/v1/admin/orders/${order}/payments`;
    const body = { kind: to };
    return insist(client, deed, { method: "POST", path, token: await this.token(), body }, give_up);
  }

  async adjust(
    client: Client,
    variant: string,
    location: string,
    quantity: number,
    give_up?: () => boolean,
  ): Promise<Attempt> {
    const deed = this.auditor.hear(deed_of({ kind: "adjust", variant, location, quantity }));
    const reason = quantity > 0 ? "received" : "lost";
    const body = { variant_id: variant, location_id: location, quantity, reason };
    const path = "/v1/admin/stock/adjustments";
    return insist(client, deed, { method: "POST", path, token: await this.token(), body }, give_up);
  }

  async count(
    client: Client,
    variant: string,
    location: string,
    found: number,
    give_up?: () => boolean,
  ): Promise<Attempt> {
    const deed = this.auditor.hear(deed_of({ kind: "count", variant, location, found }));
    const body = { variant_id: variant, location_id: location, counted: found };
    const headers = { "if-match": "*" };
    const path = "/v1/admin/stock/counts";
    return insist(client, deed, { method: "POST", path, token: await this.token(), headers, body }, give_up);
  }
}

export interface Placed {
  id: string;
  token: string; // the tracking token
}
