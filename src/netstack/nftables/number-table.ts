/**
 * A hash table whose keys are rows of numbers, all in one array: with thousands of services nearly every look-up waits
 * for memory, and this one waits once or twice.
 */
export class NumberTable<T> {
  readonly #width: number;
  /** One less than the number of places, which is a power of two; at most half of them are taken. */
  readonly #mask: number;
  /** The rows by place; NaN where there is none. */
  readonly #keys: Float64Array;
  readonly #data: (T | undefined)[];

  /** All keys are `width` numbers. Of two with one key the first stays. */
  constructor(width: number, rows: readonly { readonly key: readonly number[]; readonly data: T }[]) {
    const places = 2 ** Math.ceil(Math.log2(2 * Math.max(rows.length, 1)));
    this.#width = width;
    this.#mask = places - 1;
    this.#keys = new Float64Array(places * width).fill(Number.NaN);
    this.#data = Array.from({ length: places }, () => undefined);
    for (const { key, data } of rows) {
      const place = this.#placeOf(key);
      if (this.#data[place] !== undefined) continue;
      this.#keys.set(key, place * width);
      this.#data[place] = data;
    }
  }

  get(key: readonly number[]): T | undefined {
    return this.#data[this.#placeOf(key)];
  }

  /** Where the key is, or else would be. */
  #placeOf(key: readonly number[]): number {
    const keys = this.#keys;
    const width = this.#width;
    for (let place = hashOf(key) & this.#mask; ; place = (place + 1) & this.#mask) {
      const from = place * width;
      if (Number.isNaN(keys[from]!)) return place;
      let field = 0;
      while (field < width && keys[from + field] === key[field]) field += 1;
      if (field === width) return place;
    }
  }
}

/** Of the low 32 bits of each number. */
function hashOf(key: readonly number[]): number {
  let hash = 0;
  for (const number of key) {
    hash = Math.imul(hash ^ (number | 0), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash;
}
