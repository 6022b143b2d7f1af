/** Header fields of a packet, as `payload` expressions name them (nft_payload.c, nftables' src/proto.c). */
import { PROTOCOL } from '../../../model/packet.ts';
import type { Packet } from '../../../model/packet.ts';
import type { ArpMessage } from '../../netfilter/types.ts';
import { lengthsOf } from '../../../model/packet-length.ts';
import { ttlsOf } from '../../../model/packet-ttl.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { ABSENT, addressValue, anyOf, NOT_KNOWN } from '../value.ts';

export type FieldReader = (branch: NftBranch) => Field;

type Fields = Readonly<Record<string, FieldReader>>;

const notKnown: FieldReader = () => NOT_KNOWN;

const ports = {
  sport: ({ packet }: NftBranch): Field => portOf(packet.sport, 'sport'),
  dport: ({ packet }: NftBranch): Field => portOf(packet.dport, 'dport'),
};

function portOf({ min, max }: { readonly min: number; readonly max: number }, side: 'sport' | 'dport'): Field {
  return min === max ? min : { kind: 'ports', side, min, max };
}

const headerOf = (family: 4 | 6): number => (family === 4 ? 20 : 40);

export function lengthWithout(packet: Packet, bytes: number): Field {
  const { min, max } = lengthsOf(packet);
  return anyOf({ min: min - bytes, max: max - bytes });
}

/** IPv4 headers that are walked have no options and are no later fragments; identification and checksum are not known. */
const ip: Fields = {
  version: () => 4,
  hdrlength: () => 5,
  dscp: ({ packet }) => packet.tos >> 2,
  ecn: ({ packet }) => packet.tos & 3,
  length: ({ packet }) => lengthWithout(packet, 0),
  id: notKnown,
  'frag-off': ({ packet }) => (packet.df ? 0x4000 : 0),
  ttl: ({ packet }) => anyOf(ttlsOf(packet)),
  protocol: ({ packet }) => packet.protocol,
  checksum: notKnown,
  saddr: ({ packet }) => addressValue(packet.src),
  daddr: ({ packet }) => addressValue(packet.dst),
};

const ip6: Fields = {
  version: () => 6,
  dscp: ({ packet }) => packet.tos >> 2,
  ecn: ({ packet }) => packet.tos & 3,
  flowlabel: notKnown,
  length: ({ packet }) => lengthWithout(packet, headerOf(6)),
  nexthdr: ({ packet }) => packet.protocol,
  hoplimit: ({ packet }) => anyOf(ttlsOf(packet)),
  saddr: ({ packet }) => addressValue(packet.src),
  daddr: ({ packet }) => addressValue(packet.dst),
};

function flagsOf({ tcpFlags, openTcpFlags = 0 }: Packet): Field {
  if (openTcpFlags === 0) return tcpFlags;
  return { kind: 'bits', value: tcpFlags & ~openTcpFlags, known: ~openTcpFlags >>> 0 };
}

const tcp: Fields = {
  ...ports,
  sequence: notKnown,
  ackseq: notKnown,
  doff: notKnown,
  reserved: () => 0,
  flags: ({ packet }) => flagsOf(packet),
  window: notKnown,
  checksum: notKnown,
  urgptr: () => 0,
};

const udp: Fields = {
  ...ports,
  length: ({ packet }) => lengthWithout(packet, headerOf(packet.family)),
  checksum: notKnown,
};

const icmp: Fields = {
  type: ({ packet }) => packet.icmpType ?? NOT_KNOWN,
  code: ({ packet }) => packet.icmpCode ?? 0,
  checksum: notKnown,
  id: notKnown,
  sequence: notKnown,
  gateway: notKnown,
  mtu: notKnown,
  'parameter-problem': notKnown,
  'packet-too-big': notKnown,
  'max-delay': notKnown,
  taddr: notKnown,
  daddr: notKnown,
};

/** The first words of whatever the transport is; of ICMP they are type, code and checksum. */
const th: Fields = {
  sport: ({ packet }) => {
    if (hasPorts(packet.protocol)) return portOf(packet.sport, 'sport');
    return isIcmp(packet.protocol) && packet.icmpType !== undefined
      ? packet.icmpType * 256 + (packet.icmpCode ?? 0)
      : NOT_KNOWN;
  },
  dport: ({ packet }) => (hasPorts(packet.protocol) ? portOf(packet.dport, 'dport') : NOT_KNOWN),
};

const sctp: Fields = { ...ports, vtag: notKnown, checksum: notKnown };
const udplite: Fields = { ...ports, checksum: notKnown, csumcov: notKnown };
const DCCP = 33;
const dccp: Fields = { ...ports, type: notKnown };

/** IP over Ethernet: an address is known where the packet came in by it and no further than that. */
const ether: Fields = {
  saddr: ({ input }) => macValue(input.meta.srcMac),
  daddr: ({ input }) => macValue(input.meta.dstMac),
  // read with the tag put back in its place (nft_payload_copy_vlan)
  type: ({ packet, input: { meta } }) => (meta.vlan === undefined ? etherType(packet) : TAGGED),
};

const TAGGED = 0x8100;

const vlan: Fields = {
  id: ({ input: { meta } }) => meta.vlan ?? ABSENT,
  type: ({ packet }) => etherType(packet),
  pcp: notKnown,
  cfi: notKnown,
  dei: notKnown,
};

/** The IP protocol of what is no IP packet. */
export const NO_PROTOCOL = -1;

export function etherType({ family, protocol }: Packet): number {
  return protocol === NO_PROTOCOL ? 0x0806 : family === 4 ? 0x0800 : 0x86dd;
}

const arpField =
  (read: (arp: ArpMessage) => Field): FieldReader =>
  ({ input: { meta } }) =>
    meta.arp === undefined ? ABSENT : read(meta.arp);

/** IPv4 over Ethernet. */
const arp: Fields = {
  htype: () => 1,
  ptype: () => 0x0800,
  hlen: () => 6,
  plen: () => 4,
  operation: arpField(({ operation }) => operation),
  'saddr ether': arpField(({ senderMac }) => macValue(senderMac)),
  'saddr ip': arpField(({ sender }) => addressValue(sender)),
  'daddr ether': arpField(({ targetMac }) => macValue(targetMac)),
  'daddr ip': arpField(({ target }) => addressValue(target)),
};

export function macValue(mac: string | undefined): Field {
  return mac === undefined ? NOT_KNOWN : Number.parseInt(mac.replaceAll(':', ''), 16);
}

interface Protocol {
  readonly fields: Fields;
  /** Whether the packet has the header. */
  readonly isIn: (branch: NftBranch) => boolean;
}

const carries =
  (protocol: number) =>
  ({ packet }: NftBranch): boolean =>
    packet.protocol === protocol;

/** A frame's own header is there where the packet came in by a device that has one. */
function hasFrame({ input: { meta } }: NftBranch): boolean {
  if (meta.atDevice !== undefined) return meta.atDevice === 'ethernet';
  return meta.bridge !== undefined || (meta.iif !== undefined && meta.iif !== 'lo');
}

const PROTOCOLS: Readonly<Record<string, Protocol>> = {
  ether: { fields: ether, isIn: hasFrame },
  vlan: { fields: vlan, isIn: ({ input }) => input.meta.vlan !== undefined },
  arp: { fields: arp, isIn: ({ input }) => input.meta.arp !== undefined },
  ip: { fields: ip, isIn: ({ packet }) => packet.family === 4 && packet.protocol !== NO_PROTOCOL },
  ip6: { fields: ip6, isIn: ({ packet }) => packet.family === 6 },
  tcp: { fields: tcp, isIn: carries(PROTOCOL.tcp) },
  udp: { fields: udp, isIn: carries(PROTOCOL.udp) },
  udplite: { fields: udplite, isIn: carries(PROTOCOL.udplite) },
  sctp: { fields: sctp, isIn: carries(PROTOCOL.sctp) },
  dccp: { fields: dccp, isIn: carries(DCCP) },
  icmp: { fields: icmp, isIn: carries(PROTOCOL.icmp) },
  icmpv6: { fields: icmp, isIn: carries(PROTOCOL.icmpv6) },
  th: { fields: th, isIn: () => true },
};

/** Protocols that no packet of a walk is of: a rule that asks for a field of theirs never matches. */
const ABSENT_PROTOCOLS: Readonly<Record<string, number>> = { ah: 51, esp: 50, comp: 108, igmp: 2, gre: 47 };

/** Undefined for a header or field that is not known. */
export function payloadReader(protocol: string, field: string): FieldReader | undefined {
  const found = Object.hasOwn(PROTOCOLS, protocol) ? PROTOCOLS[protocol]! : undefined;
  if (found === undefined) {
    const number = Object.hasOwn(ABSENT_PROTOCOLS, protocol) ? ABSENT_PROTOCOLS[protocol] : undefined;
    if (number === undefined) return undefined;
    return ({ packet }) => (packet.protocol === number ? NOT_KNOWN : ABSENT);
  }
  const { fields, isIn } = found;
  const read = Object.hasOwn(fields, field) ? fields[field]! : undefined;
  return read === undefined ? undefined : (branch) => (isIn(branch) ? read(branch) : ABSENT);
}

function hasPorts(protocol: number): boolean {
  return (
    protocol === PROTOCOL.tcp ||
    protocol === PROTOCOL.udp ||
    protocol === PROTOCOL.udplite ||
    protocol === PROTOCOL.sctp ||
    protocol === DCCP
  );
}

function isIcmp(protocol: number): boolean {
  return protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
}
