/** Finds values by any of their keys. */

export class Index<T> {
  readonly #byKey = new Map<string, T[]>();

  constructor(values: readonly T[], keysOf: (value: T) => readonly string[]) {
    for (const value of values) {
      for (const key of new Set(keysOf(value))) {
        const found = this.#byKey.get(key);
        if (found === undefined) this.#byKey.set(key, [value]);
        else found.push(value);
      }
    }
  }

  all(key: string): readonly T[] {
    return this.#byKey.get(key) ?? [];
  }

  first(key: string): T | undefined {
    return this.#byKey.get(key)?.[0];
  }
}
