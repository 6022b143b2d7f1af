/** ip_vs_xmit.c: sends a packet of a connection on to its real server. */
import { formatHostPort, isLoopback } from '../../model/address.ts';
import { formatPorts, NO_PORT, PROTOCOL } from '../../model/packet.ts';
import type { Evidence } from '../../model/evidence.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { RouteAnswer } from '../router/types.ts';
import type { VirtualConnection } from '../ipvs/connection.ts';
import { mtuOf } from './forward.ts';
import { expectFromReal, outOfConntrack } from './ipvs-conntrack.ts';
import { leaveByRoute } from './leave.ts';
import { outDevice } from './output.ts';
import { followAnswers } from './route.ts';
import { runHook } from './run-hook.ts';
import type { Next, Walk } from './walk.ts';
import { end, note, unknown, unknownSection } from './walk.ts';

/** `next` gets a packet whose real server is this namespace itself, which goes on in the hook. */
export function transmitToReal(walk: Walk, connection: VirtualConnection, next: Next): void {
  const evidence = evidenceOf(walk, connection);
  switch (connection.method) {
    case 'masquerade':
    case 'route':
      return withRouteToReal(walk, connection, (routed, answer) => send(routed, connection, answer, next));
    case 'local':
      return pass(walk, connection, next);
    case 'tunnel':
    case 'bypass':
      return unknown(walk, 'unknown-rule', `IPVS forwards by ${connection.method}, which is not walked yet`, evidence);
    default:
      return assertNever(connection.method);
  }
}

/** do_output_route4: the way to the real server alone decides, no mark, no source and no port. */
function withRouteToReal(
  walk: Walk,
  { real }: VirtualConnection,
  next: (walk: Walk, answer: RouteAnswer) => void,
): void {
  const { router } = walk.ns;
  if (!router.ok) return unknownSection(walk, router.missing);
  const before = walk.route;
  const key = { dst: real.address, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT };
  followAnswers(walk, router.value.lookup(key), (routed, answer) => {
    routed.route = before;
    next(routed, answer);
  });
}

function send(walk: Walk, connection: VirtualConnection, answer: RouteAnswer, next: Next): void {
  const { ns, packet } = walk;
  const { method, real } = connection;
  const evidence = [...evidenceOf(walk, connection), ...answer.evidence];
  if (answer.kind === 'local') {
    if (method === 'route') {
      // crosses_local_route_boundary
      if (walk.route?.kind !== 'local') return noWay(walk, connection, evidence);
      return pass(walk, connection, next);
    }
    // ip_vs_nat_xmit: "From world but DNAT to loopback address"
    if (isLoopback(real.address) && walk.iif !== undefined)
      return end(walk, 'martian', `IPVS does not send what came in to ${real.address.text}`, { evidence });
    rewrite(walk, connection);
    return pass(walk, connection, next);
  }
  if (answer.kind !== 'unicast') return noWay(walk, connection, evidence);
  const isFromLoopback = isLoopback(packet.src) && (packet.family === 4 || walk.iif === undefined || walk.iif === 'lo');
  if (isFromLoopback) return noWay(walk, connection, evidence);
  if (packet.ttl <= 1)
    return end(walk, 'ttl', `the ${packet.family === 4 ? 'TTL' : 'hop limit'} ends at IPVS of ${ns.key}`, {
      notice: 'EHOSTUNREACH',
    });
  const oif = outDevice(answer);
  walk.route = answer;
  const mtu = mtuOf(walk, oif);
  if (mtu !== undefined && packet.length > mtu.value && (packet.df || packet.family === 6)) {
    return end(
      walk,
      'mtu',
      `a packet of ${packet.length} bytes does not fit ${oif} of ${ns.key} (MTU ${mtu.value}) and IPVS does not fragment it`,
      { evidence: [mtu.evidence], notice: 'EMSGSIZE' },
    );
  }
  walk.packet = { ...packet, ttl: packet.ttl - 1 };
  if (method === 'masquerade') rewrite(walk, connection);
  own(walk, connection);
  // The packet is sent as one that is made here: OUTPUT sees it, the second time if it was made here.
  runHook(walk, 'output', { iif: undefined, oif }, leaveByRoute);
}

function rewrite(walk: Walk, { real }: VirtualConnection): void {
  const { packet } = walk;
  walk.packet = { ...packet, dst: real.address, dport: real.port };
  const [from, to] = [
    formatHostPort(packet.dst, formatPorts(packet.dport)),
    formatHostPort(real.address, formatPorts(real.port)),
  ];
  note(walk, 'nat', `IPVS: destination ${from} becomes ${to}`);
}

/** The packet is IPVS's from here on (skb->ipvs_property). */
function own(walk: Walk, connection: VirtualConnection): void {
  walk.virtual = connection;
  if (!connection.isTracked) outOfConntrack(walk);
  else if (connection.method === 'masquerade') expectFromReal(walk, connection);
}

function pass(walk: Walk, connection: VirtualConnection, next: Next): void {
  own(walk, connection);
  next(walk);
}

/** dst_link_failure: the sender is told by the route that the packet came with. */
function noWay(walk: Walk, { real }: VirtualConnection, evidence: readonly Evidence[]): void {
  end(walk, 'no-route', `IPVS of ${walk.ns.key} has no way for the packet to its real server ${real.address.text}`, {
    evidence,
    notice: 'EHOSTUNREACH',
  });
}

export function evidenceOf(walk: Walk, { service, server }: VirtualConnection): readonly Evidence[] {
  return [service, server].map((raw) => ({ kind: 'rule', raw, where: `IPVS of ${walk.ns.key}` }));
}

/** Protocols that IPVS has services for. */
export const IPVS_PROTOCOLS: ReadonlySet<number> = new Set([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.sctp]);
