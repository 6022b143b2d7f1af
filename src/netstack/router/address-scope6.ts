/** IPv6 address scopes and labels, as source selection compares them (addrconf_core.c, addrlabel.c). */
import { contains, prefix } from '../../model/address.ts';
import type { IP, Prefix } from '../../model/address.ts';

/** IPV6_ADDR_SCOPE_*; −1 for the unspecified address. Loopback counts as link-local, unique local as global. */
export function scope6(address: IP): number {
  const { a } = address;
  if (a >>> 24 === 0xff) return (a >>> 16) & 0x0f;
  if (a >>> 22 === 0x3fa) return 0x02;
  if (a >>> 22 === 0x3fb) return 0x05;
  if (a === 0 && address.b === 0 && address.c === 0) {
    if (address.d === 1) return 0x02;
    if (address.d === 0) return -1;
  }
  return 0x0e;
}

/** The kernel's own policy table; one that `ip addrlabel` has changed is not in the dump. Longest first. */
const LABELS: readonly (readonly [Prefix, number])[] = [
  [prefix('::1/128'), 0],
  [prefix('::ffff:0:0/96'), 4],
  [prefix('::/96'), 3],
  [prefix('2001::/32'), 6],
  [prefix('2001:10::/28'), 7],
  [prefix('2002::/16'), 2],
  [prefix('3ffe::/16'), 12],
  [prefix('fec0::/10'), 11],
  [prefix('fc00::/7'), 5],
  [prefix('::/0'), 1],
];

export function label6(address: IP): number {
  return LABELS.find(([block]) => contains(block, address))?.[1] ?? 1;
}

/** Overlay Routable Cryptographic Hash Identifiers, 2001:10::/28. */
export function isOrchid(address: IP): boolean {
  return (address.a & 0xfffffff0) >>> 0 === 0x20010010;
}

/** Addresses that are never avoided for being deprecated: mapped, v4-compatible, loopback. */
export function isAlwaysPreferred(address: IP): boolean {
  return address.a === 0 && address.b === 0 && (address.c === 0xffff || (address.c === 0 && address.d !== 0));
}

/** How many leading bits two addresses share. */
export function commonLength(x: IP, y: IP): number {
  if (x.a !== y.a) return Math.clz32(x.a ^ y.a);
  if (x.b !== y.b) return 32 + Math.clz32(x.b ^ y.b);
  if (x.c !== y.c) return 64 + Math.clz32(x.c ^ y.c);
  return x.d !== y.d ? 96 + Math.clz32(x.d ^ y.d) : 128;
}
