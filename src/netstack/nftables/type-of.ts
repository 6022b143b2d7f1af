/** Tells of which data types an expression's value is: one for each field (nftables' src/proto.c, meta.c, ct.c). */
import { dataType, rawType } from './data-type.ts';
import type { DataType } from './data-type.ts';
import type { Expr } from './types.ts';

const INTEGER = dataType('integer');

export function typesOf(expr: Expr): readonly DataType[] {
  return expr.kind === 'concat' ? expr.parts.map(typeOf) : [typeOf(expr)];
}

function typeOf(expr: Expr): DataType {
  switch (expr.kind) {
    case 'payload':
      return payloadType(expr.protocol, expr.field);
    case 'raw-payload':
      return rawType(expr.length);
    case 'meta':
      return named(META, expr.key);
    case 'ct':
      return named(CT, expr.key);
    case 'fib':
      return named(FIB, expr.result);
    case 'header':
      return headerType(expr.of, expr.field);
    case 'binary':
      return typeOf(expr.left);
    case 'unknown':
      return OTHERS.find(([start]) => expr.raw.startsWith(start))?.[1] ?? INTEGER;
    default:
      return INTEGER;
  }
}

function named(types: Readonly<Record<string, string>>, key: string): DataType {
  return Object.hasOwn(types, key) ? dataType(types[key]!) : INTEGER;
}

const META: Readonly<Record<string, string>> = {
  protocol: 'ether_type',
  nfproto: 'nf_proto',
  l4proto: 'inet_proto',
  priority: 'classid',
  mark: 'mark',
  iif: 'iface_index',
  oif: 'iface_index',
  sdif: 'iface_index',
  iifname: 'ifname',
  oifname: 'ifname',
  sdifname: 'ifname',
  ibrname: 'ifname',
  obrname: 'ifname',
  ibrvproto: 'ether_type',
  iifkind: 'string',
  oifkind: 'string',
  iiftype: 'iface_type',
  oiftype: 'iface_type',
  iifgroup: 'devgroup',
  oifgroup: 'devgroup',
  skuid: 'uid',
  skgid: 'gid',
  rtclassid: 'realm',
  pkttype: 'pkt_type',
  time: 'string',
  day: 'day',
  hour: 'hour',
};

const CT: Readonly<Record<string, string>> = {
  state: 'ct_state',
  status: 'ct_status',
  direction: 'ct_dir',
  mark: 'mark',
  expiration: 'time',
  helper: 'string',
  label: 'ct_label',
  l3proto: 'nf_proto',
  protocol: 'inet_proto',
  'proto-src': 'inet_service',
  'proto-dst': 'inet_service',
  'ip saddr': 'ipv4_addr',
  'ip daddr': 'ipv4_addr',
  'ip6 saddr': 'ipv6_addr',
  'ip6 daddr': 'ipv6_addr',
  event: 'ct_event',
};

const FIB: Readonly<Record<string, string>> = { type: 'fib_addrtype', oif: 'iface_index', oifname: 'ifname' };

const PORTS = { sport: 'inet_service', dport: 'inet_service' } as const;
const ADDRESSES4 = { saddr: 'ipv4_addr', daddr: 'ipv4_addr' } as const;
const ADDRESSES6 = { saddr: 'ipv6_addr', daddr: 'ipv6_addr' } as const;

/** Fields that are not mere numbers. */
const PAYLOAD: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  ether: { saddr: 'ether_addr', daddr: 'ether_addr', type: 'ether_type' },
  vlan: { type: 'ether_type' },
  arp: {
    ptype: 'ether_type',
    operation: 'arp_op',
    'saddr ether': 'ether_addr',
    'daddr ether': 'ether_addr',
    'saddr ip': 'ipv4_addr',
    'daddr ip': 'ipv4_addr',
  },
  ip: { ...ADDRESSES4, dscp: 'dscp', ecn: 'ecn', protocol: 'inet_proto' },
  ip6: { ...ADDRESSES6, dscp: 'dscp', ecn: 'ecn', nexthdr: 'inet_proto' },
  tcp: { ...PORTS, flags: 'tcp_flag' },
  udp: PORTS,
  udplite: PORTS,
  sctp: PORTS,
  th: PORTS,
  dccp: { ...PORTS, type: 'dccp_pkttype' },
  icmp: { type: 'icmp_type', code: 'icmp_code' },
  icmpv6: { type: 'icmpv6_type', code: 'icmpv6_code', taddr: 'ipv6_addr', daddr: 'ipv6_addr' },
  igmp: { type: 'igmp_type', group: 'ipv4_addr' },
  ah: { nexthdr: 'inet_proto' },
  comp: { nexthdr: 'inet_proto', flags: 'bitmask' },
};

function payloadType(protocol: string, field: string): DataType {
  return Object.hasOwn(PAYLOAD, protocol) ? named(PAYLOAD[protocol]!, field) : INTEGER;
}

function headerType(of: string, field: string | undefined): DataType {
  if (field === 'nexthdr') return dataType('inet_proto');
  if (of === 'mh' && field === 'type') return dataType('mh_type');
  if (field === 'addr' || field?.startsWith('addr[') === true || field?.startsWith('sid[') === true)
    return dataType('ipv6_addr');
  return INTEGER;
}

/** Expressions that are kept as text. */
const OTHERS: readonly (readonly [string, DataType])[] = [
  ['rt classid', dataType('realm')],
  ['socket mark', dataType('mark')],
  ['socket cgroupv2', dataType('string')],
  ['osf', dataType('string')],
];
