/** nft's data types: their width, the names of their values, and how a value without a name is printed (nftables' src/datatype.c). */

export interface DataType {
  readonly name: string;
  /** Of integers; decides whether a value is kept as a number or a bigint. */
  readonly bits?: number;
  /** How a number without a name is printed; decimal where absent. `hexN`: with N digits. */
  readonly print?: 'hex' | 'hex2' | 'hex4' | 'hex8' | 'seconds';
  readonly symbols?: Readonly<Record<string, number>>;
  /** A value is a set of bits, which a list of names gives. */
  readonly isFlags?: true;
  /** Values are words that are kept as they are. */
  readonly isText?: true;
  /** Of those: digits are a number all the same, for what has no name (no device, index 0). */
  readonly isOrNumber?: true;
  /** Names are printed in quotes. */
  readonly isQuoted?: true;
}

const ICMP_UNREACHABLE = {
  'no-route': 0,
  'admin-prohibited': 1,
  'addr-unreachable': 3,
  'port-unreachable': 4,
} as const;

const LIST: readonly DataType[] = [
  { name: 'integer' },
  { name: 'bitmask', print: 'hex' },
  { name: 'verdict', isText: true },
  { name: 'ipv4_addr' },
  { name: 'ipv6_addr' },
  { name: 'ether_addr' },
  { name: 'inet_service' },
  { name: 'mark', print: 'hex8' },
  { name: 'time', print: 'seconds' },
  { name: 'ifname', isText: true, isQuoted: true },
  { name: 'iface_index', isText: true, isOrNumber: true, isQuoted: true },
  // What is printed in quotes and kept as it is.
  { name: 'string', isText: true, isQuoted: true },
  { name: 'day', isText: true, isQuoted: true },
  { name: 'hour', isText: true, isQuoted: true },
  { name: 'realm', isText: true, isOrNumber: true, isQuoted: true },
  { name: 'classid', isText: true },
  { name: 'ct_label', bits: 128, isFlags: true },
  { name: 'devgroup', isQuoted: true, symbols: { default: 0 } },
  { name: 'uid' },
  { name: 'gid' },
  {
    name: 'ct_state',
    isFlags: true,
    print: 'hex',
    symbols: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
  },
  {
    name: 'ct_status',
    isFlags: true,
    print: 'hex',
    symbols: { expected: 1, 'seen-reply': 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
  },
  {
    name: 'ct_event',
    isFlags: true,
    print: 'hex',
    symbols: {
      new: 1,
      related: 2,
      destroy: 4,
      reply: 8,
      assured: 16,
      protoinfo: 32,
      helper: 64,
      mark: 128,
      seqadj: 256,
      secmark: 512,
      label: 1024,
    },
  },
  { name: 'ct_dir', symbols: { original: 0, reply: 1 } },
  { name: 'nf_proto', symbols: { ipv4: 2, ipv6: 10 } },
  // Names come from the node's own list; see protocolNumber.
  { name: 'inet_proto' },
  {
    name: 'ether_type',
    print: 'hex4',
    symbols: { ip: 0x0800, arp: 0x0806, ip6: 0x86dd, '8021q': 0x8100, vlan: 0x8100, '8021ad': 0x88a8 },
  },
  {
    name: 'arp_op',
    symbols: { request: 1, reply: 2, rrequest: 3, rreply: 4, inrequest: 8, inreply: 9, nak: 10 },
  },
  {
    name: 'tcp_flag',
    isFlags: true,
    print: 'hex',
    symbols: { fin: 1, syn: 2, rst: 4, psh: 8, ack: 16, urg: 32, ecn: 64, cwr: 128 },
  },
  {
    name: 'icmp_type',
    symbols: {
      'echo-reply': 0,
      'destination-unreachable': 3,
      'source-quench': 4,
      redirect: 5,
      'echo-request': 8,
      'router-advertisement': 9,
      'router-solicitation': 10,
      'time-exceeded': 11,
      'parameter-problem': 12,
      'timestamp-request': 13,
      'timestamp-reply': 14,
      'info-request': 15,
      'info-reply': 16,
      'address-mask-request': 17,
      'address-mask-reply': 18,
    },
  },
  {
    name: 'icmpv6_type',
    symbols: {
      'destination-unreachable': 1,
      'packet-too-big': 2,
      'time-exceeded': 3,
      'parameter-problem': 4,
      'echo-request': 128,
      'echo-reply': 129,
      'mld-listener-query': 130,
      'mld-listener-report': 131,
      'mld-listener-done': 132,
      'mld-listener-reduction': 132,
      'nd-router-solicit': 133,
      'nd-router-advert': 134,
      'nd-neighbor-solicit': 135,
      'nd-neighbor-advert': 136,
      'nd-redirect': 137,
      'router-renumbering': 138,
      'ind-neighbor-solicit': 141,
      'ind-neighbor-advert': 142,
      'mld2-listener-report': 143,
    },
  },
  {
    name: 'icmp_code',
    symbols: {
      'net-unreachable': 0,
      'host-unreachable': 1,
      'prot-unreachable': 2,
      'port-unreachable': 3,
      'frag-needed': 4,
      'net-prohibited': 9,
      'host-prohibited': 10,
      'admin-prohibited': 13,
    },
  },
  { name: 'icmpv6_code', symbols: { ...ICMP_UNREACHABLE, 'policy-fail': 5, 'reject-route': 6 } },
  {
    name: 'dscp',
    print: 'hex2',
    symbols: {
      cs0: 0,
      cs1: 8,
      cs2: 16,
      cs3: 24,
      cs4: 32,
      cs5: 40,
      cs6: 48,
      cs7: 56,
      df: 0,
      be: 0,
      lephb: 1,
      af11: 10,
      af12: 12,
      af13: 14,
      af21: 18,
      af22: 20,
      af23: 22,
      af31: 26,
      af32: 28,
      af33: 30,
      af41: 34,
      af42: 36,
      af43: 38,
      va: 44,
      ef: 46,
    },
  },
  { name: 'ecn', symbols: { 'not-ect': 0, ect1: 1, ect0: 2, ce: 3 } },
  { name: 'pkt_type', symbols: { host: 0, unicast: 0, broadcast: 1, multicast: 2, other: 3 } },
  {
    name: 'iface_type',
    symbols: { ether: 1, ppp: 512, ipip: 768, ipip6: 769, loopback: 772, sit: 776, ipgre: 778 },
  },
  {
    name: 'fib_addrtype',
    symbols: {
      unspec: 0,
      unicast: 1,
      local: 2,
      broadcast: 3,
      anycast: 4,
      multicast: 5,
      blackhole: 6,
      unreachable: 7,
      prohibit: 8,
      throw: 9,
      nat: 10,
      xresolve: 11,
    },
  },
  {
    name: 'igmp_type',
    symbols: {
      'membership-query': 17,
      'membership-report-v1': 18,
      'membership-report-v2': 22,
      'membership-report-v3': 34,
      'leave-group': 23,
    },
  },
  {
    name: 'mh_type',
    symbols: {
      'binding-refresh-request': 0,
      'home-test-init': 1,
      'careof-test-init': 2,
      'home-test': 3,
      'careof-test': 4,
      'binding-update': 5,
      'binding-acknowledgement': 6,
      'binding-error': 7,
      'fast-binding-update': 8,
      'fast-binding-acknowledgement': 9,
      'fast-binding-advertisement': 10,
      'experimental-mobility-header': 11,
      'home-agent-switch-message': 12,
    },
  },
  {
    name: 'dccp_pkttype',
    print: 'hex',
    symbols: {
      request: 0,
      response: 1,
      data: 2,
      ack: 3,
      dataack: 4,
      closereq: 5,
      close: 6,
      reset: 7,
      sync: 8,
      syncack: 9,
    },
  },
];

/** Maps to named objects have the objects' names as data. */
const OBJECTS = ['counter', 'quota', 'limit', 'synproxy', 'secmark', 'ct helper', 'ct timeout', 'ct expectation'];

const BY_NAME = new Map(
  [...LIST, ...OBJECTS.map((name): DataType => ({ name, isText: true, isQuoted: true }))].map((type) => [
    type.name,
    type,
  ]),
);
/** For what has no type that is known: nothing is made of its words but what they look like. */
const OPEN: DataType = { name: 'integer' };

/** The type by nft's name; numbers for a name that is not known. */
export function dataType(name: string): DataType {
  return BY_NAME.get(name) ?? OPEN;
}

/** Bits of a header by place: printed in hexadecimal, compared in their full width. */
export function rawType(bits: number): DataType {
  return { name: 'integer', bits, print: 'hex' };
}
