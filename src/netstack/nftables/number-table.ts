/**
 * A hash table whose keys are rows of numbers. With thousands of services nearly every look-up waits for memory: what is
 * looked at lies close together, so that most of it stays near the processor.
 */
export class NumberTable<T> {
  readonly #width: number;
  /** One less than the number of places, which is a power of two; at most half of them are taken. */
  readonly #mask: number;
  /** By place: one more than the row there; 0 where there is none. */
  readonly #places: Int32Array;
  /** The rows one after another. */
  readonly #keys: Float64Array | Uint32Array;
  readonly #data: T[] = [];

  /** All keys are `width` numbers. Of two with one key the first stays. */
  constructor(width: number, rows: readonly { readonly key: readonly number[]; readonly data: T }[]) {
    const places = 2 ** Math.ceil(Math.log2(2 * Math.max(rows.length, 1)));
    this.#width = width;
    this.#mask = places - 1;
    this.#places = new Int32Array(places);
    const areWords = rows.every(({ key }) => key.every((number) => number >>> 0 === number));
    this.#keys = areWords ? new Uint32Array(rows.length * width) : new Float64Array(rows.length * width);
    for (const { key, data } of rows) {
      const place = this.#placeOf(key);
      if (this.#places[place] !== 0) continue;
      this.#keys.set(key, this.#data.length * width);
      this.#places[place] = this.#data.push(data);
    }
  }

  get(key: readonly number[]): T | undefined {
    const row = this.#places[this.#placeOf(key)]!;
    return row === 0 ? undefined : this.#data[row - 1];
  }

  /** Where the key is, or else would be. */
  #placeOf(key: readonly number[]): number {
    const keys = this.#keys;
    const width = this.#width;
    for (let place = hashOf(key) & this.#mask; ; place = (place + 1) & this.#mask) {
      const row = this.#places[place]!;
      if (row === 0) return place;
      const from = (row - 1) * width;
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
