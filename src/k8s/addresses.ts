/** Reads addresses and blocks that an object holds as text; what is none is left out. */
import { contains, parseIP, parsePrefix } from '../model/address.ts';
import type { Family, IP, Prefix } from '../model/address.ts';
import { fields, text } from './fields.ts';

export function readIPs(values: readonly unknown[]): readonly IP[] {
  const out = new Map<string, IP>();
  for (const value of values) {
    const ip = typeof value === 'string' ? parseIP(value.trim()) : undefined;
    if (ip !== undefined && !out.has(ip.text)) out.set(ip.text, ip);
  }
  return [...out.values()];
}

/** Addresses under the key `ip` of each entry, as in `podIPs` and `loadBalancer.ingress`. */
export function readIPFields(values: readonly unknown[]): readonly IP[] {
  return readIPs(values.map((value) => text(fields(value), 'ip')));
}

/** Blocks; a comma separates several in one text, as command-line flags have it. */
export function readPrefixes(values: readonly unknown[]): readonly Prefix[] {
  const out = new Map<string, Prefix>();
  for (const value of values) {
    if (typeof value !== 'string') continue;
    for (const part of value.split(',')) {
      const prefix = parsePrefix(part.trim());
      if (prefix !== undefined) out.set(prefix.text, prefix);
    }
  }
  return [...out.values()];
}

export function ofFamily(addresses: readonly IP[], family: Family): IP | undefined {
  return addresses.find((address) => address.family === family);
}

export function isIn(blocks: readonly Prefix[], address: IP): boolean {
  return blocks.some((block) => contains(block, address));
}

/** Whether one block lies inside another. */
export function isWithin(inner: Prefix, outer: Prefix): boolean {
  return inner.length >= outer.length && contains(outer, inner.ip);
}
