/** The last steps of a packet that is for this namespace: INPUT, then a tunnel, the kernel itself, or a socket. */
import { formatHostPort } from '../../model/address.ts';
import { formatPorts, PROTOCOL, protocolName } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import { answersEcho, lookupSocket } from '../socket/index.ts';
import { decapsulate } from '../tunnel/decapsulate.ts';
import { programOfCgroup } from '../attached/cgroups.ts';
import { answers } from '../conntrack/connection.ts';
import { passesXfrm } from '../xfrm/policy.ts';
import { runHook } from './run-hook.ts';
import { strangerFor } from './stranger.ts';
import type { Walk } from './walk.ts';
import { end, leave, note, seenByProgram, unknown, unknownSection } from './walk.ts';

export function deliver(walk: Walk, iif: string): void {
  runHook(walk, 'input', { iif, oif: undefined }, (after) => handOver(after, iif));
}

function handOver(walk: Walk, iif: string): void {
  const { packet, run } = walk;
  if (!passesXfrm(walk, iif, ['in'])) return;
  if (packet.inner !== undefined && walk.member !== undefined)
    return unknown(
      walk,
      'unknown-device',
      `a tunnel packet comes in by the VRF ${iif} of ${walk.ns.key}, which is not followed`,
    );
  if (packet.inner !== undefined) return decapsulate(walk, packet.inner);
  const isEcho = packet.protocol === PROTOCOL.icmp || packet.protocol === PROTOCOL.icmpv6;
  // the kernel's own answers are no process's
  const program = isEcho && run.awaited === undefined ? undefined : programOfCgroup(walk.ns);
  if (program !== undefined) return seenByProgram(walk, program);
  if (run.awaited !== undefined) return handToAsker(walk, iif, run.awaited);
  if (isEcho) return answerEcho(walk, iif);
  if (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp) {
    return unknown(walk, 'unknown-state', `sockets of protocol ${protocolName(packet.protocol)} are not in the dump`);
  }
  const { sockets } = walk.ns;
  if (!sockets.ok) return unknownSection(walk, sockets.missing);
  const asked: Packet =
    walk.tproxy === undefined
      ? packet
      : { ...packet, dst: walk.tproxy.address ?? packet.dst, dport: { min: walk.tproxy.port, max: walk.tproxy.port } };
  const found = lookupSocket(sockets.value, asked, {
    ...(walk.member === undefined ? { iif: ownerDevice(walk, iif) } : { iif: walk.member, vrf: iif }),
    sysctl: (key) => walk.ns.sysctl(key),
  });
  if (found.kind === 'unknown') return unknown(walk, 'unknown-state', found.reason);
  const isAnycast = walk.route?.kind === 'anycast' && packet.protocol === PROTOCOL.tcp;
  if (found.kind === 'none') return refuse(walk, isAnycast ? 'timeout' : 'ECONNREFUSED');
  // tcp_v6_conn_request
  if (isAnycast)
    return end(walk, 'dropped', `${packet.dst.text} is an anycast address, and TCP takes no connections to those`, {
      evidence: walk.route?.evidence ?? [],
    });
  if (found.socket.isFull) {
    return end(walk, 'dropped', `the accept queue of the socket is full, so the kernel drops new connections`, {
      evidence: [{ kind: 'socket', raw: found.socket.raw }],
    });
  }
  run.emit({
    kind: 'deliver',
    ...leave(note(walk, 'socket', 'a socket takes the packet', { kind: 'socket', raw: found.socket.raw })),
    iif,
    socket: found.socket,
    ...(walk.tproxy === undefined ? {} : { isTransparent: true }),
  });
}

/** Sockets on other ports that are named where none is on the right one. */
const MOST_NEAR = 3;

/** Traffic inside a namespace comes in by lo, but a socket that is bound to a device sees the one that has the address. */
function ownerDevice(walk: Walk, iif: string): string {
  return iif === 'lo' ? (walk.route?.nexthop?.dev ?? iif) : iif;
}

/** A reset never answers what came to an anycast address (tcp_v6_send_reset). */
function refuse(walk: Walk, notice: 'ECONNREFUSED' | 'timeout'): void {
  const { packet, ns } = walk;
  const where = formatHostPort(packet.dst, formatPorts(packet.dport));
  const name = protocolName(packet.protocol);
  const all = ns.sockets.ok
    ? ns.sockets.value.filter((socket) => socket.protocol === name && socket.peer === undefined)
    : [];
  const samePort = all.filter((socket) => socket.port === packet.dport.min);
  const near = samePort.length > 0 ? samePort : all.slice(0, MOST_NEAR);
  end(walk, 'connection-refused', `nothing listens on ${name} ${where} in ${ns.key}`, {
    evidence: near.map((socket) => ({
      kind: 'socket' as const,
      raw: socket.raw,
      where: samePort.length > 0 ? 'has the port, but does not take this packet' : 'listens, on another port',
    })),
    notice,
  });
}

/** The kernel answers echo requests itself. */
function answerEcho(walk: Walk, iif: string): void {
  const isEcho = walk.packet.icmpType === (walk.packet.family === 4 ? 8 : 128);
  if (!isEcho) return unknown(walk, 'unknown-state', `ICMP type ${walk.packet.icmpType ?? '?'} is not an echo request`);
  const to = walk.route?.kind === 'anycast' ? 'anycast' : 'local';
  const { isAnswered, evidence } = answersEcho(walk.packet, to, { iif, sysctl: (key) => walk.ns.sysctl(key) });
  if (!isAnswered) return end(walk, 'dropped', `${walk.ns.key} ignores echo requests`, { evidence });
  // icmpv6_echo_reply
  if (to === 'anycast')
    return unknown(
      walk,
      'unknown-state',
      `the answer to the anycast address ${walk.packet.dst.text} comes from another one`,
    );
  walk.run.emit({ kind: 'deliver', ...leave(note(walk, 'socket', 'the kernel answers the echo request')), iif });
}

/** A reply must come back to the namespace that asked, and look as if it came from where the question went. */
function handToAsker(walk: Walk, iif: string, awaited: NonNullable<Walk['run']['awaited']>): void {
  const { packet } = walk;
  const { tuple } = awaited;
  if (walk.member !== undefined && awaited.what === 'the client')
    return unknown(
      walk,
      'unknown-device',
      `an answer comes in by the VRF ${iif} of ${walk.ns.key}, and whether the client is bound to it is not known`,
    );
  if (walk.ns.key === awaited.nsKey && answers(tuple, packet)) {
    return walk.run.emit({ kind: 'deliver', ...leave(note(walk, 'socket', `${awaited.what} takes the packet`)), iif });
  }
  const got = `${formatHostPort(packet.src, formatPorts(packet.sport))} to ${formatHostPort(packet.dst, formatPorts(packet.dport))}`;
  const wanted = `${formatHostPort(tuple.src, formatPorts(tuple.sport))} to ${formatHostPort(tuple.dst, formatPorts(tuple.dport))}`;
  const stranger = packet.protocol === PROTOCOL.udp ? strangerFor(walk) : undefined;
  const taken = stranger === undefined ? '' : ', where a program takes it for a datagram of its own';
  const message = `the packet arrives in ${walk.ns.key} as ${got}${taken}, but ${awaited.what} waits for ${wanted}`;
  end(walk, 'nat-failed', message, {
    evidence: stranger === undefined ? [] : [{ kind: 'socket', raw: stranger.raw }],
  });
}
