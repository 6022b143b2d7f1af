/** Reads fields of objects whose shape nobody has checked: a field of the wrong type is as good as absent. */

export type Fields = Readonly<Record<string, unknown>>;

const NONE: Fields = {};

/** The value as a map of fields; empty where it is none. */
export function fields(value: unknown): Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : NONE;
}

/** A nested map: `at(pod, 'spec', 'securityContext')`. */
export function at(value: unknown, ...path: readonly string[]): Fields {
  let here = fields(value);
  for (const key of path) here = fields(own(here, key));
  return here;
}

export function text(from: Fields, key: string): string | undefined {
  const value = own(from, key);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** A whole number that is not negative; also from text, as hand-written objects have it. */
export function count(from: Fields, key: string): number | undefined {
  const value = own(from, key);
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === 'number' && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

export function flag(from: Fields, key: string): boolean | undefined {
  const value = own(from, key);
  return typeof value === 'boolean' ? value : undefined;
}

export function list(from: Fields, key: string): readonly unknown[] {
  const value = own(from, key);
  return Array.isArray(value) ? value : [];
}

export function texts(from: Fields, key: string): readonly string[] {
  return list(from, key).filter((value) => typeof value === 'string' && value !== '') as readonly string[];
}

/** A map of texts, such as labels. */
export function textMap(from: Fields, key: string): ReadonlyMap<string, string> {
  const out = new Map<string, string>();
  for (const [name, value] of Object.entries(fields(own(from, key))))
    if (typeof value === 'string') out.set(name, value);
  return out;
}

/** Objects from outside may have a key named `__proto__` or `constructor`: only own fields count. */
function own(from: Fields, key: string): unknown {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}
