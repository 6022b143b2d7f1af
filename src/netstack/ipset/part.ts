/** Reads the parts of an element's text into the keys that lookups use. */
import { addOffset, compareIP, fromWords, maskTo, parseIP, parsePrefix } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import { PROTOCOL } from '../../model/packet.ts';
import { ICMP_NAMES, ICMPV6_NAMES } from '../iptables/matches/icmp-names.ts';
import { protocolNumber } from '../iptables/protocols.ts';

/** `length` stands for parts that are looked up by longest prefix. */
export interface PartKey {
  readonly key: string;
  readonly length?: number;
}

/** One element may stand for a range: more than this many keys are not made. */
const MOST_KEYS = 65_536;

/** Keys of one part of an element; undefined where it is not understood. */
export function parsePart(dimension: string, text: string, mask: (address: IP) => IP): readonly PartKey[] | undefined {
  switch (dimension) {
    case 'ip':
      return parseAddresses(text, mask);
    case 'net': {
      const block = parsePrefix(text);
      return block === undefined ? undefined : [{ key: block.ip.text, length: block.length }];
    }
    case 'port':
      return parsePorts(text);
    case 'mac':
      return /^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$/.test(text) ? [{ key: text.toLowerCase() }] : undefined;
    case 'mark':
      return /^(0x[0-9a-fA-F]{1,8}|\d{1,10})$/.test(text) ? [{ key: String(Number(text)) }] : undefined;
    case 'iface':
      return [{ key: text }];
    default:
      return undefined;
  }
}

/** `10.0.0.1`, `10.0.0.0/28`, `10.0.0.1-10.0.0.9`. */
function parseAddresses(text: string, mask: (address: IP) => IP): readonly PartKey[] | undefined {
  const single = parseIP(text);
  if (single !== undefined) return [{ key: mask(single).text }];
  const range = parseAddressRange(text);
  if (range === undefined) return undefined;
  const keys = new Set<string>();
  for (let next = range.first, count = 0; compareIP(next, range.last) <= 0; next = addOffset(next, 1), count++) {
    if (count === MOST_KEYS) return undefined;
    keys.add(mask(next).text);
    if (compareIP(next, range.last) === 0) break;
  }
  return [...keys].map((key) => ({ key }));
}

function parseAddressRange(text: string): { readonly first: IP; readonly last: IP } | undefined {
  const block = text.includes('/') ? parsePrefix(text) : undefined;
  if (block !== undefined && block.ip.family === 4)
    return { first: block.ip, last: addOffset(block.ip, 2 ** (32 - block.length) - 1) };
  const [firstText = '', lastText = ''] = text.split('-');
  const first = parseIP(firstText);
  const last = parseIP(lastText);
  return first === undefined || last === undefined || first.family !== last.family ? undefined : { first, last };
}

export function portKey(protocol: number, port: number): string {
  return `${protocol}:${port}`;
}

/** `tcp:80`, `80` (tcp), `udp:53-60`, `icmp:echo-request`, `icmpv6:1/4`, `gre:0`. */
function parsePorts(text: string): readonly PartKey[] | undefined {
  const colon = text.indexOf(':');
  const protocol = colon < 0 ? PROTOCOL.tcp : protocolNumber(text.slice(0, colon));
  const value = text.slice(colon + 1);
  if (protocol === undefined) return undefined;
  if (protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6) return parseIcmp(protocol, value);
  const [, minText, maxText] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(value) ?? [];
  if (minText === undefined) return undefined;
  const min = Number(minText);
  const max = maxText === undefined ? min : Number(maxText);
  if (max > 65_535) return undefined;
  return Array.from({ length: max - min + 1 }, (_, i) => ({ key: portKey(protocol, min + i) }));
}

/** Type and code stand where other protocols have the port. */
function parseIcmp(protocol: number, text: string): readonly PartKey[] | undefined {
  const names = protocol === PROTOCOL.icmp ? ICMP_NAMES : ICMPV6_NAMES;
  const numbers = Object.hasOwn(names, text) ? names[text]! : text;
  const [, type, code = '0'] = /^(\d{1,3})(?:\/(\d{1,3}))?$/.exec(numbers) ?? [];
  return type === undefined ? undefined : [{ key: portKey(protocol, Number(type) * 256 + Number(code)) }];
}

/** `netmask 24` or `bitmask 255.255.0.0` of a set: what is left of an address before it is looked up. */
export function maskOf(options: ReadonlyMap<string, string>): (address: IP) => IP {
  const netmask = options.get('netmask');
  const bitmask = parseIP(options.get('bitmask') ?? '');
  if (netmask !== undefined) return (address) => maskTo(address, Number(netmask));
  return bitmask === undefined ? (address) => address : (address) => andMask(address, bitmask);
}

function andMask(address: IP, mask: IP): IP {
  return fromWords(address.family, [address.a & mask.a, address.b & mask.b, address.c & mask.c, address.d & mask.d]);
}
