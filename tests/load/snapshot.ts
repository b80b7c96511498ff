// The shop as its tables have it at one moment: read by one transaction, judged elsewhere.
import { sql } from "../api/database.ts";
import type { State } from "./deeds.ts";

export interface StockRow {
  variant: string;
  location: string;
  on_hand: number;
  reserved: number;
  backorder_limit: number;
  shortage: number;
  ledger_on_hand: number; // sums of the row's movements
  ledger_reserved: number;
  open: number; // units of its open reservations
}

// Of each variant; a reservation or movement that does not fit its line stands under a name that no variant has.
export type Units<Kind extends string> = Record<string, Partial<Record<Kind, number>>>;

export interface OrderRow {
  id: string;
  email: string;
  head: State;
  head_seq: number;
  states: State[]; // the history, by seq
  seqs: number[];
  actors: string[];
  at: number[]; // of each step, in milliseconds since 1970
  due: number | null; // until when it was to be paid, likewise
  lines: { variant: string; quantity: number; unit: number; total: number }[];
  beside: number; // shipping, tax, discounts
  charged: number[]; // the amount of each payment
  payments: string[]; // the kinds of their events, by seq
  held: Units<"open" | "released" | "shipped">; // of its reservations
  moved: Units<"reserve" | "release" | "ship">; // of its movements
}

export interface Snapshot {
  from: number; // not before; on the clock of the deeds
  now: number; // on the database's clock, in milliseconds since 1970
  stock: StockRow[];
  orders: OrderRow[];
}

// What every change leaves beside its rows.
export interface Trail {
  entries: Record<string, number>; // audit entries of each request id
  events: Record<string, number>; // of each "topic resource"
}

const ONE_MOMENT = "set transaction isolation level repeatable read, read only;";

const STOCK = `
  select s.variant_id as variant, s.location_id as location, s.on_hand, s.reserved, s.backorder_limit, s.shortage,
         coalesce(m.on_hand, 0) as ledger_on_hand, coalesce(m.reserved, 0) as ledger_reserved,
         coalesce(r.open, 0) as open
    from inventory.stock s
    left join (select variant_id, location_id, sum(on_hand_delta) as on_hand, sum(reserved_delta) as reserved
                 from inventory.movements group by 1, 2) m using (variant_id, location_id)
    left join (select variant_id, location_id, sum(quantity) as open
                 from inventory.reservations where state = 'open' group by 1, 2) r using (variant_id, location_id)`;

const milliseconds = (moment: string) => `extract(epoch from ${moment}) * 1000`;

const units_of = (table: string, kind: string, quantity: string) => `
  (select order_id, json_object_agg(variant, units) as units
     from (select order_id, variant, json_object_agg(kind, units) as units
             from (select r.order_id, r.${kind} as kind, sum(${quantity}) as units,
                          case when l.variant_id = r.variant_id then l.variant_id::text
                               else r.variant_id || ' under a line of ' || coalesce(l.variant_id::text, 'nothing')
                          end as variant
                     from ${table} r
                     left join sales.order_lines l on l.id = r.order_line_id and l.order_id = r.order_id
                    where r.order_id is not null
                    group by 1, 2, 4) x
            group by 1, 2) x
    group by 1)`;

const ORDERS = `
  select o.id, o.email, h.status as head, h.seq as head_seq, s.states, s.seqs, s.actors, s.at, l.lines,
         ${milliseconds("o.payment_due_at")} as due,
         coalesce(a.beside, 0) as beside, p.charged, e.payments, coalesce(v.units, '{}') as held,
         coalesce(m.units, '{}') as moved
    from sales.orders o
    left join sales.order_heads h on h.order_id = o.id
    left join (select order_id, json_agg(status order by seq) as states, json_agg(seq order by seq) as seqs,
                      json_agg(actor_kind order by seq) as actors, json_agg(${milliseconds("at")} order by seq) as at
                 from sales.order_status_history group by 1) s on s.order_id = o.id
    left join (select order_id, json_agg(json_build_object('variant', variant_id, 'quantity', quantity,
                                         'unit', unit_amount, 'total', total_amount) order by position) as lines
                 from sales.order_lines group by 1) l on l.order_id = o.id
    left join (select order_id, sum(amount) as beside from sales.order_adjustments group by 1) a on a.order_id = o.id
    left join (select order_id, json_agg(amount) as charged from sales.payments group by 1) p on p.order_id = o.id
    left join (select p.order_id, json_agg(e.kind order by e.seq) as payments
                 from sales.payments p join sales.payment_events e on e.payment_id = p.id group by 1) e
           on e.order_id = o.id
    left join ${units_of("inventory.reservations", "state", "r.quantity")} v on v.order_id = o.id
    left join ${units_of("inventory.movements", "kind", "abs(r.reserved_delta)")} m on m.order_id = o.id`;

const rows = (query: string) => `(select coalesce(json_agg(x), '[]') from (${query}) x)`;

export async function take_snapshot(): Promise<Snapshot> {
  const from = performance.now();
  const text = `${ONE_MOMENT} select json_build_object('now', ${milliseconds("clock_timestamp()")},
                                                        'stock', ${rows(STOCK)}, 'orders', ${rows(ORDERS)})`;
  const seen = JSON.parse((await sql(text)).join("")) as Omit<Snapshot, "from">;
  for (const o of seen.orders) {
    o.states ??= [];
    o.lines ??= [];
    o.charged ??= [];
    o.payments ??= [];
  }
  return { from, ...seen };
}

const counted = (what: string, from: string) =>
  `(select coalesce(json_object_agg(name, n), '{}') from (select ${what} as name, count(*) as n from ${from} group by 1) x)`;

export async function read_trail(): Promise<Trail> {
  const text = `${ONE_MOMENT}
    select json_build_object('entries', ${counted("request_id", "audit.entries")},
                             'events', ${counted("topic || ' ' || resource_id", "ops.outbox")})`;
  return JSON.parse((await sql(text)).join("")) as Trail;
}
