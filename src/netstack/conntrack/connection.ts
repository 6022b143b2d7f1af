/** One tracked connection of one namespace, as an immutable value: a walk that forks keeps its own copy. */
import { sameIP } from '../../model/address.ts';
import type { CtInfo, Tuple } from '../../model/flow.ts';
import type { Packet, PortRange } from '../../model/packet.ts';
import { PROTOCOL, TCP_FLAG } from '../../model/packet.ts';

export type Direction = 'original' | 'reply';

export interface Connection {
  readonly original: Tuple;
  /** What a reply looks like on the wire: NAT so far is in here (nf_conntrack's reply tuple). */
  readonly reply: Tuple;
  readonly mark: number;
  readonly zone: number;
  readonly isSnat: boolean;
  readonly isDnat: boolean;
  /** The nat tables have been asked for this manipulation; they are never asked again. */
  readonly srcDone: boolean;
  readonly dstDone: boolean;
  readonly seenReply: boolean;
  /** Earlier packets of it came through here. */
  readonly isOld?: true;
}

export function tupleOf(packet: Packet): Tuple {
  return { src: packet.src, dst: packet.dst, protocol: packet.protocol, sport: packet.sport, dport: packet.dport };
}

export function invert(tuple: Tuple): Tuple {
  return { src: tuple.dst, dst: tuple.src, protocol: tuple.protocol, sport: tuple.dport, dport: tuple.sport };
}

export function newConnection(packet: Packet, zone: number): Connection {
  const original = tupleOf(packet);
  return {
    original,
    reply: invert(original),
    mark: 0,
    zone,
    isSnat: false,
    isDnat: false,
    srcDone: false,
    dstDone: false,
    seenReply: false,
  };
}

/** The connection that the packet belongs to, and in which direction. The newest is tried first. */
export function findConnection(
  connections: readonly Connection[],
  packet: Packet,
  zone: number,
): { readonly index: number; readonly direction: Direction } | undefined {
  for (let index = connections.length - 1; index >= 0; index--) {
    const connection = connections[index]!;
    if (connection.zone !== zone) continue;
    // the type of an echo is part of its tuple: a request that loops back is no reply (nf_conntrack_icmp.c)
    const isEcho = packet.icmpType !== undefined;
    const isOriginal = covers(connection.original, packet) && !(isEcho && looksLikeReply(packet));
    const isReply = covers(connection.reply, packet) && (!isEcho || looksLikeReply(packet));
    if (isOriginal && isReply) return { index, direction: looksLikeReply(packet) ? 'reply' : 'original' };
    if (isOriginal || isReply) return { index, direction: isReply ? 'reply' : 'original' };
  }
  return undefined;
}

/** A reply tells which of the possible ports the connection has: what follows has the same (the kernel never had but one). */
export function narrowTo(connection: Connection, reply: Packet): Connection {
  const { original } = connection;
  const isSame = (one: PortRange, other: PortRange): boolean => one.min === other.min && one.max === other.max;
  return {
    ...connection,
    original: {
      ...original,
      sport: isSame(original.sport, connection.reply.dport) ? reply.dport : original.sport,
      dport: isSame(original.dport, connection.reply.sport) ? reply.sport : original.dport,
    },
    reply: { ...connection.reply, sport: reply.sport, dport: reply.dport },
  };
}

/** The connection that an ICMP error is about: the error goes against the direction of the packet that it quotes (nf_conntrack_inet_error). */
export function findRelated(
  connections: readonly Connection[],
  quoted: Packet,
  zone: number,
): { readonly index: number; readonly direction: Direction } | undefined {
  for (let index = connections.length - 1; index >= 0; index--) {
    const connection = connections[index]!;
    if (connection.zone !== zone) continue;
    // What was sent on after NAT is the mirror image of the reply that is waited for.
    if (covers(invert(connection.reply), quoted)) return { index, direction: 'reply' };
    if (covers(invert(connection.original), quoted)) return { index, direction: 'original' };
  }
  return undefined;
}

/**
 * A packet that no entry knows opens a connection, unless its protocol says that it can't be a first one:
 * a SYN+ACK, an echo reply, an ICMP error (nf_conntrack_proto_tcp.c tcp_new, nf_conntrack_proto_icmp.c).
 * A lone ACK would be picked up (nf_conntrack_tcp_loose).
 */
export function mayOpen(packet: Packet, isLoose: boolean): boolean {
  if (packet.protocol === PROTOCOL.tcp) {
    const flags = packet.tcpFlags & (TCP_FLAG.syn | TCP_FLAG.ack | TCP_FLAG.rst | TCP_FLAG.fin);
    return flags === TCP_FLAG.syn || (isLoose && flags === TCP_FLAG.ack);
  }
  if (packet.protocol === PROTOCOL.icmp)
    return packet.icmpType === 8 || packet.icmpType === 13 || packet.icmpType === 15 || packet.icmpType === 17;
  if (packet.protocol === PROTOCOL.icmpv6) return packet.icmpType === 128;
  return true;
}

/** A plain ACK of the client before any reply was seen here: the handshake's other half went another way. */
export function isOutOfState(connection: Connection, direction: Direction, packet: Packet): boolean {
  if (packet.protocol !== PROTOCOL.tcp || connection.seenReply || direction !== 'original') return false;
  return (packet.tcpFlags & (TCP_FLAG.syn | TCP_FLAG.ack)) === TCP_FLAG.ack;
}

export function ctInfoOf(connection: Connection, direction: Direction, isRelated = false): CtInfo {
  return {
    state: isRelated ? 'RELATED' : connection.seenReply || direction === 'reply' ? 'ESTABLISHED' : 'NEW',
    direction,
    original: connection.original,
    reply: connection.reply,
    isSnat: connection.isSnat,
    isDnat: connection.isDnat,
    mark: connection.mark,
    zone: connection.zone,
    isOld: connection.isOld,
  };
}

/** Whether all ports of `part` lie in `whole`. */
export function holds(whole: PortRange, part: PortRange): boolean {
  return part.min >= whole.min && part.max <= whole.max;
}

/** Whether a socket that waits for `tuple` takes the packet: the answer itself, or an error about the question. */
export function answers(tuple: Tuple, packet: Packet): boolean {
  return packet.quoted === undefined ? covers(tuple, packet) : covers(invert(tuple), packet.quoted);
}

/** Whether all that `part` may be, a packet or a tuple, is of the tuple. */
export function covers(tuple: Tuple, part: Tuple): boolean {
  return (
    tuple.protocol === part.protocol &&
    sameIP(tuple.src, part.src) &&
    sameIP(tuple.dst, part.dst) &&
    holds(tuple.sport, part.sport) &&
    holds(tuple.dport, part.dport)
  );
}

/** Where both tuples fit (a host that talks to itself), flags and ICMP types tell the direction. */
function looksLikeReply(packet: Packet): boolean {
  if (packet.protocol === PROTOCOL.tcp) {
    return (packet.tcpFlags & (TCP_FLAG.syn | TCP_FLAG.ack)) === (TCP_FLAG.syn | TCP_FLAG.ack);
  }
  return packet.icmpType === 0 || packet.icmpType === 129;
}
