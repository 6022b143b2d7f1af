/** `meta` keys: what the kernel knows of a packet beside its bytes (nft_meta.c). */
import { isMulticast } from '../../../model/address.ts';
import { isFirstPacket } from '../../netfilter/connection-state.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { ABSENT, NEVER_KNOWN, NOT_KNOWN, NOT_KNOWN_OF_FLOW } from '../value.ts';
import type { FieldReader } from './payload.ts';
import { etherType, lengthWithout, NO_PROTOCOL } from './payload.ts';

const PACKET_TYPE = { host: 0, broadcast: 1, multicast: 2, otherhost: 3, loopback: 5 } as const;
/** ARP hardware types (include/uapi/linux/if_arp.h). */
const ARPHRD_ETHER = 1;
const ARPHRD_LOOPBACK = 772;
/** include/uapi/linux/netfilter.h */
const NFPROTO_BRIDGE = 7;
const NFPROTO_ARP = 3;

const inName: FieldReader = ({ input }) => input.meta.iif ?? '';
const outName: FieldReader = ({ input }) => input.meta.oif ?? '';

const KEYS: Readonly<Record<string, FieldReader>> = {
  // a frame that goes out is as long as it is with its own header
  length: ({ packet, input: { hook } }) => (hook === 'egress' ? NOT_KNOWN_OF_FLOW : lengthWithout(packet, 0)),
  protocol: ({ packet }) => etherType(packet),
  nfproto: protocolFamily,
  l4proto: ({ packet }) => (packet.protocol === NO_PROTOCOL ? ABSENT : packet.protocol),
  mark: ({ packet }) => packet.mark,
  // Indexes are printed and compared as the names that they have; 0 is none.
  iif: ({ input }) => input.meta.iif ?? 0,
  iifname: inName,
  oif: ({ input }) => input.meta.oif ?? 0,
  oifname: outName,
  iiftype: ({ input }) => deviceType(input.meta.iif),
  oiftype: ({ input }) => deviceType(input.meta.oif),
  iifgroup: ({ input }) => groupOf(input, input.meta.iif),
  oifgroup: ({ input }) => groupOf(input, input.meta.oif),
  iifkind: () => NOT_KNOWN_OF_FLOW,
  oifkind: () => NOT_KNOWN_OF_FLOW,
  pkttype: packetType,
  skuid: ofSocket,
  skgid: ofSocket,
  cgroup: ofSocket,
  rtclassid: () => NOT_KNOWN_OF_FLOW,
  priority: () => NOT_KNOWN_OF_FLOW,
  secmark: () => NOT_KNOWN_OF_FLOW,
  secpath: () => NOT_KNOWN_OF_FLOW,
  ipsec: () => NOT_KNOWN_OF_FLOW,
  time: () => NOT_KNOWN_OF_FLOW,
  day: () => NOT_KNOWN_OF_FLOW,
  hour: () => NOT_KNOWN_OF_FLOW,
  cpu: () => NEVER_KNOWN,
  random: () => NEVER_KNOWN,
  sdif: ({ input }) => (input.meta.isOfVrf === true ? NOT_KNOWN_OF_FLOW : 0),
  sdifname: ({ input }) => (input.meta.isOfVrf === true ? NOT_KNOWN_OF_FLOW : ''),
  ibrname: bridgeIn,
  ibridgename: bridgeIn,
  obrname: bridgeOut,
  obridgename: bridgeOut,
  nftrace: () => 0,
};

/** Undefined for a key that is not known. */
export function metaReader(key: string): FieldReader | undefined {
  return Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
}

function protocolFamily({ packet, input: { meta } }: NftBranch): Field {
  if (meta.bridge !== undefined) return NFPROTO_BRIDGE;
  if (meta.arp !== undefined) return NFPROTO_ARP;
  // netdev and inet see the same packets there, each by a number of its own
  if (meta.atDevice !== undefined) return NOT_KNOWN_OF_FLOW;
  return packet.family === 4 ? 2 : 10;
}

/** Veths, bridges and network cards all count as Ethernet. */
function deviceType(name: string | undefined): Field {
  if (name === undefined) return ABSENT;
  return name === 'lo' ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
}

function groupOf({ env }: NftBranch['input'], name: string | undefined): Field {
  return name === undefined ? ABSENT : (env.deviceGroup?.(name) ?? NOT_KNOWN_OF_FLOW);
}

/** What this host sends to a group and hears itself counts by its destination (nft_meta_get_eval_pkttype_lo). */
function packetType({ packet, input: { meta } }: NftBranch): Field {
  // a frame for the bridge is one for another host to its ports: by whose MAC address it was judged is not followed
  if (meta.bridge !== undefined || meta.arp !== undefined) return NOT_KNOWN_OF_FLOW;
  if (meta.pkttype !== 'loopback') return PACKET_TYPE[meta.pkttype];
  return isMulticast(packet.dst) ? PACKET_TYPE.multicast : PACKET_TYPE.broadcast;
}

/**
 * Packets that were not made here have no socket (nft_meta_get_eval_skugid), but what belongs to a connection may have
 * been given its socket before INPUT (ip_rcv_finish_core). The kernel's own answers have none to speak of.
 */
function ofSocket({ input, packet, ct }: NftBranch): Field {
  if (!input.meta.isLocal) {
    const isGiven = input.hook === 'input' && (!isFirstPacket(ct) || isMulticast(packet.dst));
    return isGiven ? NOT_KNOWN_OF_FLOW : ABSENT;
  }
  return ct.direction === 'reply' ? NOT_KNOWN : NOT_KNOWN_OF_FLOW;
}

/** Only in the bridge family; elsewhere the key is refused at load. A frame that the bridge itself sends came in by no port. */
function bridgeIn({ input: { meta } }: NftBranch): Field {
  return meta.iif === undefined ? ABSENT : (meta.bridge ?? NOT_KNOWN_OF_FLOW);
}

function bridgeOut({ input: { meta } }: NftBranch): Field {
  return meta.oif === undefined ? ABSENT : (meta.bridge ?? NOT_KNOWN_OF_FLOW);
}
