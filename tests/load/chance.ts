// Chance that can be played again: what is asked, and in which order each one asks, follows from the seed. How the askers
// interleave does not.
import { randomInt } from "node:crypto";

export class Chance {
  readonly seed: number;
  private state: number;

  constructor(seed = Number(process.env["CARRACK_SEED"] ?? "") || randomInt(1, 2 ** 31)) {
    this.seed = seed;
    this.state = seed;
    console.log(`seed: CARRACK_SEED=${seed}`);
  }

  private next(): number {
    // xorshift32
    this.state ^= this.state << 13;
    this.state ^= this.state >>> 17;
    this.state ^= this.state << 5;
    return (this.state >>> 0) / 2 ** 32;
  }

  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  one_in(n: number): boolean {
    return this.below(n) === 0;
  }

  of<T>(all: readonly T[]): T {
    const one = all[this.below(all.length)];
    if (one === undefined) throw new Error("a choice of nothing");
    return one;
  }
}

// How often and how long: set by `run`, with what a short run does without it.
export const rounds = (short: number) => Number(process.env["CARRACK_ROUNDS"] ?? "") || short;
export const is_long = () => process.env["CARRACK_ROUNDS"] !== undefined;
export const seconds = (short: number) => Number(process.env["CARRACK_SECONDS"] ?? "") || short;
