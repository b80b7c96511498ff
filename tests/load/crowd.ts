// Shoppers who order and sometimes change their mind, staff who move orders on and compete for them, goods that come and
// go: all at once, each over a connection of their own, until it is over.
import { Chance } from "./chance.ts";
import type { Client } from "./client.ts";
import type { Basket, State } from "./deeds.ts";
import type { Cart, Market, Placed } from "./market.ts";

const ROUTE: readonly State[] = ["confirmed", "processing", "shipped", "delivered"];
const REMEMBERED = 64; // orders that staff and shoppers may still think of

export interface Goods {
  variants: string[];
  locations: string[];
}

export class Crowd {
  private over = false;
  private carts: Cart[] = [];
  private placed: Placed[] = [];
  private clients: Client[] = [];
  private busy: Promise<unknown>[] = [];
  private failure: unknown;
  private readonly gave_up = () => this.failure !== undefined;
  ordered = 0;

  constructor(
    private readonly market: Market,
    private readonly goods: Goods,
    private readonly chance: Chance,
    private readonly counts = false, // suppliers count the shelves, too
  ) {}

  private basket(): Basket {
    const out: Basket = {};
    for (let i = 1 + this.chance.below(3); i > 0; --i)
      out[this.chance.of(this.goods.variants)] = 1 + this.chance.below(this.chance.one_in(5) ? 12 : 3);
    return out;
  }

  async bring_carts(how_many: number): Promise<void> {
    this.carts.push(...(await this.market.carts(Array.from({ length: how_many }, () => this.basket()))));
  }

  carts_left(): number {
    return this.carts.length;
  }

  private async shop(client: Client): Promise<void> {
    const cart = this.carts.pop();
    if (!cart) return void (await new Promise((go) => setTimeout(go, 5)));
    const impatient = this.chance.one_in(20); // two tabs, one cart
    const first = this.market.checkout(client, cart, this.gave_up);
    const other = impatient ? this.second_tab(cart) : undefined;
    const placed = (await first) ?? (await other);
    await other;
    if (!placed) return;
    this.ordered += 1;
    this.placed.push(placed);
    if (this.placed.length > REMEMBERED) this.placed.splice(0, REMEMBERED / 2);
    if (this.chance.one_in(4)) await this.market.cancel(client, placed, this.gave_up);
  }

  private async second_tab(cart: Cart): Promise<Placed | undefined> {
    const client = this.market.client();
    try {
      return await this.market.checkout(client, cart, this.gave_up);
    } finally {
      client.close();
    }
  }

  private async work(client: Client): Promise<void> {
    if (this.placed.length === 0) return void (await new Promise((go) => setTimeout(go, 5)));
    const order = this.chance.of(this.placed);
    const { id } = order;
    switch (this.chance.below(8)) {
      case 0:
        return void (await this.market.move(client, id, "cancelled", this.gave_up));
      case 1:
        return void (await this.market.pay(client, id, "captured", this.gave_up));
      case 2:
        return void (await this.market.cancel(client, order, this.gave_up));
      default: // some way along the route; others may be on it too
        for (const to of ROUTE.slice(0, 1 + this.chance.below(ROUTE.length)))
          if (!this.over) await this.market.move(client, id, to, this.gave_up);
    }
  }

  private async supply(client: Client): Promise<void> {
    if (this.counts && this.chance.one_in(6)) {
      const { variants, locations } = this.goods;
      const [variant, location] = [this.chance.of(variants), this.chance.of(locations)];
      return void (await this.market.count(client, variant, location, this.chance.below(30), this.gave_up));
    }
    const quantity = this.chance.one_in(3) ? -1 - this.chance.below(6) : 1 + this.chance.below(25);
    const { variants, locations } = this.goods;
    await this.market.adjust(
      client,
      this.chance.of(variants),
      this.chance.of(locations),
      quantity,
      this.gave_up,
    );
  }

  begin({ shoppers, staff, suppliers }: { shoppers: number; staff: number; suppliers: number }): void {
    const each = (how_many: number, what: (client: Client) => Promise<void>) => {
      for (let i = 0; i < how_many; ++i) {
        const client = this.market.client();
        this.clients.push(client);
        this.busy.push(
          (async () => {
            try {
              while (!this.over) await what(client);
            } catch (why) {
              this.abandon(why);
            }
          })(),
        );
      }
    };
    this.over = false;
    each(shoppers, (client) => this.shop(client));
    each(staff, (client) => this.work(client));
    each(suppliers, (client) => this.supply(client));
  }

  // Something went wrong that nobody is to wait for: `end` says what.
  abandon(why: unknown): void {
    this.failure ??= why;
    this.over = true;
  }

  // Everybody ends what they are at: each deed has its answer.
  async end(): Promise<void> {
    this.over = true;
    await Promise.all(this.busy.splice(0));
    for (const client of this.clients.splice(0)) client.close();
    if (this.failure !== undefined) throw this.failure;
  }
}
