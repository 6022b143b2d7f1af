/** What a packet that a pair of rules is asked about may be: for each property the values worth trying, likely ones first. */
import type { Family, IP } from '../../../src/model/address.ts';
import { ip } from '../../../src/model/address.ts';
import type { CtInfo } from '../../../src/model/flow.ts';
import { PROTOCOL } from '../../../src/model/packet.ts';
import { protocolNumber } from '../../../src/netstack/iptables/protocols.ts';
import type { AddressType } from '../../../src/netstack/netfilter/types.ts';
import { constantsOf, distinct } from './constants.ts';
import type { Constants } from './constants.ts';
import type { Twin } from './suite.ts';

export interface Choice {
  readonly src: IP;
  readonly dst: IP;
  readonly protocol: number;
  readonly sport: number;
  readonly dport: number;
  readonly icmpType: number;
  readonly icmpCode: number;
  readonly tcpFlags: number;
  readonly mark: number;
  readonly tos: number;
  readonly ttl: number;
  /** Behind the headers. */
  readonly length: number;
  readonly iif: string;
  readonly oif: string;
  readonly srcMac: string;
  readonly pkttype: 'host' | 'broadcast' | 'multicast' | 'otherhost';
  readonly connection: readonly [state: CtInfo['state'], direction: CtInfo['direction']];
  readonly isSnat: boolean;
  readonly isDnat: boolean;
  readonly ctMark: number;
  readonly origSrc: IP;
  readonly origDst: IP;
  readonly replSrc: IP;
  readonly replDst: IP;
  readonly origSport: number;
  readonly origDport: number;
  readonly replSport: number;
  readonly replDport: number;
  readonly srcType: AddressType;
  readonly dstType: AddressType;
  /** What routing says of the way back to the source: by the device it came from, by another, none. */
  readonly wayBack: 'same' | 'other' | 'none';
  readonly group: number;
}

export type Axes = { readonly [K in keyof Choice]: readonly Choice[K][] };

/** The option of iptables that asks for a property: its own values come first. */
const ASKED: Partial<Record<keyof Choice, RegExp>> = {
  src: /(?:-s|--src-range) (\S+)/,
  dst: /(?:-d|--dst-range) (\S+)/,
  protocol: /(?:-p|--protocol) (\S+)/,
  sport: /--(?:sport|sports|ports) (\S+)/,
  dport: /--(?:dport|dports) (\S+)/,
  icmpType: /--icmp(?:v6)?-type (\S+)/,
  mark: /-m mark (?:! )?--mark (\S+)/,
  tos: /--(?:tos|dscp) (\S+)/,
  ttl: /--(?:ttl|hl)-(?:eq|gt|lt) (\S+)/,
  ctMark: /-m connmark (?:! )?--mark (\S+)/,
  iif: /(?:-i|--in-interface) +(\S+)/,
  oif: /-o (\S+)/,
  origSrc: /--ctorigsrc (\S+)/,
  origDst: /--ctorigdst (\S+)/,
  replSrc: /--ctreplsrc (\S+)/,
  replDst: /--ctrepldst (\S+)/,
  origSport: /--ctorigsrcport (\S+)/,
  origDport: /--ctorigdstport (\S+)/,
  replSport: /--ctreplsrcport (\S+)/,
  replDport: /--ctrepldstport (\S+)/,
};

const TYPES: readonly AddressType[] = ['UNICAST', 'LOCAL', 'BROADCAST', 'ANYCAST', 'MULTICAST', 'UNREACHABLE'];
const NAMED_PROTOCOLS = ['tcp', 'udp', 'sctp', 'dccp', 'udplite', 'esp', 'ah', 'ipcomp'];

export function axesOf(twin: Twin): Axes {
  const { family, rule, table, nft } = twin;
  const all = constantsOf([rule, ...nft], family);
  const asked = (key: keyof Choice): Constants => constantsOf([ASKED[key]!.exec(rule)?.[1] ?? ''], family);
  const addresses = (key: keyof Choice): readonly IP[] =>
    distinct([...asked(key).addresses, ...PLAIN[family], ...all.addresses], ({ text }) => text);
  const numbers = (key: keyof Choice, most: number, plain: readonly number[]): readonly number[] =>
    distinct([...asked(key).numbers, ...plain, ...all.numbers].filter((n) => n <= most));
  const ports = (key: keyof Choice, plain: number): readonly number[] => numbers(key, 65_535, [plain, 0, 65_535]);
  const devices = (key: 'iif' | 'oif'): readonly string[] =>
    distinct([...constantsOf([`-i ${ASKED[key]!.exec(rule)?.[1] ?? 'eth7'}`], family).devices, 'eth8', ...all.devices]);
  const isTcp = /tcp/.test(rule);
  return {
    src: addresses('src'),
    dst: addresses('dst'),
    protocol: protocolsOf(rule, family),
    sport: ports('sport', 40_000),
    dport: ports('dport', 80),
    icmpType: distinct([...icmpTypesOf(nft, family), ...numbers('icmpType', 255, [8, 0, 3, 128, 129, 133, 136])]),
    icmpCode: numbers('icmpType', 255, [0, 1, 3]),
    tcpFlags: isTcp ? Array.from({ length: 256 }, (_, i) => i ^ 2) : [2, 0x10, 0x12, 0xc2, 0],
    mark: distinct([...numbers('mark', 0xffffffff, [0, 1, 0xffffffff])]),
    tos: distinct(
      [...asked('tos').numbers, ...all.numbers]
        .flatMap((n) => [n << 2, n])
        .concat([0, 1, 2, 3, 0x10, 0xb8, 255])
        .filter((n) => n >= 0 && n <= 255),
    ),
    ttl: numbers('ttl', 255, [64, 1, 255]),
    length: distinct(
      [0, ...all.numbers.flatMap((n) => [n, n - 20, n - 28, n - 40, n - 48])].filter((n) => n >= 0 && n < 65_400),
    ),
    iif: devices('iif'),
    oif: devices('oif'),
    srcMac: distinct([...all.macs, '02:00:00:00:99:01']),
    pkttype: ['host', 'broadcast', 'multicast', 'otherhost'],
    connection: connectionsOf(table),
    isSnat: [false, true],
    isDnat: [false, true],
    ctMark: numbers('ctMark', 0xffffffff, [0, 1]),
    origSrc: addresses('origSrc'),
    origDst: addresses('origDst'),
    replSrc: addresses('replSrc'),
    replDst: addresses('replDst'),
    origSport: ports('origSport', 40_000),
    origDport: ports('origDport', 80),
    replSport: ports('replSport', 80),
    replDport: ports('replDport', 40_000),
    srcType: TYPES,
    dstType: TYPES,
    wayBack: ['same', 'other', 'none'],
    group: distinct([0, ...all.numbers]),
  };
}

const PLAIN: Readonly<Record<Family, readonly IP[]>> = {
  4: [ip('10.244.1.7'), ip('224.0.0.5')],
  6: [ip('fd77::7'), ip('ff02::5')],
};

function protocolsOf(rule: string, family: Family): readonly number[] {
  const named = /(?:-p|--protocol|--ctproto) (\S+)/.exec(rule)?.[1]?.toLowerCase();
  const all = [named ?? 'tcp', ...NAMED_PROTOCOLS].map((name) => protocolNumber(name));
  return distinct([...all.filter((one) => one !== undefined), family === 4 ? PROTOCOL.icmp : PROTOCOL.icmpv6]);
}

const ICMP_TYPES: Readonly<Record<string, number>> = {
  'echo-reply': 0,
  'destination-unreachable': 3,
  'echo-request': 8,
};
const ICMP6_TYPES: Readonly<Record<string, number>> = {
  'destination-unreachable': 1,
  'packet-too-big': 2,
  'nd-neighbor-advert': 136,
};

/** By the names that the pairs use. */
function icmpTypesOf(nft: readonly string[], family: Family): readonly number[] {
  const types = family === 4 ? ICMP_TYPES : ICMP6_TYPES;
  return Object.entries(types).flatMap(([name, type]) => (nft.some((line) => line.includes(name)) ? [type] : []));
}

/** Before the raw table there is none yet; nat tables see the first packet alone. */
function connectionsOf(table: string): Axes['connection'] {
  if (table === 'raw') return [['INVALID', 'original']];
  const first = [
    ['NEW', 'original'],
    ['RELATED', 'original'],
  ] as const;
  if (table === 'nat') return first;
  return [
    ...first,
    ['ESTABLISHED', 'original'],
    ['ESTABLISHED', 'reply'],
    ['INVALID', 'original'],
    ['UNTRACKED', 'original'],
  ];
}
