/** Which local socket takes a packet (inet_hashtables.c, udp.c): the most specific one. */
import { isMulticast, sameIP } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import { PROTOCOL, protocolName } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { ListeningSocket } from '../state.ts';
import { bindingOf, isInVrf, isOnDevice } from './bound.ts';

export interface SocketOptions {
  /**
   * Device that the packet came in by; absent: not known. For traffic inside the namespace it is the device that owns
   * the destination (`nexthop.dev` of its local route), not `lo`: sockets bound to `eth0` take what is sent to eth0's
   * address from here, those bound to `lo` do not.
   */
  readonly iif?: string;
  /** The VRF that the device belongs to: sockets that are bound to neither are asked only where a sysctl says so. */
  readonly vrf?: string;
  /** A sysctl by its path under /proc/sys/net. */
  readonly sysctl: (key: string) => string | undefined;
}

export type SocketAnswer =
  /** `socket.isFull` says that its accept queue has no place: the kernel drops the SYN. */
  | { readonly kind: 'found'; readonly socket: ListeningSocket }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Takes the first packet of a new flow: a SYN or a datagram. A destination port that is a range is not one packet. */
export function lookupSocket(
  sockets: readonly ListeningSocket[],
  packet: Packet,
  options: SocketOptions,
): SocketAnswer {
  const protocol = packet.protocol === PROTOCOL.tcp ? 'tcp' : packet.protocol === PROTOCOL.udp ? 'udp' : undefined;
  if (protocol === undefined)
    return { kind: 'unknown', reason: `sockets of protocol ${protocolName(packet.protocol)} are not in the dump` };
  if (packet.dport.min !== packet.dport.max) return { kind: 'unknown', reason: 'the destination port is a range' };
  if (isMulticast(packet.dst))
    return { kind: 'unknown', reason: 'who has joined the multicast group is not in the dump' };
  const candidates = sockets.filter(
    (socket) => socket.protocol === protocol && socket.port === packet.dport.min && isOpen(socket),
  );
  // Sockets bound to the address itself are asked first and go before any wildcard, however well that would score.
  return (
    best(candidates, { packet, options, binding: 'address' }) ??
    best(candidates, { packet, options, binding: 'wildcard' }) ?? { kind: 'none' }
  );
}

/** A TCP socket takes new connections only where it listens. */
function isOpen(socket: ListeningSocket): boolean {
  return socket.protocol === 'udp' ? socket.state !== 'CLOSED' : socket.state === 'LISTEN';
}

interface Ask {
  readonly packet: Packet;
  readonly options: SocketOptions;
  readonly binding: 'address' | 'wildcard';
}

function best(candidates: readonly ListeningSocket[], ask: Ask): SocketAnswer | undefined {
  let found: ListeningSocket | undefined;
  let uncertain: string | undefined;
  let score = 0;
  for (const socket of candidates) {
    if (bindingOf(socket, ask.packet.dst) !== ask.binding) continue;
    const own = scoreOf(socket, ask);
    if (typeof own === 'string') uncertain ??= own;
    else if (own > score) [found, score] = [socket, own];
  }
  // Whichever of them takes it, it is taken: what is not known matters only where there is no other.
  if (found !== undefined) return { kind: 'found', socket: found };
  return uncertain === undefined ? undefined : { kind: 'unknown', reason: uncertain };
}

/** compute_score of both protocols; 0: not this one; text: not known, and why. */
function scoreOf(socket: ListeningSocket, { packet, options }: Ask): number | string {
  const peer = peerScore(socket, packet);
  if (peer === 0) return 0;
  const isOn = options.vrf === undefined ? isOnDevice(socket, options.iif) : isInVrf(socket, options);
  if (isOn === false) return 0;
  if (isOn === undefined)
    return `socket "${socket.raw}" is bound to ${socket.dev}, and the packet's device is not known`;
  if (typeof peer === 'string') return peer;
  // A v4 socket goes before a v6 one that takes v4 too.
  const isOwnFamily = packet.family === 4 && socket.family === 4;
  if (socket.protocol === 'tcp') return (socket.dev === undefined ? 1 : 2) + (isOwnFamily ? 1 : 0);
  return (isOwnFamily ? 2 : 1) + peer + (socket.dev === undefined ? 0 : 4);
}

/** A connected socket takes its peer's packets only: 9 for it, 1 where there is no peer, 0 for somebody else's. */
function peerScore(socket: ListeningSocket, packet: Packet): number | string {
  const { peer } = socket;
  if (peer === undefined) return 1;
  if (!isSamePeer(peer.ip, packet) || peer.port < packet.sport.min || peer.port > packet.sport.max) return 0;
  if (packet.sport.min === packet.sport.max) return 9;
  return `socket "${socket.raw}" takes packets from port ${peer.port} only, and the source port is not chosen yet`;
}

function isSamePeer(peer: IP, packet: Packet): boolean {
  if (peer.family === packet.src.family) return sameIP(peer, packet.src);
  return (
    peer.family === 6 &&
    packet.src.family === 4 &&
    peer.a === 0 &&
    peer.b === 0 &&
    peer.c === 0xffff &&
    peer.d === packet.src.a
  );
}
