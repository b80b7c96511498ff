// Judges one moment of the shop: by itself, against what had been acknowledged by then, and against the moment before.
import {
  began,
  difference_of,
  ended,
  is_done,
  is_refused,
  is_unknown,
  name_of,
  placed_by,
  type Deed,
  type State,
} from "./deeds.ts";
import type { OrderRow, Snapshot, StockRow, Trail } from "./snapshot.ts";

// The seven ways, written down a second time.
export const WAYS: Record<State, readonly State[]> = {
  pending: ["confirmed", "cancelled"],
  confirmed: ["processing", "cancelled"],
  processing: ["shipped", "cancelled"],
  shipped: ["delivered"],
  delivered: [],
  cancelled: [],
};
const PAYMENT_WAYS: Record<string, readonly string[]> = {
  requested: ["captured", "voided"],
  captured: ["refund_requested"],
  refund_requested: ["refunded"],
};

const LATE_MS = 30_000; // who was killed or cut off comes back within, and cancels what has become due meanwhile

const sum = (all: number[]) => all.reduce((a, b) => a + b, 0);

function faults_of_row(r: StockRow): string[] {
  const is = (holds: boolean, what: string) => (holds ? [] : [`stock of ${r.variant}: ${what}`]);
  return [
    ...is(r.on_hand >= 0, `${r.on_hand} on hand`),
    ...is(r.reserved >= 0, `${r.reserved} reserved`),
    ...is(
      r.reserved <= r.on_hand + r.backorder_limit + r.shortage,
      `oversold: ${r.reserved} reserved of ${r.on_hand} with ${r.backorder_limit} to order and ${r.shortage} short`,
    ),
    ...is(r.on_hand === r.ledger_on_hand, `${r.on_hand} on hand, but the ledger says ${r.ledger_on_hand}`),
    ...is(
      r.reserved === r.ledger_reserved,
      `${r.reserved} reserved, but the ledger says ${r.ledger_reserved}`,
    ),
    ...is(r.reserved === r.open, `${r.reserved} reserved, but ${r.open} in open reservations`),
    ...is(
      r.shortage === Math.max(r.reserved - r.on_hand - r.backorder_limit, 0),
      `${r.shortage} short, with ${r.reserved} reserved of ${r.on_hand} and ${r.backorder_limit} to order`,
    ),
  ];
}

function faults_of_history(o: OrderRow): string[] {
  const out: string[] = [];
  if (o.states[0] !== "pending") out.push(`begins as ${o.states[0]}`);
  o.states.forEach((to, i) => {
    const from = o.states[i - 1];
    if (from !== undefined && !WAYS[from].includes(to)) out.push(`went from ${from} to ${to}`);
  });
  if (o.seqs?.some((seq, i) => seq !== i)) out.push(`has the steps ${o.seqs.join(", ")}`);
  if (o.head !== o.states.at(-1) || o.head_seq !== o.states.length - 1)
    out.push(`is ${o.head} at step ${o.head_seq}, but its history is ${o.states.join(", ")}`);
  return out;
}

// What the units of an order in this state have to be.
function faults_of_holding(o: OrderRow): string[] {
  const bought = new Map<string, number>();
  for (const l of o.lines) bought.set(l.variant, (bought.get(l.variant) ?? 0) + l.quantity);
  const last = o.states.at(-1);
  const state =
    last === "cancelled" ? "released" : last === "shipped" || last === "delivered" ? "shipped" : "open";
  const variants = new Set([...bought.keys(), ...Object.keys(o.held), ...Object.keys(o.moved)]);
  return [...variants].flatMap((variant) => {
    const units = bought.get(variant) ?? 0;
    const expected = {
      open: 0,
      released: 0,
      shipped: 0,
      [state]: units,
      reserve: units,
      release: state === "released" ? units : 0,
      ship: state === "shipped" ? units : 0,
    };
    const found: Record<string, number> = { ...o.held[variant], ...o.moved[variant] };
    return Object.entries(expected)
      .filter(([name, n]) => (found[name] ?? 0) !== n)
      .map(
        ([name, n]) =>
          `is ${last} with ${units} units, of which ${name}: ${found[name] ?? 0}, not ${n}, of ${variant}`,
      );
  });
}

function faults_of_money(o: OrderRow): string[] {
  const out: string[] = [];
  for (const l of o.lines)
    if (l.total !== l.unit * l.quantity) out.push(`has a line of ${l.quantity} at ${l.unit} for ${l.total}`);
  const total = sum(o.lines.map((l) => l.total)) + o.beside;
  if (o.charged.length !== 1 || o.charged[0] !== total)
    out.push(
      `is charged ${o.charged.join(" and ") || "nothing"}, but its lines and what is beside them are ${total}`,
    );
  if (o.payments[0] !== "requested") out.push(`has a payment that begins as ${o.payments[0]}`);
  o.payments.forEach((to, i) => {
    const from = o.payments[i - 1];
    if (from !== undefined && !PAYMENT_WAYS[from]?.includes(to))
      out.push(`has a payment that went from ${from} to ${to}`);
  });
  const undone = o.payments.some((kind) => ["voided", "refund_requested", "refunded"].includes(kind));
  if (undone !== (o.states.at(-1) === "cancelled"))
    out.push(`is ${o.states.at(-1)}, and its payment is ${o.payments.join(", ")}`);
  return out;
}

// What the clock may do: cancel what nobody has paid or taken on, and not before its time.
function faults_of_clock(o: OrderRow, now: number): string[] {
  const out: string[] = [];
  o.actors.forEach((actor, i) => {
    if (actor !== "system") return;
    const [from, to, at] = [o.states[i - 1], o.states[i], o.at[i] ?? 0];
    if (from !== "pending" || to !== "cancelled") out.push(`was moved from ${from} to ${to} by the clock`);
    else if (o.due === null || at < o.due)
      out.push(`was cancelled by the clock ${(o.due ?? 0) - at} ms too early`);
    if (o.payments.includes("captured")) out.push("was paid, and cancelled by the clock");
  });
  const late = o.due === null ? 0 : now - o.due;
  if (o.head === "pending" && !o.payments.includes("captured") && late > LATE_MS)
    out.push(`is not paid and still pending, ${late.toFixed(0)} ms after its time`);
  return out;
}

// By itself: what has to hold in every committed state, whoever did what.
export function faults_in(s: Snapshot): string[] {
  const of_order = (o: OrderRow) =>
    [
      ...faults_of_history(o),
      ...faults_of_holding(o),
      ...faults_of_money(o),
      ...faults_of_clock(o, s.now),
    ].map((what) => `order ${o.id} of ${o.email} ${what}`);
  return [...s.stock.flatMap(faults_of_row), ...s.orders.flatMap(of_order)];
}

// Whoever was told of something before the snapshot was taken finds it there.
export function lost_in(s: Snapshot, deeds: readonly Deed[]): string[] {
  const orders = new Map(s.orders.map((o) => [o.id, o]));
  return deeds
    .filter((d) => is_done(d) && ended(d) <= s.from)
    .flatMap((d) => {
      const w = d.wish;
      const id = w.kind === "checkout" ? placed_by(d)?.order.id : "order" in w ? w.order : undefined;
      if (id === undefined) return [];
      const found = orders.get(id);
      if (!found) return [`lost: ${name_of(d)}: there is no order ${id}`];
      if (w.kind === "move" && !found.states.includes(w.to))
        return [`lost: ${name_of(d)}: its history is ${found.states.join(", ")}`];
      if (w.kind === "pay" && !found.payments.includes(w.to))
        return [`lost: ${name_of(d)}: its payment is ${found.payments.join(", ")}`];
      return [];
    });
}

// Only a count finds less than is promised.
export function unexplained_shortages(s: Snapshot, deeds: readonly Deed[]): string[] {
  const counted = new Set<string>();
  for (const { wish: w } of deeds) if (w.kind === "count") counted.add(`${w.variant} ${w.location}`);
  return s.stock
    .filter((r) => r.shortage > 0 && !counted.has(`${r.variant} ${r.location}`))
    .map((r) => `stock of ${r.variant}: ${r.shortage} short, and nobody has counted`);
}

// History only grows, and nothing that was bought changes.
export function rewritten(before: Snapshot, after: Snapshot): string[] {
  const now = new Map(after.orders.map((o) => [o.id, o]));
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  return before.orders.flatMap((was) => {
    const is = now.get(was.id);
    if (!is) return [`order ${was.id} of ${was.email} has gone`];
    const grown =
      same(was.states, is.states.slice(0, was.states.length)) &&
      same(was.payments, is.payments.slice(0, was.payments.length)) &&
      same([was.lines, was.charged, was.beside], [is.lines, is.charged, is.beside]);
    return grown ? [] : [`order ${was.id} of ${was.email} has been rewritten`];
  });
}

const count = <T>(all: readonly T[], is: (one: T) => boolean) => all.filter(is).length;

function faults_of_checkouts(s: Snapshot, deeds: readonly Deed[]): string[] {
  const out: string[] = [];
  const by_email = new Map<string, OrderRow[]>();
  for (const o of s.orders) by_email.set(o.email, [...(by_email.get(o.email) ?? []), o]);
  const wanted = new Map<string, Deed[]>();
  for (const d of deeds)
    if (d.wish.kind === "checkout") wanted.set(d.wish.email, [...(wanted.get(d.wish.email) ?? []), d]);
  for (const [email, orders] of by_email) {
    const tries = wanted.get(email);
    if (orders.length > 1) out.push(`doubled: ${orders.length} orders of the one cart of ${email}`);
    if (!tries) out.push(`stray: nobody asked for the order of ${email}`);
    else if (tries.every(is_refused)) out.push(`stray: ${email} was refused, and has an order`);
  }
  for (const [email, tries] of wanted) {
    const done = tries.filter(is_done);
    if (done.length > 1) out.push(`doubled: ${email} was told of ${done.length} orders of one cart`);
    const told = done[0] && placed_by(done[0])?.order;
    const found = by_email.get(email)?.find((o) => o.id === told?.id);
    if (told && found) {
      const bought = told.lines.map((l) => [l.variant_id, l.quantity, l.unit_price.amount, l.total.amount]);
      const stored = found.lines.map((l) => [l.variant, l.quantity, l.unit, l.total]);
      if (JSON.stringify(bought) !== JSON.stringify(stored) || told.totals.total.amount !== found.charged[0])
        out.push(`order ${told.id} of ${email} is not what the answer said`);
    }
  }
  return out;
}

// Each step of a history is somebody's, and each acknowledged move is one step of its own.
function faults_of_moves(s: Snapshot, deeds: readonly Deed[]): string[] {
  const moves = new Map<string, Deed[]>();
  const add = (what: string, d: Deed) => moves.set(what, [...(moves.get(what) ?? []), d]);
  for (const d of deeds)
    if (d.wish.kind === "move" || d.wish.kind === "pay") add(`${d.wish.order} ${d.wish.to}`, d);
  const out: string[] = [];
  for (const [what, tries] of moves) {
    const done = count(tries, is_done);
    if (done > 1) out.push(`doubled: ${done} were told that they moved order ${what}`);
  }
  const asked = (o: OrderRow, to: string) => (moves.get(`${o.id} ${to}`) ?? []).some((d) => !is_refused(d));
  for (const o of s.orders) {
    o.states.forEach((to, i) => {
      if (i > 0 && o.actors[i] !== "system" && !asked(o, to))
        out.push(`stray: nobody moved order ${o.id} to ${to}`);
    });
    for (const kind of ["captured", "refunded"])
      if (o.payments.includes(kind) && !asked(o, kind))
        out.push(`stray: nobody told of order ${o.id}: ${kind}`);
  }
  return out;
}

// What came minus what was shipped lies there, whatever the ledger says.
function faults_of_goods(s: Snapshot, deeds: readonly Deed[]): string[] {
  const expected = new Map<string, { least: number; most: number }>();
  const at = (variant: string) => {
    const found = expected.get(variant) ?? { least: 0, most: 0 };
    expected.set(variant, found);
    return found;
  };
  for (const d of deeds) {
    if ((d.wish.kind !== "adjust" && d.wish.kind !== "count") || is_refused(d)) continue;
    const { variant } = d.wish;
    if (d.wish.kind === "count" && !is_done(d)) {
      Object.assign(at(variant), { least: -Infinity, most: Infinity }); // nobody knows by how much it was off
      continue;
    }
    const quantity = d.wish.kind === "count" ? (difference_of(d) ?? 0) : d.wish.quantity;
    if (is_done(d) || quantity < 0) at(variant).least += quantity;
    if (is_done(d) || quantity > 0) at(variant).most += quantity;
  }
  for (const o of s.orders)
    if (o.states.includes("shipped"))
      for (const l of o.lines) {
        at(l.variant).least -= l.quantity;
        at(l.variant).most -= l.quantity;
      }
  const lies = new Map<string, number>();
  for (const r of s.stock) lies.set(r.variant, (lies.get(r.variant) ?? 0) + r.on_hand);
  return [...expected].flatMap(([variant, { least, most }]) => {
    const there = lies.get(variant) ?? 0;
    if (there >= least && there <= most) return [];
    const so_many = least === most ? `${least}` : `${least} to ${most}`;
    return [`stock of ${variant}: ${there} on hand, but what came minus what was shipped is ${so_many}`];
  });
}

// One audit entry for each deed that was done, under the id of one of its requests; none for one that was refused.
function faults_of_trail(s: Snapshot, deeds: readonly Deed[], trail: Trail): string[] {
  const out: string[] = [];
  for (const d of deeds) {
    if (d.wish.kind === "edit") continue; // carts are not audited
    const found = sum(d.attempts.map((a) => trail.entries[a.request_id] ?? 0));
    if (difference_of(d) === 0) continue; // a count that finds what was thought may leave none
    const fits = is_done(d) ? found === 1 : is_unknown(d) ? found <= 1 : found === 0;
    if (!fits) out.push(`${found} audit entries for ${name_of(d)}`);
  }
  const event = (topic: string, o: OrderRow) => trail.events[`${topic} ${o.id}`] ?? 0;
  for (const o of s.orders)
    for (const topic of ["placed", "confirmed", "processing", "shipped", "delivered", "cancelled"]) {
      const expected = o.states.includes(topic === "placed" ? "pending" : (topic as State)) ? 1 : 0;
      if (event(`order.${topic}`, o) !== expected)
        out.push(
          `${event(`order.${topic}`, o)} events order.${topic} of order ${o.id}, which is ${o.states.at(-1)}`,
        );
    }
  return out;
}

// When nobody asks any more: everything that was told stands there once, and nothing else does.
export function faults_at_the_end(s: Snapshot, deeds: readonly Deed[], trail: Trail): string[] {
  const late = deeds.filter((d) => is_done(d) && began(d) > s.from);
  if (late.length > 0) return [`${late.length} deeds began after the last look`];
  return [
    ...faults_in(s),
    ...lost_in(s, deeds),
    ...unexplained_shortages(s, deeds),
    ...faults_of_checkouts(s, deeds),
    ...faults_of_moves(s, deeds),
    ...faults_of_goods(s, deeds),
    ...faults_of_trail(s, deeds, trail),
  ];
}
