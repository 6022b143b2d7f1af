/** Choices that follow from a seed and nothing else: the same seed gives the same case on every machine. */

/** mulberry32: 32 bits of state are enough to choose with, and a case's own seed is one number. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** The generator of one case: neighbouring seeds and indexes have nothing in common. */
  static ofCase(seed: number, index: number): Random {
    const first = new Random(seed);
    const second = new Random((Math.imul(index, 0x9e3779b1) ^ first.#next()) >>> 0);
    return new Random(second.#next());
  }

  /** An integer from 0 up to, but not with, `end`. */
  below(end: number): number {
    return Math.floor((this.#next() / 2 ** 32) * end);
  }

  chance(probability: number): boolean {
    return this.#next() / 2 ** 32 < probability;
  }

  pick<T>(from: readonly T[]): T {
    const one = from[this.below(from.length)];
    if (one === undefined) throw new Error('nothing to pick from');
    return one;
  }

  /** By weight. */
  weigh<T>(from: readonly (readonly [number, T])[]): T {
    let left = (this.#next() / 2 ** 32) * from.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of from) if ((left -= weight) < 0) return value;
    return from.at(-1)![1];
  }

  /** Some of them, in their order. */
  some<T>(from: readonly T[], count: number): readonly T[] {
    const places = from.map((_, place) => place);
    const chosen = new Set<number>();
    while (chosen.size < count && places.length > 0) chosen.add(places.splice(this.below(places.length), 1)[0]!);
    return from.filter((_, place) => chosen.has(place));
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
