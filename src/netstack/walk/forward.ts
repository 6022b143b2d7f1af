/** ip_forward and ip6_forward: switch, TTL, MTU, FORWARD, then out. */
import type { Evidence } from '../../model/evidence.ts';
import { inPieces } from '../../model/packet-length.ts';
import { oneHopOn } from '../../model/packet-ttl.ts';
import { passesXfrm } from '../xfrm/policy.ts';
import { leaveByRoute } from './leave.ts';
import { outDevice } from './output.ts';
import { runHook } from './run-hook.ts';
import type { Walk } from './walk.ts';
import { end, note, sysctlEvidence, unknown } from './walk.ts';

export function forward(walk: Walk, iif: string): void {
  const { packet, route, ns } = walk;
  if (route === undefined) return unknown(walk, 'unknown-state', 'a packet without a route');
  const oif = outDevice(route);
  if (packet.ttl <= 1) {
    return end(walk, 'ttl', `the ${packet.family === 4 ? 'TTL' : 'hop limit'} ends at ${ns.key}`, {
      notice: 'EHOSTUNREACH',
    });
  }
  if (!passesXfrm(walk, oif, ['fwd', 'out'])) return;
  const mtu = mtuOf(walk, oif);
  if (mtu !== undefined && packet.length > mtu.value && (packet.df || packet.family === 6)) {
    return end(
      walk,
      'mtu',
      `a packet of ${packet.length} bytes does not fit ${oif} of ${ns.key} (MTU ${mtu.value}) and may not be fragmented`,
      {
        evidence: [mtu.evidence],
        notice: 'EMSGSIZE',
        fits: mtu.value,
      },
    );
  }
  note(walk, 'forward', `from ${iif} to ${oif}`);
  const whole = oneHopOn(packet);
  walk.packet = mtu === undefined ? whole : inPieces(whole, mtu.value);
  runHook(walk, 'forward', { iif, oif }, leaveByRoute);
}

/** The sysctl that forbids forwarding of what comes in by the device; undefined where it is allowed. */
export function forwardingSwitch(walk: Walk, iif: string): Evidence | undefined {
  const { family } = walk.packet;
  if (family === 4) {
    const value = walk.ns.conf(4, iif, 'forwarding') ?? Number(walk.ns.sysctl('ipv4/ip_forward') ?? 0);
    return value === 0 ? sysctlEvidence(`ipv4/conf/${iif}/forwarding`, value) : undefined;
  }
  const all = walk.ns.conf(6, 'all', 'forwarding') ?? 0;
  const forced = walk.ns.conf(6, iif, 'force_forwarding') ?? 0;
  return all === 0 && forced === 0 ? sysctlEvidence('ipv6/conf/all/forwarding', all) : undefined;
}

/** The MTU of a route or of its device, with what says so. */
export function mtuOf(walk: Walk, oif: string): { readonly value: number; readonly evidence: Evidence } | undefined {
  const route = walk.route?.route;
  if (route?.mtu !== undefined) return { value: route.mtu, evidence: { kind: 'route', raw: route.raw } };
  const link = walk.ns.link(oif);
  return link === undefined ? undefined : { value: link.mtu, evidence: { kind: 'link', raw: link.raw } };
}
