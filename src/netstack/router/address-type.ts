/** What `-m addrtype` says of an address. */
import { isBroadcast, isMulticast, isUnspecified, sameIP } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import { NO_PORT } from '../../model/packet.ts';
import type { AddressType } from '../netfilter/types.ts';
import type { Flow } from './flow.ts';
import { flowOf, needsDevice } from './flow.ts';
import type { FamilyLookup } from './lookup.ts';
import type { TableHit } from './table-hit.ts';
import type { AddressBook } from './source4.ts';
import type { RouteAnswer } from './types.ts';

/** __inet_dev_addr_type: the local table alone; all else is unicast. */
export function addressType4(lookup: FamilyLookup, address: IP, dev: string | undefined): AddressType | undefined {
  if (isUnspecified(address) || isBroadcast(address)) return 'BROADCAST';
  if (isMulticast(address)) return 'MULTICAST';
  const types = new Set(lookup.inLocal(probe(address)).map((hit) => typeOf4(hit, dev)));
  return types.size === 1 ? [...types][0] : undefined;
}

function typeOf4(hit: TableHit | undefined, dev: string | undefined): AddressType {
  if (hit?.nexthop === undefined) return 'UNICAST';
  if (dev !== undefined && hit.entry.nexthops[0]?.dev !== dev) return 'UNICAST';
  return TYPES[hit.entry.route.type] ?? 'UNICAST';
}

const TYPES: Readonly<Partial<Record<string, AddressType>>> = {
  local: 'LOCAL',
  broadcast: 'BROADCAST',
  anycast: 'ANYCAST',
  multicast: 'MULTICAST',
};

/**
 * match_lookup_rt6 of xt_addrtype.c: a full lookup, in which any error counts as unreachable. A local address is
 * `LOCAL` here; to the kernel it is unicast as well.
 */
export function addressType6(
  lookup: FamilyLookup,
  book: AddressBook,
  address: IP,
  dev: string | undefined,
): AddressType | undefined {
  if (isUnspecified(address)) return 'UNSPEC';
  if (isMulticast(address)) return 'MULTICAST';
  if (dev !== undefined && book.of(dev).some((own) => own.ip.text === address.text && !own.flags.includes('tentative')))
    return 'LOCAL';
  const answers = lookup.lookup(
    { ...probe(address), ...(dev !== undefined && { oif: dev, liked: dev, isStrict: true }) },
    'select',
  );
  const types = new Set(
    answers.flatMap((answer) => answer.alternatives ?? [answer]).map((answer) => typeOf(address, answer, dev)),
  );
  return types.size === 1 ? [...types][0] : undefined;
}

function typeOf(address: IP, answer: RouteAnswer, dev: string | undefined): AddressType | undefined {
  switch (answer.kind) {
    case 'none':
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return 'UNREACHABLE';
    case 'local':
      return dev === undefined ? 'LOCAL' : 'UNICAST';
    case 'anycast':
      return 'ANYCAST';
    case 'unknown':
      return answer.route === undefined ? undefined : 'UNICAST';
    default:
      return isSubnetRouter(address, answer) ? 'ANYCAST' : 'UNICAST';
  }
}

/** ipv6_anycast_destination: the first address of a subnet on the link is that of any of its routers (RFC 4291, 2.6.1). */
function isSubnetRouter(address: IP, { route, nexthop }: RouteAnswer): boolean {
  return route !== undefined && route.dst.length < 127 && nexthop?.via === undefined && sameIP(route.dst.ip, address);
}

function probe(dst: IP): Flow {
  const flow = flowOf({ dst, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT, uid: 0 });
  return { ...flow, isStrict: dst.family === 6 && needsDevice(dst) };
}
