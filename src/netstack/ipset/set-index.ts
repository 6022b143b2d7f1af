/** A set's elements by key, made at its first lookup. */
import { parsePart, maskOf } from './part.ts';
import type { PartKey } from './part.ts';
import type { IpSet, IpsetElement } from './types.ts';
import { splitWords } from '../iptables/words.ts';

export interface SetIndex {
  /** Parts joined by `|`; nets as `address/length`. The value tells `nomatch` elements. */
  readonly byKey: ReadonlyMap<string, 'in' | 'nomatch'>;
  /** Lengths that occur in each part that is a net, longest first; empty for other parts. */
  readonly lengths: readonly (readonly number[])[];
  /** Keys of ports that occur in any element: `6:80`. */
  readonly ports: ReadonlySet<string>;
  /** hash:net,iface elements whose interface is a prefix. */
  readonly wildcards: readonly { readonly prefix: string; readonly net: string; readonly isIn: boolean }[];
  /** Nets of hash:net,iface, whatever their interface, those of bridge ports left out. */
  readonly nets: ReadonlySet<string>;
  /** Elements of bitmap:ip,mac without a MAC: they take any. */
  readonly anyMac: ReadonlySet<string>;
  /** An element that is not understood: whatever is not found may be it. */
  readonly hasUnread: boolean;
}

const kept = new WeakMap<IpSet, SetIndex>();

export function indexOf(set: IpSet): SetIndex {
  let index = kept.get(set);
  if (index === undefined) {
    index = build(set);
    kept.set(set, index);
  }
  return index;
}

interface Building {
  readonly byKey: Map<string, 'in' | 'nomatch'>;
  readonly lengths: Set<number>[];
  readonly ports: Set<string>;
  readonly wildcards: { readonly prefix: string; readonly net: string; readonly isIn: boolean }[];
  readonly nets: Set<string>;
  readonly anyMac: Set<string>;
  hasUnread: boolean;
}

function build(set: IpSet): SetIndex {
  const building: Building = {
    byKey: new Map(),
    lengths: set.dimensions.map(() => new Set<number>()),
    ports: new Set(),
    wildcards: [],
    nets: new Set(),
    anyMac: new Set(),
    hasUnread: false,
  };
  const mask = maskOf(set.options);
  for (const element of set.elements) {
    const texts = splitElement(set, element.text);
    const parts = texts.map((text, i) => parsePart(set.dimensions[i] ?? '', text, mask));
    if (parts.every((part) => part !== undefined) && isWhole(set, parts)) addElement(building, set, element, parts);
    else building.hasUnread = true;
  }
  return { ...building, lengths: building.lengths.map((lengths) => [...lengths].sort((x, y) => y - x)) };
}

function splitElement(set: IpSet, text: string): readonly string[] {
  // A range of v4 addresses holds no comma: the parts are what the commas make of it.
  return set.dimensions.length === 1 ? [text] : text.split(',');
}

function isWhole(set: IpSet, parts: readonly unknown[]): boolean {
  return parts.length === set.dimensions.length || (set.type === 'bitmap:ip,mac' && parts.length === 1);
}

function addElement(
  building: Building,
  set: IpSet,
  element: IpsetElement,
  parts: readonly (readonly PartKey[])[],
): void {
  const flags = element.options === '' ? NO_FLAGS : readFlags(element.options);
  const value = flags.isNomatch ? 'nomatch' : 'in';
  for (const [i, part] of parts.entries()) {
    for (const { key, length } of part) {
      if (length !== undefined) building.lengths[i]!.add(length);
      if (set.dimensions[i] === 'port') building.ports.add(key);
    }
  }
  for (const keys of combinations(parts)) {
    if (set.type === 'hash:net,iface' && !keys[1]!.startsWith('physdev:')) building.nets.add(keys[0]!);
    if (flags.isWildcard) building.wildcards.push({ net: keys[0]!, prefix: keys[1] ?? '', isIn: value === 'in' });
    else if (set.type === 'bitmap:ip,mac' && parts.length === 1) building.anyMac.add(keys[0]!);
    else building.byKey.set(keys.join('|'), value);
  }
}

export function netKey(address: string, length: number): string {
  return `${address}/${length}`;
}

function combinations(parts: readonly (readonly PartKey[])[]): readonly (readonly string[])[] {
  let sum: string[][] = [[]];
  for (const part of parts) {
    sum = sum.flatMap((before) =>
      part.map(({ key, length }) => [...before, length === undefined ? key : netKey(key, length)]),
    );
  }
  return sum;
}

const NO_FLAGS = { isNomatch: false, isWildcard: false };

/** Words that take no value; all others (timeout, packets, comment …) take one. */
function readFlags(text: string): { readonly isNomatch: boolean; readonly isWildcard: boolean } {
  const words = splitWords(text);
  let isNomatch = false;
  let isWildcard = false;
  for (let i = 0; i < words.length; i++) {
    if (words[i] === 'nomatch') isNomatch = true;
    else if (words[i] === 'wildcard') isWildcard = true;
    else i++;
  }
  return { isNomatch, isWildcard };
}
