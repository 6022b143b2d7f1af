/** The way of a packet that this namespace makes itself: route, source, OUTPUT, POSTROUTING, out. */
import type { Ending, Reason } from '../../model/path.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { RouteAnswer } from '../router/types.ts';
import { inPieces } from '../../model/packet-length.ts';
import { PROTOCOL, SYSTEM_TTL, TCP_FLAG, type Encapsulated, type Packet } from '../../model/packet.ts';
import { mtuOf } from './forward.ts';
import { passesXfrm } from '../xfrm/policy.ts';
import { leaveByRoute } from './leave.ts';
import { followAnswers, withRoute } from './route.ts';
import { runOutput } from './vrf.ts';
import type { Walk } from './walk.ts';
import { end, note, unknown, unknownSection } from './walk.ts';

/** Sends a packet whose source is fixed (a bound socket, a reply) or still to be chosen by the route. */
export function output(walk: Walk, source: 'given' | 'chosen-by-route'): void {
  if (source === 'chosen-by-route') return chooseSource(walk);
  const { cameBy } = walk.run;
  withRoute(walk, { iif: 'lo', ...(cameBy === undefined ? {} : { oif: cameBy }) }, (routed, answer) => {
    if (!leadsOn(answer)) return endWithoutRoute(routed, answer);
    if (!mayBeSource(routed)) return endWithoutRoute(routed, NOT_A_SOURCE);
    localOut(routed, answer);
  });
}

/** ip_route_output_key_hash_rcu: only a transparent socket sends from an address that the table local does not have. */
function mayBeSource({ packet, ns, run }: Walk): boolean {
  return packet.family === 6 || run.isTransparent === true || !ns.router.ok || ns.router.value.mayBeSource(packet.src);
}

const NOT_A_SOURCE: RouteAnswer = { kind: 'none', evidence: [], errno: 'ENETUNREACH' };

/**
 * A packet to an anycast address of this host comes back in by lo; IPv4 has no such addresses of its own. One whose
 * route errs late goes through OUTPUT first.
 */
export function leadsOn({ kind, route, isErrorLate }: RouteAnswer): boolean {
  return isErrorLate === true || kind === 'unicast' || kind === 'local' || (kind === 'anycast' && route?.family === 6);
}

/** connect(2): the route chooses the source, and may be asked again with it. */
function chooseSource(walk: Walk): void {
  const { router, sandbox } = walk.ns;
  if (sandbox !== undefined)
    return unknown(
      walk,
      'unknown-device',
      `${walk.ns.key} runs in a sandbox with a network stack of its own (${sandbox})`,
    );
  if (!router.ok) return unknownSection(walk, router.missing);
  const { dst, mark, tos, protocol, sport, dport } = walk.packet;
  const { cameBy } = walk.run;
  const bound = cameBy === undefined ? {} : { oif: cameBy, isOifHint: true as const };
  const ways = router.value.output({ dst, iif: 'lo', ...bound, mark, tos, protocol, sport, dport });
  followAnswers(
    walk,
    ways.map((way) => way.answer),
    (routed, answer, index) => {
      if (!leadsOn(answer)) return endWithoutRoute(routed, answer);
      const source =
        ways[index]?.source ?? router.value.selectSource({ dst, iif: 'lo', mark, tos, protocol, sport, dport }, answer);
      if (source === undefined) {
        return end(routed, 'no-address', `no address of ${walk.ns.key} can be the source for ${dst.text}`, {
          evidence: answer.evidence,
          notice: 'EADDRNOTAVAIL',
        });
      }
      routed.packet = { ...routed.packet, src: source.ip };
      if (!mayBeSource(routed)) return endWithoutRoute(routed, NOT_A_SOURCE);
      localOut(note(routed, 'route', `source ${source.ip.text}`, ...source.evidence), answer);
    },
  );
}

function localOut(walk: Walk, answer: RouteAnswer): void {
  const oif = outDevice(answer);
  const { packet } = walk;
  // a circular route: udp_tunnel_dst_lookup, ip_tunnel_xmit, ipip6_tunnel_xmit, ip6_tnl_xmit; wireguard looks for none
  if (walk.wrapper === oif)
    return end(walk, 'no-route', `the route to ${packet.dst.text} in ${walk.ns.key} leads back into ${oif} itself`, {
      evidence: answer.evidence,
    });
  const made = packet.ttl === SYSTEM_TTL ? { ...packet, ttl: systemTtl(walk, oif) } : packet;
  const isOwn = walk.origin !== undefined;
  walk.origin ??= made;
  if (!passesXfrm(walk, oif, ['out'])) return;
  const mtu = mtuOf(walk, oif);
  // TCP cuts its segments to fit, a datagram that must not be fragmented is refused at once.
  if (
    mtu !== undefined &&
    made.length > mtu.value &&
    made.df &&
    made.protocol === PROTOCOL.udp &&
    made.inner === undefined
  ) {
    walk.packet = made;
    return end(
      walk,
      'mtu',
      `a datagram of ${made.length} bytes does not fit ${oif} of ${walk.ns.key} (MTU ${mtu.value}) and may not be fragmented`,
      {
        evidence: [mtu.evidence],
        notice: 'EMSGSIZE',
        fits: mtu.value,
      },
    );
  }
  if (mtu !== undefined && made.length > mtu.value && made.inner !== undefined) {
    if (made.df) return endTooLargeOutside(walk, made, { mtu, fate: 'may not be fragmented' });
    if (isRemembered(made.inner, isOwn))
      return endTooLargeOutside(walk, made, {
        mtu,
        fate: 'goes in pieces, after which the kernel takes smaller ones alone',
      });
  }
  walk.packet = mtu === undefined ? made : fitted(made, mtu.value, walk.route?.route?.advmss);
  runOutput(walk, oif, leaveByRoute);
}

/** TCP cuts its segments to fit, and says in a SYN what it takes (dst_metric_advmss); other packets go in pieces. */
function fitted(made: Packet, mtu: number, advmss: number | undefined): Packet {
  const isSyn = made.protocol === PROTOCOL.tcp && (made.tcpFlags & TCP_FLAG.syn) !== 0;
  if (isSyn) return { ...made, length: Math.min(made.length, mtu), mss: advmss ?? mtu - (made.family === 4 ? 40 : 60) };
  if (made.protocol === PROTOCOL.tcp) return made.length <= mtu ? made : { ...made, length: mtu };
  return made.family === 6 || !made.df ? inPieces(made, mtu) : made;
}

/**
 * skb_tunnel_check_pmtu: a tunnel tells the route of what it carries how much fits. Forwarded IPv4 does not ask it, TCP of
 * this host sends less from then on.
 */
function isRemembered({ keys, frame }: Encapsulated, isOwn: boolean): boolean {
  const { family, protocol } = frame.packet;
  if (keys !== undefined) return false;
  return isOwn ? protocol !== PROTOCOL.tcp : family === 6;
}

/** A tunnel's packet that may not be cut: its own host is told, and who sent what is inside of it learns of it or not. */
function endTooLargeOutside(
  walk: Walk,
  made: Packet,
  { mtu, fate }: { readonly mtu: NonNullable<ReturnType<typeof mtuOf>>; readonly fate: string },
): void {
  walk.packet = made;
  unknown(
    walk,
    'mtu',
    `a tunnel packet of ${made.length} bytes does not fit ${walk.ns.key}'s way to ${made.dst.text} (MTU ${mtu.value}) and ${fate}`,
    [mtu.evidence],
  );
}

const DEFAULT_TTL = 64;

/** net.ipv4.ip_default_ttl; for IPv6 the hop limit of the egress interface (ip6_dst_hoplimit). */
function systemTtl(walk: Walk, oif: string): number {
  const { ns, packet } = walk;
  const value = packet.family === 4 ? ns.sysctl('ipv4/ip_default_ttl') : ns.sysctl(`ipv6/conf/${oif}/hop_limit`);
  return value === undefined ? DEFAULT_TTL : Number(value);
}

/** Packets to a local address leave by lo, whatever interface owns the address. */
export function outDevice(answer: RouteAnswer): string {
  return answer.kind === 'local' ? 'lo' : (answer.dev ?? 'lo');
}

const LOCAL_ERRORS: Readonly<
  Record<'unreachable' | 'prohibit' | 'blackhole' | 'none', readonly [Reason, NonNullable<Ending['notice']>, string]>
> = {
  none: ['no-route', 'ENETUNREACH', 'no route leads to'],
  unreachable: ['unreachable-route', 'EHOSTUNREACH', 'an unreachable route stands in the way to'],
  prohibit: ['prohibited', 'EACCES', 'a prohibit route stands in the way to'],
  blackhole: ['blackhole', 'EINVAL', 'a blackhole route swallows packets to'],
};

function endWithoutRoute(walk: Walk, answer: RouteAnswer): void {
  const { kind } = answer;
  switch (kind) {
    case 'none':
    case 'unreachable':
    case 'prohibit':
    case 'blackhole': {
      const [reason, notice, words] = LOCAL_ERRORS[kind];
      return end(walk, reason, `${words} ${walk.packet.dst.text} in ${walk.ns.key}`, {
        evidence: answer.evidence,
        notice: hasNoSource(walk) ? 'EADDRNOTAVAIL' : (answer.errno ?? notice),
      });
    }
    case 'broadcast':
    case 'multicast':
    case 'anycast':
    case 'unicast':
    case 'local':
    case 'unknown':
      return end(walk, 'unknown-state', `${walk.packet.dst.text} is a ${kind} address, which is not followed`, {
        verdict: 'undetermined',
        evidence: answer.evidence,
      });
    default:
      return assertNever(kind);
  }
}

/** ip6_dst_lookup_tail chooses the source before it looks at the route's error. */
function hasNoSource(walk: Walk): boolean {
  const { addresses } = walk.ns;
  return walk.packet.family === 6 && addresses.ok && !addresses.value.some((address) => address.ip.family === 6);
}
