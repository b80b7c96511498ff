// JSON values by a schema of the OpenAPI document, and what rude clients make of them.
import type { Chance } from "../load/chance.ts";
import { NAUGHTY } from "./naughty.ts";

export interface Schema {
  $ref?: string;
  type?: string;
  format?: string;
  pattern?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  examples?: unknown[];
}

const NOBODY = "01936f1e-7a2b-7cc3-9d41-8a5e0c3b2f10";
const WORDS = ["Ocean Blue", "mug", "S", "Łódź", "colour", "second shelf"] as const;
// What no field takes, or not every one.
const ODD = [
  null,
  true,
  0,
  -1,
  1.5,
  2 ** 53,
  -(2 ** 63),
  1e300,
  "",
  "x".repeat(5000),
  [],
  {},
  [[[[[[]]]]]],
  { "": null },
  ["a", "a"],
  "2026-02-30T25:61:61Z",
  "0001-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999Z",
  "00000000-0000-0000-0000-000000000000",
] as const;

// Nothing else may be spelt like one: tests look for passwords wherever they should not stand.
const is_password = (name: string) => name.includes("password");

export class RandomValues {
  // The ids of what there is, by the collection that an address would name: "products", "variants", "locations".
  private readonly known = new Map<string, string[]>();

  constructor(
    private readonly chance: Chance,
    private readonly schemas: Record<string, unknown>,
  ) {}

  // Notes what an answer tells of things that exist; it is one of this collection, or a list of them.
  learn(answer: unknown, collection: string): void {
    if (Array.isArray(answer)) for (const one of answer) this.learn(one, collection);
    else if (answer !== null && typeof answer === "object")
      for (const [key, value] of Object.entries(answer))
        if (key === "id" && typeof value === "string") this.note(value, collection);
        else this.learn(value, key === "data" ? collection : key);
  }

  private note(id: string, collection: string): void {
    const all = this.known.get(collection) ?? [];
    if (!all.includes(id) && all.length < 200) all.push(id);
    this.known.set(collection, all);
  }

  forget(id: string): void {
    for (const [collection, all] of this.known)
      this.known.set(
        collection,
        all.filter((one) => one !== id),
      );
  }

  text(): string {
    return this.chance.one_in(2) ? this.chance.of(NAUGHTY) : this.chance.of(WORDS);
  }

  // Of one that is there, mostly.
  id_of(collection: string): string {
    const all = this.known.get(collection) ?? [];
    return all.length === 0 || this.chance.one_in(20) ? NOBODY : this.chance.of(all);
  }

  // As the schema says, as far as a schema can say it; `name` is that of the field.
  by(schema: Schema, name = "", depth = 0): unknown {
    const s = this.resolve(schema);
    if (s.anyOf) return this.by(this.chance.of(s.anyOf), name, depth);
    if (s.enum) return this.chance.of(s.enum);
    if (s.examples && this.chance.one_in(2)) return this.chance.of(s.examples);
    switch (s.type) {
      case "object":
        return this.object(s, depth);
      case "array":
        return this.list(s, name, depth);
      case "integer":
      case "number":
        return this.number(s);
      case "boolean":
        return this.chance.one_in(2);
      case "null":
        return null;
      default:
        return this.string(s, name);
    }
  }

  // One place of it as nobody would have it.
  spoilt(value: unknown): unknown {
    if (this.chance.one_in(4) || value === null || typeof value !== "object") return this.odd();
    if (Array.isArray(value)) {
      if (value.length === 0) return [this.odd()];
      const at = this.chance.below(value.length);
      return value.map((one, i) => (i === at ? this.spoilt(one) : (one as unknown)));
    }
    const fields = { ...(value as Record<string, unknown>) };
    const names = Object.keys(fields);
    if (names.length === 0 || this.chance.one_in(6)) return { ...fields, [this.text()]: this.odd() };
    const name = this.chance.of(names);
    if (this.chance.one_in(4)) delete fields[name];
    else fields[name] = is_password(name) ? this.chance.of(["", null, 1]) : this.spoilt(fields[name]);
    return fields;
  }

  odd(): unknown {
    return this.chance.one_in(2) ? this.chance.of(ODD) : this.text();
  }

  private object(s: Schema, depth: number): unknown {
    const out: Record<string, unknown> = {};
    for (const [name, of] of Object.entries(s.properties ?? {}))
      if (s.required?.includes(name) || (depth < 4 && this.chance.one_in(2)))
        out[name] = this.by(of, name, depth + 1);
    return out;
  }

  private list(s: Schema, name: string, depth: number): unknown[] {
    const most = Math.min(s.maxItems ?? 3, 3);
    const size = Math.max(s.minItems ?? 0, this.chance.below(most + 1));
    return Array.from({ length: size }, () => this.by(s.items ?? {}, name, depth + 1));
  }

  private number(s: Schema): number {
    const least = s.minimum ?? -1000;
    const most = s.maximum ?? 1_000_000;
    if (this.chance.one_in(4)) return this.chance.of([least, most]);
    return least + this.chance.below(Math.min(most - least + 1, 1000));
  }

  private string(s: Schema, name: string): string {
    if (is_password(name)) return `a password of ${this.chance.below(1e9)}`;
    if (s.format === "uuid") return this.id_of(name.endsWith("_id") ? name.replace(/_id$/, "s") : name);
    if (s.format === "date-time") return new Date(Date.now() - this.chance.below(1e9)).toISOString();
    if (s.format === "email") return `somebody-${this.chance.below(1000)}@example.com`;
    if (s.format === "uri") return "https://cdn.example.com/a.jpg";
    if (s.pattern) return `${this.chance.of(["a", "b", "c"])}${this.chance.below(1000)}`;
    const text = this.text();
    return text.length < (s.minLength ?? 0)
      ? text.padEnd(s.minLength ?? 0, "x")
      : text.slice(0, s.maxLength ?? 200);
  }

  private resolve(s: Schema): Schema {
    if (s.$ref === undefined) return s;
    return this.schemas[s.$ref.replace("#/components/schemas/", "")] as Schema;
  }
}
