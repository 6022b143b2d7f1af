/** `ct` keys: the connection that the packet belongs to (nft_ct.c). */
import type { Tuple } from '../../../model/flow.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import { lengthsOf } from '../../../model/packet-length.ts';
import { hasConnection, isAssured, isFirstPacket, isOnlyPacket } from '../../netfilter/connection-state.ts';
import type { NftBranch } from '../branch.ts';
import type { Field } from '../value.ts';
import { ABSENT, addressValue, anyOf, NEVER_KNOWN, NOT_KNOWN, NOT_KNOWN_OF_FLOW } from '../value.ts';
import type { FieldReader } from './payload.ts';

/** include/uapi/linux/netfilter/nf_conntrack_common.h: NF_CT_STATE_BIT */
const STATE_BIT = { INVALID: 1, ESTABLISHED: 2, RELATED: 4, NEW: 8, UNTRACKED: 64 } as const;
const STATUS = {
  expected: 1,
  seenReply: 2,
  assured: 4,
  confirmed: 8,
  snat: 16,
  dnat: 32,
} as const;
/** Bits of the status that a walk knows something of, and NAT is set up or not (SRC_NAT_DONE, DST_NAT_DONE). */
const ALL_STATUS = 0xffff;

const KEYS: Readonly<Record<string, FieldReader>> = {
  state: ({ ct }) => STATE_BIT[ct.state],
  status: withConnection(statusOf),
  direction: withConnection(({ ct }) => (ct.direction === 'original' ? 0 : 1)),
  mark: withConnection(({ ct }) => ct.mark),
  zone: withConnection(({ ct }) => ct.zone),
  protocol: withConnection(({ ct, packet }) => ct.original?.protocol ?? packet.protocol),
  l3proto: withConnection(({ packet }) => (packet.family === 4 ? 2 : 10)),
  secmark: withConnection(() => NOT_KNOWN_OF_FLOW),
  expiration: withConnection(() => NEVER_KNOWN),
  helper: withConnection(() => NOT_KNOWN_OF_FLOW),
  label: withConnection(() => NOT_KNOWN_OF_FLOW),
  id: withConnection(() => NOT_KNOWN_OF_FLOW),
  event: withConnection(() => NOT_KNOWN_OF_FLOW),
  bytes: withConnection((branch) => countOf(branch, 'bytes', 'original')),
  packets: withConnection((branch) => countOf(branch, 'packets', 'original')),
  avgpkt: withConnection((branch) => countOf(branch, 'avgpkt', 'original')),
};

/** Keys that ask for one direction's half of the connection. */
const TUPLE_KEYS: Readonly<Record<string, (tuple: Tuple) => Field>> = {
  saddr: ({ src }) => addressValue(src),
  'ip saddr': ({ src }) => addressValue(src),
  'ip6 saddr': ({ src }) => addressValue(src),
  daddr: ({ dst }) => addressValue(dst),
  'ip daddr': ({ dst }) => addressValue(dst),
  'ip6 daddr': ({ dst }) => addressValue(dst),
  'proto-src': (tuple) => portOf(tuple, 'sport'),
  'proto-dst': (tuple) => portOf(tuple, 'dport'),
};

/** Undefined for a key that is not known. `direction`: the half that is asked for, where one is. */
export function ctReader(key: string, direction: 'original' | 'reply' | undefined): FieldReader | undefined {
  if (direction === undefined) return Object.hasOwn(KEYS, key) ? KEYS[key] : undefined;
  const read = Object.hasOwn(TUPLE_KEYS, key) ? TUPLE_KEYS[key]! : undefined;
  if (read === undefined) {
    if (key === 'l3proto' || key === 'protocol' || key === 'zone') return KEYS[key];
    return key === 'bytes' || key === 'packets' || key === 'avgpkt'
      ? withConnection((branch) => countOf(branch, key, direction))
      : undefined;
  }
  return withConnection(({ ct, packet }) => {
    const tuple = direction === 'original' ? ct.original : ct.reply;
    if (tuple === undefined) return NOT_KNOWN;
    if (key.startsWith('ip ') && packet.family !== 4) return ABSENT;
    if (key.startsWith('ip6 ') && packet.family !== 6) return ABSENT;
    return read(tuple);
  });
}

function withConnection(read: FieldReader): FieldReader {
  return (branch) => (hasConnection(branch.ct) ? read(branch) : ABSENT);
}

function statusOf({ ct, input }: NftBranch): Field {
  const assured = isAssured(ct);
  const isReplied = !isFirstPacket(ct);
  const isLooped = (input.hook === 'prerouting' || input.hook === 'input') && input.meta.iif === 'lo';
  const value =
    (isReplied ? STATUS.seenReply : 0) |
    (assured === true ? STATUS.assured : 0) |
    (isReplied || isLooped ? STATUS.confirmed : 0) |
    (ct.isSnat ? STATUS.snat : 0) |
    (ct.isDnat ? STATUS.dnat : 0);
  const known =
    STATUS.seenReply |
    STATUS.confirmed |
    STATUS.snat |
    STATUS.dnat |
    (assured === undefined ? 0 : STATUS.assured) |
    (ct.state === 'RELATED' ? 0 : STATUS.expected);
  return { kind: 'bits', value, known: known & ALL_STATUS };
}

/** Of ICMP these are the identifier, and type and code. */
function portOf(tuple: Tuple, side: 'sport' | 'dport'): Field {
  if (tuple.protocol === PROTOCOL.icmp || tuple.protocol === PROTOCOL.icmpv6) return NOT_KNOWN_OF_FLOW;
  const { min, max } = tuple[side];
  return min === max ? min : NOT_KNOWN;
}

/** For the first packet the connection's counters are its own; the rule itself turns counting on (nft_ct_get_init). */
function countOf({ ct, packet }: NftBranch, key: string, direction: 'original' | 'reply'): Field {
  if (!isOnlyPacket(ct)) return NEVER_KNOWN;
  if (direction === 'reply') return 0;
  return key === 'packets' ? 1 : anyOf(lengthsOf(packet));
}
