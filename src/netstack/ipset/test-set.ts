/** Answers `-m set`: is the packet in the set (the kadt functions of net/netfilter/ipset)? */
import { maskTo } from '../../model/address.ts';
import type { PortRange } from '../../model/packet.ts';
import { PROTOCOL } from '../../model/packet.ts';
import type { SetQuery } from '../netfilter/types.ts';
import { maskOf, portKey } from './part.ts';
import { indexOf, netKey } from './set-index.ts';
import type { SetIndex } from './set-index.ts';
import type { IpSet, IpSets } from './types.ts';

/** What a lookup gives: `nomatch` is an exception that was found in place of a match. */
type Found = 'in' | 'nomatch' | 'out' | undefined;

export const KNOWN_TYPES: ReadonlySet<string> = new Set([
  'hash:ip',
  'hash:net',
  'hash:ip,port',
  'hash:ip,port,ip',
  'hash:ip,port,net',
  'hash:net,port',
  'hash:net,iface',
  'hash:ip,mark',
  'hash:net,net',
  'hash:net,port,net',
  'hash:mac',
  'hash:ip,mac',
  'bitmap:ip',
  'bitmap:port',
  'bitmap:ip,mac',
  'list:set',
]);

/**
 * Undefined where the set or its type is not known, where an element that is not understood may be the one, and where
 * only some of the packet's possible ports are in the set. Elements with a time-out that is still running are in it.
 */
export function testSet(sets: IpSets, name: string, query: SetQuery): boolean | undefined {
  const set = sets.sets.get(name);
  if (set === undefined || !KNOWN_TYPES.has(set.type)) return undefined;
  if (set.type === 'list:set') return testList(sets, set, query);
  // Too few directions for the set's parts, or another family: no match (ip_set_test).
  if (query.flags.length < set.dimensions.length || (set.family !== undefined && set.family !== query.packet.family))
    return false;
  const found = lookup(set, query);
  if (found === undefined) return undefined;
  // --return-nomatch turns exceptions and matches around, in sets that can have exceptions.
  return query.returnNomatch && set.dimensions.includes('net') ? found === 'nomatch' : found === 'in';
}

/** The members in order; those of another shape count as no match. */
function testList(sets: IpSets, list: IpSet, query: SetQuery): boolean | undefined {
  let isUnknown = false;
  for (const { text } of list.elements) {
    const isMember = testSet(sets, text, query);
    if (isMember === true) return true;
    if (isMember === undefined) isUnknown = true;
  }
  return isUnknown ? undefined : false;
}

function lookup(set: IpSet, query: SetQuery): Found {
  const index = indexOf(set);
  const portAt = set.dimensions.indexOf('port');
  const { packet } = query;
  const ports = portAt < 0 ? undefined : portsOf(query, portAt);
  if (ports === undefined || ports.min === ports.max) return lookupAt(set, index, query, ports?.min ?? 0);
  // A port that is not fixed: only ports that some element names can be in the set.
  let inside = 0;
  let exceptions = 0;
  for (const key of index.ports) {
    const port = Number(key.slice(key.indexOf(':') + 1));
    if (port < ports.min || port > ports.max || (set.type !== 'bitmap:port' && key !== portKey(packet.protocol, port)))
      continue;
    const found = lookupAt(set, index, query, port);
    if (found === undefined) return undefined;
    if (found === 'in') inside++;
    else if (found === 'nomatch') exceptions++;
  }
  const size = ports.max - ports.min + 1;
  if (inside === size) return 'in';
  if (exceptions === size) return 'nomatch';
  return inside === 0 && exceptions === 0 ? (index.hasUnread ? undefined : 'out') : undefined;
}

/** Ports of the packet for the part at `at`; type and code of ICMP; 0 for protocols that have none (ip_set_getport.c). */
function portsOf({ packet, flags }: SetQuery, at: number): PortRange {
  if (packet.protocol === PROTOCOL.icmp || packet.protocol === PROTOCOL.icmpv6) {
    const value = (packet.icmpType ?? 0) * 256 + (packet.icmpCode ?? 0);
    return { min: value, max: value };
  }
  return flags[at] === 'src' ? packet.sport : packet.dport;
}

function lookupAt(set: IpSet, index: SetIndex, query: SetQuery, port: number): Found {
  if (set.type === 'bitmap:port') return lookupBitmapPort(index, query, port);
  const parts: (readonly string[] | undefined)[] = [];
  for (const [i, dimension] of set.dimensions.entries()) {
    const keys = keysOf(set, index, { dimension, at: i, query, port });
    if (keys === 'none') return 'out';
    parts.push(keys);
  }
  const found = parts.every((part) => part !== undefined) ? search(set, index, parts) : undefined;
  return found === 'out' && index.hasUnread ? undefined : found;
}

/** Only TCP and UDP, whose ports are not told apart; elements without a protocol are kept as tcp. */
function lookupBitmapPort(index: SetIndex, { packet }: SetQuery, port: number): Found {
  if (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp) return 'out';
  return index.byKey.get(portKey(PROTOCOL.tcp, port)) ?? (index.hasUnread ? undefined : 'out');
}

interface Asked {
  readonly dimension: string;
  readonly at: number;
  readonly query: SetQuery;
  readonly port: number;
}

/** The keys to try for one part, in the kernel's order; `none` where the packet has no such thing, undefined where it is not known. */
function keysOf(
  set: IpSet,
  index: SetIndex,
  { dimension, at, query, port }: Asked,
): readonly string[] | 'none' | undefined {
  const { packet, meta, flags } = query;
  const address = flags[at] === 'src' ? packet.src : packet.dst;
  switch (dimension) {
    case 'ip':
      return [maskOf(set.options)(address).text];
    case 'net':
      return index.lengths[at]!.map((length) => netKey(maskTo(address, length).text, length));
    case 'port':
      return [portKey(packet.protocol, port)];
    case 'mark':
      return [String((packet.mark & Number(set.options.get('markmask') ?? 0xffffffff)) >>> 0)];
    case 'iface': {
      const name = flags[at] === 'src' ? meta.iif : meta.oif;
      return name === undefined ? 'none' : [name];
    }
    case 'mac':
      if (flags[at] === 'dst') return undefined;
      if (meta.srcMac !== undefined) return [meta.srcMac];
      return meta.isLocal ? 'none' : undefined;
    default:
      return undefined;
  }
}

/** The first combination that is there decides: nets are tried from the longest. */
function search(set: IpSet, index: SetIndex, parts: readonly (readonly string[])[]): Found {
  if (set.type === 'bitmap:ip,mac' && index.anyMac.has(parts[0]![0]!)) return 'in';
  let keys: readonly string[] = [''];
  for (const [i, part] of parts.entries())
    keys = keys.flatMap((before) => part.map((key) => (i === 0 ? key : `${before}|${key}`)));
  for (const key of keys) {
    const found = index.byKey.get(key) ?? (index.wildcards.length > 0 ? searchWildcards(index, key) : undefined);
    if (found !== undefined) return found;
    // hash_netiface4_data_equal: the longest net decides, even if it is there for other interfaces only
    if (index.nets.size > 0 && index.nets.has(key.slice(0, key.indexOf('|')))) return 'out';
  }
  return 'out';
}

function searchWildcards(index: SetIndex, key: string): Found {
  const [net, iface = ''] = key.split('|');
  const found = index.wildcards.find((wildcard) => wildcard.net === net && iface.startsWith(wildcard.prefix));
  return found === undefined ? undefined : found.isIn ? 'in' : 'nomatch';
}
