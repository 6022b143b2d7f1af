/** The last part of a routed packet's way: POSTROUTING, then back in by lo, or to the neighbour and out. */
import { ip } from '../../model/address.ts';
import { NO_MAC } from '../../model/packet.ts';
import { resolveAndTransmit } from '../neighbour/resolve.ts';
import type { RouteAnswer } from '../router/types.ts';
import type { Neighbour } from '../state.ts';
import { passesXfrm } from '../xfrm/policy.ts';
import { outDevice } from './output.ts';
import { receiveLooped } from './receive.ts';
import { runHook } from './run-hook.ts';
import type { Walk } from './walk.ts';
import { end, MOST_ROUNDS, unknown } from './walk.ts';

export function leaveByRoute(walk: Walk): void {
  const { route } = walk;
  if (route === undefined) return unknown(walk, 'unknown-state', 'a packet without a route');
  if (route.isErrorLate === true) return discard(walk, route);
  const oif = outDevice(route);
  runHook(walk, 'postrouting', { iif: walk.iif, oif }, (after) => {
    // asked again with what NAT made of the packet (nf_xfrm_me_harder, ip_route_me_harder)
    if (!passesXfrm(after, oif, ['out'])) return;
    if (oif !== 'lo') return resolveAndTransmit(after, oif);
    const lo = walk.ns.link('lo');
    if (lo?.isUp === false)
      return end(after, 'link-down', `lo in ${walk.ns.key} is down`, { evidence: [{ kind: 'link', raw: lo.raw }] });
    const astray = entryOnLo(after);
    if (astray !== undefined)
      return end(after, 'wrong-neighbour', `a neighbour entry on lo of ${walk.ns.key} is for another MAC address`, {
        evidence: [{ kind: 'neighbour', raw: astray.raw }],
      });
    if (after.rounds >= MOST_ROUNDS) return end(after, 'loop', `the packet goes round in ${walk.ns.key}`);
    after.rounds += 1;
    receiveLooped(after);
  });
}

/** ip6_pkt_discard_out: the route frees what it is given, and an ICMP error says so. */
function discard(walk: Walk, { evidence }: RouteAnswer): void {
  const { packet, ns } = walk;
  end(walk, 'no-route', `the route to ${packet.dst.text} in ${ns.key} leads nowhere`, {
    evidence,
    notice: 'ENETUNREACH',
    isToldByMessage: true,
  });
}

/** An entry that somebody put there; IPv4 has one for all addresses on lo (arp_constructor). */
function entryOnLo({ ns, packet }: Walk): Neighbour | undefined {
  const entry = ns.neighbour('lo', packet.family === 4 ? ANY : packet.dst);
  return entry?.mac === undefined || entry.mac === NO_MAC ? undefined : entry;
}

const ANY = ip('0.0.0.0');
