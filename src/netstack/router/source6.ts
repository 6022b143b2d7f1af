/** Which IPv6 address the kernel takes as a packet's source: RFC 6724 as ipv6_dev_get_saddr has it. */
import { sameIP } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Address } from '../state.ts';
import { commonLength, isAlwaysPreferred, isOrchid, label6, scope6 } from './address-scope6.ts';
import type { AddressBook } from './source4.ts';

/** The best address for a destination by a device; undefined where there is none (EADDRNOTAVAIL). */
export function selectAddress6(book: AddressBook, dst: IP, dev: string | undefined): Address | undefined {
  const { devices } = book;
  const scope = scope6(dst);
  const isOwnOnly =
    (dev !== undefined && (dst.a >>> 24 === 0xff || scope <= 0x02)) ||
    (dev !== undefined && devices.own(6, dev, 'use_oif_addrs_only') === 1);
  const query: Query = { dst, scope, label: label6(dst), dev, book };
  if (isOwnOnly && dev !== undefined) return bestOf(query, book.of(dev), undefined);
  const vrf = dev === undefined ? undefined : devices.vrfOf(dev);
  let best: Address | undefined;
  for (const name of devices.names) if (devices.vrfOf(name) === vrf) best = bestOf(query, book.of(name), best);
  return best;
}

interface Query {
  readonly dst: IP;
  readonly scope: number;
  readonly label: number;
  readonly dev: string | undefined;
  readonly book: AddressBook;
}

function bestOf(query: Query, candidates: readonly Address[], before: Address | undefined): Address | undefined {
  let best = before;
  for (const address of candidates) {
    if (address.ip.family !== 6 || !isAssigned(address)) continue;
    if (best === undefined || isBetter(query, address, best)) best = address;
  }
  return best;
}

/** A tentative address is not yet one. */
function isAssigned(address: Address): boolean {
  if (address.flags.includes('tentative') || address.flags.includes('dadfailed')) return false;
  return address.ip.a >>> 24 !== 0xff && scope6(address.ip) >= 0;
}

/** The rules in their order; the first that tells the two apart decides, and a tie keeps the earlier address. */
const RULES: readonly ((query: Query, address: Address) => number)[] = [
  // 1: the destination itself.
  (query, address) => Number(sameIP(address.ip, query.dst)),
  // 2: the smallest scope that is not too small.
  (query, address) => {
    const scope = scope6(address.ip);
    return scope >= query.scope ? -scope : scope - 128;
  },
  // 3: not deprecated.
  (_, address) => Number(isAlwaysPreferred(address.ip) || !address.flags.includes('deprecated')),
  // 5: on the outgoing interface.
  (query, address) => Number(query.dev === undefined || address.dev === query.dev),
  // 6: the same label.
  (query, address) => Number(label6(address.ip) === query.label),
  // 7: public, unless the device prefers temporary addresses.
  (query, address) => {
    const prefersTemporary = (query.book.devices.own(6, address.dev, 'use_tempaddr') ?? 0) >= 2;
    return Number(address.flags.includes('temporary') === prefersTemporary);
  },
  // 7+: both or neither an ORCHID.
  (query, address) => Number(isOrchid(address.ip) === isOrchid(query.dst)),
  // 8: the longest common prefix, no longer than the address's own.
  (query, address) => Math.min(commonLength(address.ip, query.dst), address.prefixLength),
];

function isBetter(query: Query, address: Address, best: Address): boolean {
  for (const rule of RULES) {
    const difference = rule(query, address) - rule(query, best);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
