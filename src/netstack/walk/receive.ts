/** The way of a packet that comes in by a device: PREROUTING, routing decision, then up to a socket or on to the next hop. */
import type { Frame, Packet } from '../../model/packet.ts';
import { BROADCAST_MAC, NO_MAC, PROTOCOL, retagged, TCP_FLAG } from '../../model/packet.ts';
import type { Ending, Reason } from '../../model/path.ts';
import { isLinkLocal, sameIP } from '../../model/address.ts';
import { assertNever } from '../../model/assert-never.ts';
import { programsAt } from '../attached/devices.ts';
import { bridgeInput } from '../bridge/input.ts';
import type { DeviceHook } from '../nftables/index.ts';
import type { RouteAnswer } from '../router/types.ts';
import { takesFrom } from '../stacked/bond.ts';
import { oddTagDevice, tagDevice } from '../stacked/vlan.ts';
import type { BondKind, NetLink } from '../state.ts';
import { sayUnsupported } from '../unsupported-device.ts';
import { deliver } from './deliver.ts';
import { deviceChains, runDeviceChains } from './device-hooks.ts';
import { forward, forwardingSwitch } from './forward.ts';
import { withRoute } from './route.ts';
import { runHook } from './run-hook.ts';
import { enterVrf, vrfAbove } from './vrf.ts';
import type { Next, Walk } from './walk.ts';
import { end, note, seenByProgram, unknown, unknownSection } from './walk.ts';

/** A frame arrives at a device of this namespace, from outside of it or out of a tunnel. */
export function receiveFrame(walk: Walk, dev: string, frame: Frame): void {
  const { ns } = walk;
  const { links } = ns;
  if (!links.ok) return unknownSection(walk, links.missing);
  if (ns.sandbox !== undefined)
    return unknown(
      walk,
      'unknown-device',
      `${ns.key} runs in a sandbox with a network stack of its own (${ns.sandbox})`,
    );
  const link = ns.link(dev);
  if (link === undefined) return unknown(walk, 'unknown-state', `${ns.key} has no device ${dev}`);
  if (link.isUp && !link.hasCarrier)
    return end(walk, 'link-down', `${dev} in ${ns.key} has no carrier`, {
      evidence: [{ kind: 'link', raw: link.raw }],
    });
  walk.packet = frame.packet;
  walk.srcMac = frame.srcMac;
  walk.pkttype = pkttypeOf(frame, link);
  enterDevice(walk, link, frame);
}

/** __netif_receive_skb_core: what is attached to the device, then the devices of its tags, then its master, then IP. */
export function enterDevice(walk: Walk, link: NetLink, frame: Frame): void {
  const { ns } = walk;
  const dev = link.name;
  if (!link.isUp)
    return end(walk, 'link-down', `${dev} in ${ns.key} is down`, { evidence: [{ kind: 'link', raw: link.raw }] });
  if (link.kind.kind === 'veth' && frame.packet.length > link.mtu + VLAN_ROOM) {
    if (isData(frame.packet))
      return unknown(
        walk,
        'mtu',
        `a segment of ${frame.packet.length} bytes is more than ${dev} in ${ns.key} takes (MTU ${link.mtu}), unless it comes in one piece with others`,
        [{ kind: 'link', raw: link.raw }],
      );
    return end(
      walk,
      'mtu',
      `a frame of ${frame.packet.length} bytes is more than ${dev} in ${ns.key} takes (MTU ${link.mtu}), and devices say nothing`,
      {
        evidence: [{ kind: 'link', raw: link.raw }],
      },
    );
  }
  note(walk, 'device', `in by ${dev}`);
  crossIngress(walk, link, frame, enterUpper);
}

/** A program of tc comes first, then nftables (__netif_receive_skb_core). */
export function crossIngress(
  walk: Walk,
  link: NetLink,
  frame: Frame,
  next: (walk: Walk, link: NetLink, frame: Frame) => void,
): void {
  const attached = programsAt(walk.ns, link.name, 'ingress');
  if (attached !== undefined) return seenByProgram(walk, attached);
  const chains = deviceChains(walk.ns, link.name, 'ingress');
  if (chains === undefined) return next(walk, link, frame);
  runDeviceChains(walk, chains, { link, hook: 'ingress', frame }, (after) =>
    next(after, link, { ...frame, packet: after.packet }),
  );
}

/** What has passed a device's own hooks. */
function enterUpper(walk: Walk, link: NetLink, frame: Frame): void {
  const { ns } = walk;
  const dev = link.name;
  if (frame.vlan !== undefined) {
    const upper = tagDevice(ns, link, frame.vlan);
    if (upper !== undefined) return enterTagDevice(walk, upper, frame);
    const odd = oddTagDevice(ns, link);
    if (odd !== undefined)
      return unknown(walk, 'unknown-device', `${odd.name} of ${ns.key} may take the frame and is not modelled`, [
        { kind: 'link', raw: odd.raw },
      ]);
  }
  if (link.master !== undefined && vrfAbove(ns, dev) === undefined) return enterMaster(walk, link, frame);
  // tag 0 is a priority, no VLAN
  if (frame.vlan !== undefined && frame.vlan !== 0)
    return end(walk, 'bridge-drop', `${dev} in ${ns.key} has no VLAN device for tag ${frame.vlan}`, {
      evidence: [{ kind: 'link', raw: link.raw }],
    });
  receivePacket(walk, link);
}

/** The frame goes on without its tag; the tag's device may have a MAC address of its own. */
function enterTagDevice(walk: Walk, upper: NetLink, frame: Frame): void {
  if (walk.pkttype === 'otherhost') walk.pkttype = pkttypeOf(frame, upper);
  enterDevice(walk, upper, retagged(frame, undefined));
}

/** Segmentation is put off until a device that needs it: a veth hands on many segments in one piece (__is_skb_forwardable). */
function isData({ protocol, tcpFlags }: Packet): boolean {
  return protocol === PROTOCOL.tcp && (tcpFlags & TCP_FLAG.syn) === 0;
}

/** A veth takes what its own MTU and a VLAN tag make (__is_skb_forwardable). */
const VLAN_ROOM = 4;

/** The IP layer's entry, for a device itself or for a bridge that passes a frame up. */
export function receivePacket(walk: Walk, link: NetLink): void {
  const dev = link.name;
  if (walk.pkttype === 'otherhost') {
    const evidence = [{ kind: 'link', raw: link.raw } as const];
    return end(
      walk,
      'wrong-neighbour',
      `the frame is for another MAC address than ${link.mac} of ${dev} in ${walk.ns.key}`,
      { evidence },
    );
  }
  if (walk.packet.family === 6 && isIPv6Off(walk, dev)) {
    return endDisabled(walk, dev);
  }
  walk.iif = dev;
  walk.isLocal = false;
  const vrf = vrfAbove(walk.ns, dev);
  const next = (after: Walk): void =>
    vrf === undefined
      ? routeInput(after, dev)
      : enterVrf(after, vrf, { member: dev, next: (inside) => routeInput(inside, vrf.name) });
  if (walk.isPreroutingDone) return next(walk);
  runHook(walk, 'prerouting', { iif: dev, oif: undefined }, next);
}

/** A packet that left by lo comes back in with its mark, its connection and its route. */
export function receiveLooped(walk: Walk): void {
  const attached = programsAt(walk.ns, 'lo', 'egress') ?? programsAt(walk.ns, 'lo', 'ingress');
  if (attached !== undefined) return seenByProgram(walk, attached);
  crossLo(walk, 'egress', (sent) => {
    note(sent, 'device', 'in by lo');
    crossLo(sent, 'ingress', enterByLo);
  });
}

function crossLo(walk: Walk, hook: DeviceHook, next: Next): void {
  const chains = deviceChains(walk.ns, 'lo', hook);
  const link = walk.ns.link('lo');
  if (chains === undefined || link === undefined) return next(walk);
  runDeviceChains(walk, chains, { link, hook, frame: { srcMac: NO_MAC, dstMac: NO_MAC } }, next);
}

function enterByLo(walk: Walk): void {
  const { isLocal } = walk;
  walk.iif = 'lo';
  walk.isLocal = false;
  walk.pkttype = 'host';
  if (walk.packet.family === 6 && isIPv6Off(walk, 'lo')) return endDisabled(walk, 'lo');
  const { dst } = walk.packet;
  runHook(walk, 'prerouting', { iif: 'lo', oif: undefined }, (after) => {
    // A destination that PREROUTING rewrote is routed anew, all else keeps the route it left with.
    if (!sameIP(after.packet.dst, dst)) return routeInput(after, 'lo');
    if (isLocal || after.route?.kind !== 'unicast') return deliver(after, 'lo');
    goRound(after);
  });
}

/**
 * A route to somewhere else by lo: what was forwarded comes in again with that route, and goes round until its TTL ends.
 * What was made here counts as for this host (__mkroute_output: RTCF_LOCAL). IPv6 has no such routes.
 */
function goRound(walk: Walk): void {
  walk.packet = { ...walk.packet, ttl: Math.min(walk.packet.ttl, 1) };
  forward(walk, 'lo');
}

function routeInput(walk: Walk, dev: string): void {
  // ip6_rcv_core takes the device of a route that the bridge chose for the ingress: then nothing leaves elsewhere
  const isRoutedByBridge = walk.isPreroutingDone && walk.route !== undefined;
  withRoute(walk, { iif: dev }, (routed, answer) => {
    const { kind } = answer;
    switch (kind) {
      case 'local':
      case 'anycast':
        return checkSource(routed, { dev }, () => deliver(routed, dev));
      case 'unicast': {
        const off = forwardingSwitch(routed, dev);
        if (off !== undefined)
          return end(routed, 'forwarding-off', `${routed.ns.key} does not forward packets that come in by ${dev}`, {
            evidence: [off],
          });
        const oif = isRoutedByBridge || answer.dev === undefined ? {} : { oif: answer.dev };
        return checkSource(routed, { dev, ...oif }, () => forward(routed, dev));
      }
      case 'none':
      case 'unreachable':
      case 'prohibit':
      case 'blackhole':
        // The kernel looks at the addresses before it asks for a route, at the way back only where there is one.
        return checkSource(routed, { dev, hasNoRoute: true }, () => endWithoutRoute(routed, dev, answer, kind));
      case 'broadcast':
      case 'multicast':
      case 'unknown':
        return unknown(routed, 'unknown-state', `a ${kind} destination is not followed`, answer.evidence);
      default:
        return assertNever(kind);
    }
  });
}

interface SourceCheck {
  readonly dev: string;
  readonly oif?: string;
  readonly hasNoRoute?: boolean;
}

/** rp_filter and martians: `next` where the source may come in by the device. */
export function checkSource(walk: Walk, { dev, oif, hasNoRoute = false }: SourceCheck, next: () => void): void {
  const { router } = walk.ns;
  if (!router.ok) return unknownSection(walk, router.missing);
  const { packet } = walk;
  const answer = router.value.checkSource({
    src: packet.src,
    dst: packet.dst,
    iif: dev,
    mark: packet.mark,
    tos: packet.tos,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
    hasNoRoute,
    ...(oif === undefined ? {} : { oif }),
  });
  if (answer.ok === 'unknown') return unknown(walk, 'unknown-rule', answer.reason, answer.evidence);
  if (answer.ok) return next();
  const isReversePath = answer.reason === 'reverse-path';
  end(
    walk,
    isReversePath ? 'source-invalid' : 'martian',
    isReversePath
      ? `the reverse path filter of ${dev} in ${walk.ns.key} drops packets from ${packet.src.text}: no route leads back there by ${dev}`
      : `${walk.ns.key} takes ${packet.src.text} → ${packet.dst.text} on ${dev} for a martian (${answer.reason})`,
    {
      evidence: answer.evidence,
      // ip6_forward says "beyond scope" of a link-local source.
      ...(packet.family === 6 && isLinkLocal(packet.src) && oif !== undefined ? { notice: 'EHOSTUNREACH' } : {}),
    },
  );
}

const FORWARD_ERRORS: Readonly<Record<'none' | 'unreachable' | 'prohibit' | 'blackhole', readonly [Reason, string]>> = {
  none: ['no-route', 'no route leads to'],
  unreachable: ['unreachable-route', 'an unreachable route stands in the way to'],
  prohibit: ['prohibited', 'a prohibit route stands in the way to'],
  blackhole: ['blackhole', 'a blackhole route swallows packets to'],
};

/** ip_error and ip6_pkt_discard: a router says why by ICMP, a host that does not forward says nothing. */
function endWithoutRoute(walk: Walk, dev: string, answer: RouteAnswer, kind: keyof typeof FORWARD_ERRORS): void {
  const off = forwardingSwitch(walk, dev);
  const [reason, words] = FORWARD_ERRORS[kind];
  const evidence = [...answer.evidence, ...(off === undefined ? [] : [off])];
  const isSilent = answer.errno === 'EINVAL' || (off !== undefined && walk.packet.family === 4);
  const notice = isSilent ? 'timeout' : noticeOf(answer, walk.packet.family);
  end(walk, reason, `${words} ${walk.packet.dst.text} in ${walk.ns.key}`, { evidence, notice });
}

/** The error that the ICMP message gives the sender; IPv6 says "no route" for every error but prohibit (ip6_pkt_discard). */
function noticeOf(answer: RouteAnswer, family: 4 | 6): NonNullable<Ending['notice']> {
  if (answer.errno === 'EACCES') return family === 6 ? 'EACCES' : 'EHOSTUNREACH';
  return family === 6 || answer.errno === 'ENETUNREACH' ? 'ENETUNREACH' : 'EHOSTUNREACH';
}

function endDisabled(walk: Walk, dev: string): void {
  end(walk, 'forwarding-off', `IPv6 is disabled on ${dev} in ${walk.ns.key}`, {
    evidence: [{ kind: 'sysctl', raw: `net.ipv6.conf.${dev}.disable_ipv6 = 1` }],
  });
}

function isIPv6Off(walk: Walk, dev: string): boolean {
  return walk.ns.conf(6, dev, 'disable_ipv6') === 1;
}

function pkttypeOf(frame: Frame, link: NetLink): Walk['pkttype'] {
  if (frame.dstMac === link.mac) return 'host';
  if (frame.dstMac === BROADCAST_MAC) return 'broadcast';
  return (Number.parseInt(frame.dstMac.slice(0, 2), 16) & 1) === 1 ? 'multicast' : 'otherhost';
}

function enterMaster(walk: Walk, port: NetLink, frame: Frame): void {
  const master = walk.ns.link(port.master!);
  if (master?.kind.kind === 'bridge') return bridgeInput(walk, { port, bridge: master, kind: master.kind }, frame);
  if (master?.kind.kind === 'bond') return enterBond(walk, port, frame, { bond: master, kind: master.kind });
  const why =
    master === undefined
      ? `belongs to ${port.master!}, which is not in the dump`
      : `belongs to ${master.name}, which ${sayUnsupported(master)}`;
  unknown(walk, 'unknown-device', `${port.name} of ${walk.ns.key} ${why}`, [{ kind: 'link', raw: port.raw }]);
}

function enterBond(
  walk: Walk,
  slave: NetLink,
  frame: Frame,
  { bond, kind }: { readonly bond: NetLink; readonly kind: BondKind },
): void {
  const takes = takesFrom(bond, kind, slave);
  const evidence = [{ kind: 'link', raw: slave.raw } as const];
  if (typeof takes === 'string') return unknown(walk, 'unknown-device', takes, evidence);
  if (!takes)
    return end(walk, 'bridge-drop', `${slave.name} of ${walk.ns.key} is not the active slave of ${bond.name}`, {
      evidence,
    });
  enterDevice(walk, bond, frame);
}
