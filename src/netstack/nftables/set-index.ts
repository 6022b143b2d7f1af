/** Finds the element of a set or map that a packet's value is in, without looking at each. */
import type { PortRange } from '../../model/packet.ts';
import { NumberTable } from './number-table.ts';
import type { Fields, NotKnown, Pick, PortSpan, Scalar, Value } from './value.ts';
import { compareScalars, isScalar, nameMatches } from './value.ts';

/** What one field of an element takes. */
export type Part =
  | { readonly kind: 'exact'; readonly value: Scalar }
  | { readonly kind: 'range'; readonly first: Scalar; readonly last: Scalar }
  /** A device name that ends in a star. */
  | { readonly kind: 'pattern'; readonly pattern: string };

export interface Entry<T> {
  readonly parts: readonly Part[];
  readonly data: T;
}

export type Found<T> =
  | { readonly kind: 'hit'; readonly data: T }
  | { readonly kind: 'miss' }
  /** It depends on which part of the range a port is in. */
  | { readonly kind: 'ports'; readonly span: PortSpan; readonly ranges: readonly PortRange[] }
  | { readonly kind: 'pick'; readonly pick: Pick }
  /** One of the field's values decides and is not known: these may be hit. */
  | { readonly kind: 'not-known'; readonly entries: readonly T[]; readonly mayMiss: boolean; readonly why: NotKnown };

const MISS = { kind: 'miss' } as const;

export class SetIndex<T> {
  readonly #entries: readonly Entry<T>[];
  /** The catch-all element (`*`), for values that no other takes. */
  readonly #rest: Hit<T> | undefined;
  readonly #width: number;
  // Rule sets have thousands of maps with an element or two: what such a one has no use for is not made.
  /** Of many elements that are numbers alone. */
  #numbers: NumberTable<T> | undefined;
  /** Else of one field, by its value. */
  #exact: Map<Scalar, T> | undefined;
  /** Of several fields, by a mix of their values; entries that share it by chance are chained. */
  #mixed: Map<number, Mixed<T>> | undefined;
  /** Elements with a range or a pattern, by the one field of theirs that is exact most often. */
  #others: Map<Scalar, Entry<T>[]> | undefined;
  #unkeyed: Entry<T>[] | undefined;
  readonly #keyField: number;
  readonly #ranges: Sorted<T> | undefined;
  #portRanges: Map<number, readonly PortRange[]> | undefined;

  constructor(entries: readonly Entry<T>[], rest?: { readonly data: T }) {
    this.#entries = entries;
    this.#rest = rest === undefined ? undefined : hit(rest.data);
    this.#width = entries[0]?.parts.length ?? 0;
    const exact: Exact<T>[] = [];
    const inexact: Entry<T>[] = [];
    for (const entry of entries) {
      const key = exactValues(entry.parts);
      if (key === undefined) inexact.push(entry);
      else exact.push({ key, data: entry.data });
    }
    if (exact.length >= MANY && areRows(exact, this.#width)) this.#numbers = new NumberTable(this.#width, exact);
    else if (exact.length > 0 && this.#width === 1)
      this.#exact = new Map(exact.toReversed().map(({ key, data }) => [key[0]!, data]));
    else for (const { key, data } of exact) this.#mix(key, data);
    this.#ranges = this.#width === 1 && inexact.length > 0 ? sorted(inexact) : undefined;
    this.#keyField = keyFieldOf(inexact);
    if (this.#ranges === undefined) for (const entry of inexact) this.#key(entry);
  }

  #key(entry: Entry<T>): void {
    const part = entry.parts[this.#keyField];
    if (part?.kind !== 'exact') {
      (this.#unkeyed ??= []).push(entry);
      return;
    }
    this.#others ??= new Map();
    const list = this.#others.get(part.value);
    if (list === undefined) this.#others.set(part.value, [entry]);
    else list.push(entry);
  }

  /** Nothing is ever found. */
  get isEmpty(): boolean {
    return this.#entries.length === 0 && this.#rest === undefined;
  }

  #mix(values: readonly Scalar[], data: T): void {
    const key = mixOf(values);
    this.#mixed ??= new Map();
    const first = this.#mixed.get(key);
    if (sameIn(first, values) === undefined) this.#mixed.set(key, { values, data, next: first });
  }

  find(value: Value): Found<T> | 'absent' {
    if (isScalar(value)) return this.#hit(this.#one(value));
    if (value.kind === 'absent') return 'absent';
    const fields = value.kind === 'fields' ? value.fields : [value];
    return areScalars(fields) ? this.#hit(this.#several(fields)) : this.#findOpen(fields);
  }

  #hit(found: Hit<T> | undefined): Found<T> {
    return found ?? this.#rest ?? MISS;
  }

  #one(value: Scalar): Hit<T> | undefined {
    const exact =
      typeof value === 'number' && this.#numbers !== undefined ? this.#numbers.get([value]) : this.#exact?.get(value);
    if (exact !== undefined) return hit(exact);
    if (this.#ranges !== undefined) return search(this.#ranges, value);
    return hitOf(this.#unkeyed?.find(({ parts }) => takes(parts[0]!, value)));
  }

  #several(values: readonly Scalar[]): Hit<T> | undefined {
    if (values.length === 1) return this.#one(values[0]!);
    const same = this.#sameAs(values);
    if (same !== undefined) return hit(same);
    if ((this.#others ?? this.#unkeyed) === undefined) return undefined;
    const isIn = ({ parts }: Entry<T>): boolean => values.every((value, i) => takes(parts[i]!, value));
    return hitOf(this.#others?.get(values[this.#keyField]!)?.find(isIn) ?? this.#unkeyed?.find(isIn));
  }

  #sameAs(values: readonly Scalar[]): T | undefined {
    if (this.#numbers !== undefined) return areNumbers(values) ? this.#numbers.get(values) : undefined;
    return this.#mixed === undefined ? undefined : sameIn(this.#mixed.get(mixOf(values)), values);
  }

  /** Not all fields are one known value each. */
  #findOpen(fields: Fields['fields']): Found<T> | 'absent' {
    if (fields.some((field) => !isScalar(field) && field.kind === 'absent')) return 'absent';
    const candidates = this.#entries.filter(({ parts }) =>
      fields.every((field, i) => mayTake(parts[i]!, field) !== false),
    );
    if (candidates.length === 0) return this.#hit(undefined);
    for (const [i, field] of fields.entries()) {
      if (isScalar(field)) continue;
      if (field.kind === 'pick') return { kind: 'pick', pick: field };
      if (field.kind === 'by-span') return { kind: 'ports', span: field.span, ranges: field.ranges };
      if (field.kind === 'ports') {
        const ranges = this.#rangesOf(i);
        const isEven = ranges.every(
          ({ min, max }) => isOutside(field, min, max) || (min <= field.min && max >= field.max),
        );
        if (!isEven) return { kind: 'ports', span: field, ranges };
      }
    }
    const unknown = fields.find((field) => !isScalar(field) && field.kind !== 'ports');
    const sure = candidates.find(({ parts }) => fields.every((field, i) => mayTake(parts[i]!, field) === true));
    if (unknown === undefined || isScalar(unknown)) return this.#hit(hitOf(sure));
    const why: NotKnown = unknown.kind === 'not-known' ? unknown : { kind: 'not-known', memory: 'header' };
    const entries = candidates.map(({ data }) => data);
    if (sure !== undefined && entries.length === 1) return { kind: 'hit', data: sure.data };
    return {
      kind: 'not-known',
      entries: this.#rest === undefined ? entries : [...entries, this.#rest.data],
      mayMiss: this.#rest === undefined,
      why,
    };
  }

  #rangesOf(field: number): readonly PortRange[] {
    this.#portRanges ??= new Map();
    let ranges = this.#portRanges.get(field);
    if (ranges === undefined) {
      ranges = this.#entries.flatMap(({ parts }) => rangeOf(parts[field]!) ?? []);
      this.#portRanges.set(field, ranges);
    }
    return ranges;
  }
}

/** From how many elements on a table of their numbers is worth making. */
const MANY = 64;

interface Exact<T> {
  readonly key: readonly Scalar[];
  readonly data: T;
}

function areRows<T>(
  exact: readonly Exact<T>[],
  width: number,
): exact is readonly (Exact<T> & { readonly key: readonly number[] })[] {
  return exact.every(({ key }) => key.length === width && areNumbers(key));
}

function areNumbers(values: readonly Scalar[]): values is readonly number[] {
  for (const value of values) if (typeof value !== 'number') return false;
  return true;
}

interface Mixed<T> {
  readonly values: readonly Scalar[];
  readonly data: T;
  readonly next: Mixed<T> | undefined;
}

function sameIn<T>(first: Mixed<T> | undefined, values: readonly Scalar[]): T | undefined {
  for (let one = first; one !== undefined; one = one.next) if (isSame(one.values, values)) return one.data;
  return undefined;
}

function exactValues(parts: readonly Part[]): readonly Scalar[] | undefined {
  const values: Scalar[] = [];
  for (const part of parts) {
    if (part.kind !== 'exact') return undefined;
    values.push(part.value);
  }
  return values;
}

function mixOf(values: readonly Scalar[]): number {
  let mix = 0;
  for (const value of values) mix = (Math.imul(mix, 31) + bitsOf(value)) | 0;
  return mix;
}

function bitsOf(value: Scalar): number {
  if (typeof value === 'number') return value | 0;
  if (typeof value === 'bigint') return Number(BigInt.asIntN(32, value));
  let bits = value.length;
  for (let i = 0; i < value.length; i++) bits = (Math.imul(bits, 31) + value.charCodeAt(i)) | 0;
  return bits;
}

function isSame(x: readonly Scalar[], y: readonly Scalar[]): boolean {
  for (let i = 0; i < x.length; i++) if (x[i] !== y[i]) return false;
  return x.length === y.length;
}

function areScalars(fields: Fields['fields']): fields is readonly Scalar[] {
  for (const field of fields) if (!isScalar(field)) return false;
  return true;
}

type Hit<T> = Extract<Found<T>, { kind: 'hit' }>;

function hit<T>(data: T): Hit<T> {
  return { kind: 'hit', data };
}

function hitOf<T>(entry: Entry<T> | undefined): Hit<T> | undefined {
  return entry === undefined ? undefined : hit(entry.data);
}

function keyFieldOf<T>(entries: readonly Entry<T>[]): number {
  const counts: number[] = [];
  for (const { parts } of entries)
    for (const [i, part] of parts.entries()) counts[i] = (counts[i] ?? 0) + (part.kind === 'exact' ? 1 : 0);
  return counts.reduce((best, count, i) => (count > (counts[best] ?? 0) ? i : best), 0);
}

interface Sorted<T> {
  readonly firsts: readonly Scalar[];
  readonly lasts: readonly Scalar[];
  readonly datas: readonly T[];
}

/** The kernel keeps intervals apart from each other; undefined where one is none, or two overlap. */
function sorted<T>(entries: readonly Entry<T>[]): Sorted<T> | undefined {
  const ranges: { first: Scalar; last: Scalar; data: T }[] = [];
  for (const { parts, data } of entries) {
    const [part] = parts;
    if (part?.kind !== 'range') return undefined;
    ranges.push({ first: part.first, last: part.last, data });
  }
  ranges.sort((x, y) => compareScalars(x.first, y.first));
  if (ranges.some(({ first }, i) => i > 0 && compareScalars(ranges[i - 1]!.last, first) >= 0)) return undefined;
  return {
    firsts: ranges.map(({ first }) => first),
    lasts: ranges.map(({ last }) => last),
    datas: ranges.map(({ data }) => data),
  };
}

function search<T>({ firsts, lasts, datas }: Sorted<T>, value: Scalar): Hit<T> | undefined {
  let low = 0;
  let high = firsts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareScalars(firsts[middle]!, value) <= 0) low = middle + 1;
    else high = middle;
  }
  const at = low - 1;
  return at >= 0 && compareScalars(value, lasts[at]!) <= 0 ? hit(datas[at]!) : undefined;
}

export function takes(part: Part, value: Scalar): boolean {
  switch (part.kind) {
    case 'exact':
      return part.value === value;
    case 'range':
      return compareScalars(part.first, value) <= 0 && compareScalars(value, part.last) <= 0;
    case 'pattern':
      return typeof value === 'string' && nameMatches(part.pattern, value);
  }
}

/** Undefined where it may or may not. */
function mayTake(part: Part, field: Fields['fields'][number]): boolean | undefined {
  if (isScalar(field)) return takes(part, field);
  switch (field.kind) {
    case 'absent':
      return false;
    case 'not-known':
      return field.within === undefined ? undefined : mayHold(part, field.within);
    case 'pick':
    case 'by-span':
    case 'one-of':
    case 'span':
      return undefined;
    case 'bits':
      if (part.kind !== 'exact' || typeof part.value !== 'number') return undefined;
      return (part.value & field.known) !== (field.value & field.known) ? false : undefined;
    case 'ports':
      return mayHold(part, field);
  }
}

function mayHold(part: Part, values: PortRange): boolean | undefined {
  const range = rangeOf(part);
  if (range === undefined || isOutside(values, range.min, range.max)) return false;
  return range.min <= values.min && range.max >= values.max ? true : undefined;
}

function rangeOf(part: Part): PortRange | undefined {
  if (part.kind === 'exact') return typeof part.value === 'number' ? { min: part.value, max: part.value } : undefined;
  if (part.kind !== 'range' || typeof part.first !== 'number' || typeof part.last !== 'number') return undefined;
  return { min: part.first, max: part.last };
}

function isOutside(span: PortRange, min: number, max: number): boolean {
  return max < span.min || min > span.max;
}
