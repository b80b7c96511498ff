// Judges every answer: is it one that the shop's rules allow, given all that others asked and were told around that time?
// What cannot be known (which of two that overlap came first) is decided in the server's favour, so each fault is one.
import {
  began,
  difference_of,
  ended,
  is_done,
  is_good,
  is_open,
  is_refused,
  name_of,
  placed_by,
  type Attempt,
  type Deed,
  type State,
  type Wish,
} from "./deeds.ts";
import { WAYS } from "./judge_shop.ts";
import type { OrderRow, Snapshot } from "./snapshot.ts";

// How many units of a variant may be sold beyond what is there; none unless it is named.
export type Limits = Record<string, number>;

const ALLOWED: Record<Wish["kind"], { good: number; refusals: string[] }> = {
  checkout: { good: 201, refusals: ["out_of_stock", "cart_already_ordered"] },
  edit: { good: 200, refusals: ["cart_already_ordered"] },
  move: { good: 200, refusals: ["order_transition_not_allowed", "order_changed", "insufficient_stock"] },
  pay: { good: 201, refusals: ["payment_not_allowed"] },
  adjust: { good: 201, refusals: ["insufficient_stock"] },
  count: { good: 201, refusals: [] },
};

// By themselves: a status that goes with the question; with copies of one key, one effect and one answer.
export function faults_of_answers(d: Deed, with_faults: boolean): string[] {
  const { good, refusals } = ALLOWED[d.wish.kind];
  const out: string[] = [];
  for (const a of d.attempts) {
    const known =
      a.status === good ||
      (a.status === 409 && (refusals.includes(a.code) || a.code === "idempotency_key_in_use")) ||
      (with_faults && (a.status === 0 || (a.status === 503 && a.retry_after)));
    if (!known) out.push(`${name_of(d)} was answered ${a.status} ${a.code}: ${a.text.slice(0, 300)}`);
  }
  const done = d.attempts.filter(is_good);
  if (new Set(done.map((a) => a.text)).size > 1) out.push(`${name_of(d)}: two answers under one key`);
  if (done.filter((a) => !a.replayed).length > 1)
    out.push(`doubled: ${name_of(d)} was done twice under one key`);
  const refused = d.attempts.find((a) => !is_good(a) && !is_open(a));
  if (done.length > 0 && refused) out.push(`${name_of(d)} was done, and refused: ${refused.code}`);
  return out;
}

function add<T>(to: Map<string, T[]>, key: string, one: T): void {
  const all = to.get(key);
  if (all) all.push(one);
  else to.set(key, [one]);
}

const COMMITTED_MS = 3000; // a step of the system is committed so long after its moment, at most

// All that was asked, by what it is about.
class Index {
  readonly takes = new Map<string, { units: number; deed: Deed }[]>(); // by variant
  readonly gives = new Map<string, { units: number; deed: Deed }[]>();
  readonly places = new Map<string, Set<string>>(); // locations of a variant
  readonly counted = new Set<string>(); // variants
  readonly expired = new Map<string, { units: number; order: string; by: number }[]>(); // by variant
  readonly of_cart = new Map<string, Deed[]>();
  readonly of_order = new Map<string, Deed[]>();

  constructor(deeds: readonly Deed[], orders: ReadonlyMap<string, OrderRow>) {
    for (const d of deeds) {
      if (d.wish.kind === "checkout" || d.wish.kind === "edit") add(this.of_cart, d.wish.cart, d);
      if (d.wish.kind === "move" || d.wish.kind === "pay") add(this.of_order, d.wish.order, d);
    }
    for (const d of deeds) {
      const w = d.wish;
      if (w.kind === "adjust") {
        this.places.set(w.variant, (this.places.get(w.variant) ?? new Set()).add(w.location));
        add(w.quantity > 0 ? this.gives : this.takes, w.variant, { units: Math.abs(w.quantity), deed: d });
      } else if (w.kind === "count") {
        this.counted.add(w.variant);
        const off = difference_of(d) ?? -Infinity; // what nobody knows may have taken all
        add(off > 0 ? this.gives : this.takes, w.variant, { units: Math.abs(off), deed: d });
      } else if (w.kind === "checkout")
        for (const [variant, units] of Object.entries(this.most_of(d)))
          add(this.takes, variant, { units, deed: d });
      else if (w.kind === "move" && w.to === "cancelled")
        for (const l of orders.get(w.order)?.lines ?? [])
          add(this.gives, l.variant, { units: l.quantity, deed: d });
    }
    for (const o of orders.values()) {
      const at = o.actors.lastIndexOf("system");
      if (at < 1 || o.states[at] !== "cancelled") continue;
      const by = (o.at[at] ?? 0) - performance.timeOrigin + COMMITTED_MS;
      for (const l of o.lines) add(this.expired, l.variant, { units: l.quantity, order: o.id, by });
    }
  }

  // What a checkout took, or the most that it can have taken.
  private most_of(d: Deed): Record<string, number> {
    const lines = placed_by(d)?.order.lines;
    if (lines) return Object.fromEntries(lines.map((l) => [l.variant_id, l.quantity]));
    const w = d.wish as Extract<Wish, { kind: "checkout" }>;
    const out = { ...w.basket };
    for (const { wish: e } of this.of_cart.get(w.cart) ?? [])
      if (e.kind === "edit") out[e.variant] = Math.max(out[e.variant] ?? 0, e.quantity);
    return out;
  }

  // At least so many units were free at every moment between the two: what had surely come, less what may have gone.
  // A cancellation gives once, however many asked for it.
  least_free(variant: string, from: number, to: number): number {
    const came = new Map<string, number>();
    for (const { units, deed } of this.gives.get(variant) ?? [])
      if (is_done(deed) && ended(deed) <= from)
        came.set(deed.wish.kind === "move" ? deed.wish.order : deed.key, units);
    for (const { units, order, by } of this.expired.get(variant) ?? [])
      if (by <= from) came.set(order, units);
    const gone = (this.takes.get(variant) ?? []).filter((t) => !is_refused(t.deed) && began(t.deed) <= to);
    return [...came.values()].reduce((a, b) => a + b, 0) - gone.reduce((a, t) => a + t.units, 0);
  }
}

const overlaps = (d: Deed, a: Attempt) => !is_refused(d) && began(d) <= a.answered && ended(d) >= a.sent;

// In which states the order may have been between the two.
function possible_states(o: OrderRow, deeds: Deed[], from: number, to: number): State[] {
  const windows = o.states.map((state, i) => {
    const by = deeds.filter((d) => d.wish.kind === "move" && d.wish.to === state && !is_refused(d));
    if (i === 0 || o.actors[i] === "system" || by.length === 0) return { began: -Infinity, ended: Infinity };
    return { began: Math.min(...by.map(began)), ended: Math.max(...by.map(ended)) };
  });
  return o.states.filter(
    (_, i) => (windows[i]?.began ?? 0) <= to && (windows[i + 1]?.ended ?? Infinity) >= from,
  );
}

function is_due(
  d: Deed,
  refusal: Attempt,
  all: Index,
  orders: ReadonlyMap<string, OrderRow>,
  limits: Limits,
): boolean {
  const w = d.wish;
  const others = (deeds: Deed[] | undefined) => (deeds ?? []).filter((o) => o !== d && !is_refused(o));
  const least = (variant: string) => all.least_free(variant, refusal.sent, refusal.answered);
  if (refusal.code === "cart_already_ordered" && "cart" in w)
    return others(all.of_cart.get(w.cart)).some(
      (o) => o.wish.kind === "checkout" && began(o) <= refusal.answered,
    );
  if (refusal.code === "out_of_stock" && w.kind === "checkout") {
    const edits = others(all.of_cart.get(w.cart)).filter((o) => o.wish.kind === "edit");
    if (edits.length > 0) return true; // of which basket it was said is not known
    return Object.entries(w.basket).some(([v, wanted]) => least(v) + (limits[v] ?? 0) < wanted);
  }
  if (refusal.code === "insufficient_stock" && w.kind === "adjust")
    return (
      (all.places.get(w.variant)?.size ?? 0) > 1 || least(w.variant) + (limits[w.variant] ?? 0) < -w.quantity
    );
  const order = "order" in w ? orders.get(w.order) : undefined;
  if (!order) return false;
  if (refusal.code === "insufficient_stock") {
    // One location may owe units while another one has got some back: what is free altogether does not tell.
    const may_owe = (v: string) =>
      (all.places.get(v)?.size ?? 0) > 1 && ((limits[v] ?? 0) > 0 || all.counted.has(v));
    return order.lines.some((l) => least(l.variant) < 0 || may_owe(l.variant));
  }
  if (refusal.code === "order_changed")
    return others(all.of_order.get(order.id)).some((o) => overlaps(o, refusal));
  if (refusal.code === "payment_not_allowed")
    return (
      order.actors.includes("system") ||
      others(all.of_order.get(order.id)).some((o) => began(o) <= refusal.answered)
    );
  if (refusal.code === "order_transition_not_allowed" && w.kind === "move")
    return possible_states(order, all.of_order.get(order.id) ?? [], refusal.sent, refusal.answered).some(
      (s) => !WAYS[s].includes(w.to) || (w.by === "guest" && s !== "pending" && s !== "confirmed"),
    );
  return false;
}

// The quantities that a line may have had when its cart was ordered: the last one acknowledged before, and each that was
// being set meanwhile. Edits of one cart come one after the other.
function faults_of_edits(all: Index): string[] {
  const out: string[] = [];
  for (const deeds of all.of_cart.values()) {
    const placed = deeds.find((d) => d.wish.kind === "checkout" && is_done(d));
    const order = placed && placed_by(placed)?.order;
    if (!placed || !order) continue;
    const first = (placed.wish as Extract<Wish, { kind: "checkout" }>).basket;
    for (const line of order.lines) {
      let could = [first[line.variant_id] ?? 0];
      for (const d of deeds) {
        if (d.wish.kind !== "edit" || d.wish.variant !== line.variant_id || is_refused(d)) continue;
        if (ended(d) <= began(placed)) could = [d.wish.quantity];
        else if (began(d) <= ended(placed)) could.push(d.wish.quantity);
        else if (is_done(d)) out.push(`${name_of(d)} was done after its cart was ordered`);
      }
      if (!could.includes(line.quantity))
        out.push(`${name_of(placed)}: ordered ${line.quantity} where the cart had ${could.join(" or ")}`);
    }
  }
  return out;
}

export function faults_of_deeds(
  deeds: readonly Deed[],
  end: Snapshot,
  { limits = {}, with_faults = false }: { limits?: Limits; with_faults?: boolean } = {},
): string[] {
  const orders = new Map(end.orders.map((o) => [o.id, o]));
  const all = new Index(deeds, orders);
  const undue = deeds.filter(is_refused).flatMap((d) => {
    const refusal = d.attempts.find((a) => !is_open(a));
    if (!refusal || is_due(d, refusal, all, orders, limits)) return [];
    return [`${name_of(d)} was refused without reason: ${refusal.code}`];
  });
  return [...deeds.flatMap((d) => faults_of_answers(d, with_faults)), ...undue, ...faults_of_edits(all)];
}
