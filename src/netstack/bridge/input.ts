/** A frame comes in by a bridge port: bridge-nf's PREROUTING, the forwarding database, then up, or out by another port. */
import { sameIP } from '../../model/address.ts';
import type { Frame } from '../../model/packet.ts';
import { retagged } from '../../model/packet.ts';
import { attachedTo } from '../attached/devices.ts';
import type { NetLink } from '../state.ts';
import { neighbourEntry } from '../neighbour/entry.ts';
import { findNeighbour, senderOf } from '../neighbour/resolve.ts';
import { forwardingSwitch } from '../walk/forward.ts';
import type { RouteAnswer } from '../router/types.ts';
import { followAnswers } from '../walk/route.ts';
import { checkSource, crossIngress, enterDevice, receivePacket } from '../walk/receive.ts';
import { runHook } from '../walk/run-hook.ts';
import type { Next, Walk } from '../walk/walk.ts';
import { end, note, seenByProgram, unknown, unknownSection } from '../walk/walk.ts';
import { transmitFrame } from '../walk/transmit.ts';
import { tracksConnections } from './connections.ts';
import { flood } from './flood.ts';
import { runBridgeHook, STAGE } from './hooks.ts';
import type { BridgeView, FrameInVlan, Refusal } from './ports.ts';
import { egressRefusal, egressTag, fdbLookup, portRefusal, vlanAt } from './ports.ts';

export interface BridgeIngress extends BridgeView {
  readonly port: NetLink;
}

export function bridgeInput(walk: Walk, at: BridgeIngress, frame: Frame): void {
  const { ns } = walk;
  const refusal = portRefusal(at.port) ?? downBridge(at.bridge);
  if (refusal !== undefined) return refuse(walk, refusal);
  const vlan = vlanAt(ns, at, at.port.name, frame.vlan);
  if (typeof vlan !== 'number') return refuse(walk, vlan);
  if (at.port.port?.locked === true)
    return unknown(walk, 'unknown-device', `bridge port ${at.port.name} is locked, which is not modelled`);
  const isCalled = callsIptables(walk, at, frame.vlan);
  const passing = { bridge: at.bridge.name, iif: at.port.name, oif: undefined, frame };
  if (!isCalled) return runBridgeHook(walk, STAGE.prerouting, passing, (after) => forwardFrame(after, at, frame, vlan));
  runBridgeHook(walk, STAGE.earlyPrerouting, passing, (before) => callIptables(before, at, frame, vlan));
}

/** br_nf_pre_routing */
function callIptables(walk: Walk, at: BridgeIngress, frame: Frame, vlan: number): void {
  walk.physIn = at.port.name;
  walk.isLocal = false;
  // rules see a frame for somebody else as one for this host (setup_pre_routing, br_nf_forward_ip)
  if (walk.pkttype === 'otherhost') walk.pkttype = 'host';
  const { dst } = walk.packet;
  runHook(walk, 'prerouting', { iif: at.bridge.name, oif: undefined }, (after) => {
    after.isPreroutingDone = true;
    if (sameIP(after.packet.dst, dst)) {
      const passing = { bridge: at.bridge.name, iif: at.port.name, oif: undefined, frame };
      const seen = { ...frame, packet: after.packet };
      return runBridgeHook(after, STAGE.latePrerouting, passing, (then) => forwardFrame(then, at, seen, vlan));
    }
    afterBridgedDnat(after, at, frame, vlan);
  });
}

/** net.bridge.bridge-nf-call-iptables, or the bridge's own switch; tagged frames only where that is asked for too. */
function callsIptables(walk: Walk, at: BridgeView, tag: number | undefined): boolean {
  if (tag !== undefined && walk.ns.sysctl('bridge/bridge-nf-filter-vlan-tagged') !== '1') return false;
  const isV4 = walk.packet.family === 4;
  if (isV4 ? at.kind.nfCallIptables : at.kind.nfCallIp6tables) return true;
  return walk.ns.sysctl(`bridge/bridge-nf-call-${isV4 ? 'iptables' : 'ip6tables'}`) === '1';
}

/**
 * br_nf_pre_routing_finish: a frame whose destination was rewritten is bridged to its new neighbour where the new
 * route leads back out of the bridge itself; else it gets the bridge's MAC address and is routed.
 */
function afterBridgedDnat(walk: Walk, at: BridgeIngress, frame: Frame, vlan: number): void {
  const { router } = walk.ns;
  if (!router.ok) return unknownSection(walk, router.missing);
  const { packet } = walk;
  const answers = router.value.lookup({
    dst: packet.dst,
    src: packet.src,
    iif: at.bridge.name,
    mark: packet.mark,
    tos: packet.tos,
    protocol: packet.protocol,
    sport: packet.sport,
    dport: packet.dport,
  });
  const only = answers.length === 1 ? answers[0] : undefined;
  // a reject route that was not meant as one (by lo) is no error here
  if (packet.family === 6 && only?.errno !== undefined && only.route?.type !== 'unicast') {
    // br_nf_pre_routing_finish_ipv6 frees such a packet, so no router says why.
    return end(
      walk,
      only.kind === 'none'
        ? 'no-route'
        : only.kind === 'prohibit'
          ? 'prohibited'
          : only.kind === 'blackhole'
            ? 'blackhole'
            : 'unreachable-route',
      `no way leads to ${packet.dst.text}, which NAT on bridge ${at.bridge.name} of ${walk.ns.key} made the destination`,
      { evidence: only.evidence },
    );
  }
  // without forwarding IPv4 finds no way in at all (ip_route_input_slow)
  const isShut = packet.family === 4 && forwardingSwitch(walk, at.bridge.name) !== undefined;
  const follow = (branch: Walk, chosen: RouteAnswer | undefined): void => {
    const isBackOut = !isShut && chosen?.kind === 'unicast' && chosen.dev === at.bridge.name;
    const bridge = at.bridge.name;
    const iif = at.port.name;
    if (isBackOut) {
      const passing = { bridge, iif, oif: undefined, frame };
      return runBridgeHook(branch, STAGE.latePrerouting, passing, (after) =>
        sendBackOut(after, { at, frame, vlan }, chosen),
      );
    }
    branch.pkttype = 'host';
    // IPv6 keeps the route that the bridge asked for; IPv4 asks again
    branch.route = packet.family === 6 ? chosen : undefined;
    const { srcMac, vlan: tag } = frame;
    const up = { bridge, iif, oif: undefined, frame: { srcMac, dstMac: at.bridge.mac, vlan: tag } };
    runBridgeHook(branch, STAGE.latePrerouting, up, (after) =>
      runBridgeHook(after, STAGE.input, up, (last) => enterRouted(last, at.bridge, { ...frame, packet: last.packet })),
    );
  };
  const isSplit = answers.length > 1 && answers.some(({ kind, dev }) => kind === 'unicast' && dev === at.bridge.name);
  if (isSplit) followAnswers(walk, answers, follow);
  else follow(walk, only);
}

interface Rerouted {
  readonly at: BridgeIngress;
  readonly frame: Frame;
  readonly vlan: number;
}

function sendBackOut(walk: Walk, rerouted: Rerouted, answer: RouteAnswer): void {
  if (walk.packet.family === 6) return bridgeTo(walk, rerouted, answer);
  // br_nf_pre_routing_finish routes like every input, source validation included
  const dev = rerouted.at.bridge.name;
  checkSource(walk, { dev, oif: dev }, () => bridgeTo(walk, rerouted, answer));
}

/** The frame is bridged to the new destination's own MAC address. */
function bridgeTo(walk: Walk, { at, frame, vlan }: Rerouted, answer: RouteAnswer): void {
  const { packet } = walk;
  const ip = answer.nexthopIp ?? packet.dst;
  const go =
    (mac: string): Next =>
    (branch) => {
      branch.route = answer;
      forwardFrame(branch, at, { ...frame, packet: branch.packet, dstMac: mac }, vlan);
    };
  const bridged = note(
    walk,
    'bridge',
    `NAT leads back out of ${at.bridge.name}: bridged to ${ip.text}`,
    ...answer.evidence,
  );
  // by the bridge's own output where its neighbour has no header ready (neigh_hh_bridge), which no dump tells
  const attached = attachedTo(walk.ns, at.bridge.name, 'egress');
  if (attached !== undefined) return seenByProgram(bridged, attached);
  const sender = senderOf(bridged, at.bridge.name, ip);
  if (sender === undefined && neighbourEntry(walk.ns, at.bridge, ip).kind === 'ask')
    return end(bridged, 'no-neighbour', `${at.bridge.name} has no address to ask for ${ip.text} with`);
  findNeighbour(bridged, { link: at.bridge, ip, sender: sender ?? packet.src }, go);
}

/** br_handle_frame_finish */
function forwardFrame(walk: Walk, at: BridgeIngress, frame: Frame, vlan: number): void {
  const answer = fdbLookup(walk.ns, at, frame, vlan);
  switch (answer.kind) {
    case 'unknown':
      return unknown(walk, 'unknown-state', answer.reason);
    case 'local':
      return passUp(note(walk, 'bridge', `${at.bridge.name} passes it up`, answer.evidence), at, { frame, vlan });
    case 'port':
      return forwardTo(
        note(walk, 'bridge', `${at.bridge.name} knows ${frame.dstMac} behind ${answer.port.name}`, answer.evidence),
        at,
        answer.port,
        { frame, vlan },
      );
    case 'flood':
      return flood(walk, { view: at, from: at.port, mac: frame.dstMac }, (copy, port) =>
        forwardTo(copy, at, port, { frame, vlan }),
      );
  }
}

/** br_pass_frame_up: the bridge itself is one more port that carries some VLANs, tagged or not. */
function passUp(walk: Walk, at: BridgeIngress, { frame, vlan }: FrameInVlan): void {
  const tag = egressTag(walk.ns, at, at.bridge.name, vlan);
  if ('reason' in tag) return refuse(walk, tag);
  const seen = tag.tag === frame.vlan ? frame : { srcMac: frame.srcMac, dstMac: frame.dstMac, vlan: tag.tag };
  const passing = { bridge: at.bridge.name, iif: at.port.name, oif: undefined, frame: seen };
  runBridgeHook(walk, STAGE.input, passing, (after) => {
    after.pkttype = 'host';
    const isTagged = tag.tag !== undefined && tag.tag !== 0;
    if (!isTagged) return enterBridge(after, at.bridge, { ...frame, packet: after.packet });
    enterDevice(after, at.bridge, retagged({ ...frame, packet: after.packet }, tag.tag));
  });
}

/** The bridge is the device that the frame comes in by now: what is attached to it sees it like that of any other. */
function enterBridge(walk: Walk, bridge: NetLink, frame: Frame): void {
  crossIngress(walk, bridge, retagged(frame, undefined), receivePacket);
}

/** The same for a packet that has its route already: a mark comes too late to change it. */
function enterRouted(walk: Walk, bridge: NetLink, frame: Frame): void {
  crossIngress(walk, bridge, retagged(frame, undefined), (after) => {
    if (after.packet.mark === frame.packet.mark) return receivePacket(after, bridge);
    unknown(
      after,
      'unknown-rule',
      `rules at ${bridge.name} of ${after.ns.key} mark a packet that the bridge has found a route for, which is not modelled`,
    );
  });
}

/** br_forward: the port's own rules, bridge-nf's FORWARD and POSTROUTING, out. */
function forwardTo(walk: Walk, at: BridgeIngress, to: NetLink, { frame, vlan }: FrameInVlan): void {
  const refusal = egressRefusal(at.port, to);
  if (refusal !== undefined) return refuse(walk, refusal);
  const tag = egressTag(walk.ns, at, to.name, vlan);
  if ('reason' in tag) return refuse(walk, tag);
  const out: Next = (after) => transmitFrame(after, to, retagged({ ...frame, packet: after.packet }, tag.tag));
  if (walk.packet.length > to.mtu) {
    return end(
      walk,
      'mtu',
      `a frame of ${walk.packet.length} bytes does not fit bridge port ${to.name} (MTU ${to.mtu}), and bridges say nothing`,
      {
        evidence: [{ kind: 'link', raw: to.raw }],
      },
    );
  }
  const bridge = at.bridge.name;
  // rules see the tag that it leaves with (__br_forward: br_handle_vlan)
  const seen = tag.tag === frame.vlan ? frame : { srcMac: frame.srcMac, dstMac: frame.dstMac, vlan: tag.tag };
  const through = { bridge, iif: at.port.name, oif: to.name, frame: seen };
  const leaving = { bridge, iif: undefined, oif: to.name, frame: seen };
  // a frame that no rule saw as it came in is seen by none as it goes out (nf_bridge_info_get)
  if (!callsIptables(walk, at, frame.vlan) || !callsIptables(walk, at, tag.tag))
    return runBridgeHook(walk, STAGE.forward, through, (after) =>
      runBridgeHook(after, STAGE.postrouting, leaving, out),
    );
  const devices = { iif: bridge, oif: bridge, physOut: to.name, isBridged: true };
  // bridge-nf is the last of POSTROUTING
  const last: Next = (after) =>
    runBridgeHook(after, STAGE.postrouting, leaving, (then) => {
      const { src } = then.packet;
      runHook(then, 'postrouting', devices, (done) =>
        sameIP(done.packet.src, src) ? out(done) : leaveTranslated(done, bridge, out),
      );
    });
  const late: Next = (after) => runBridgeHook(after, STAGE.lateForward, through, last);
  runBridgeHook(walk, STAGE.earlyForward, through, (before) => runHook(before, 'forward', devices, late));
}

/**
 * Both nf_ct_bridge_post and bridge-nf are the last of POSTROUTING, the later one to be registered first: where it is the
 * former, the connection is confirmed by then, and gets no translation any more (nf_nat_setup_info).
 */
function leaveTranslated(walk: Walk, bridge: string, out: Next): void {
  if (!tracksConnections(walk.ns)) return out(walk);
  const message = `it is not known whether ${bridge} of ${walk.ns.key}, which looks up connections for rules of family bridge, translates the source`;
  unknown(walk, 'unknown-rule', message);
}

function downBridge(bridge: NetLink): Refusal | undefined {
  return bridge.isUp
    ? undefined
    : { reason: `bridge ${bridge.name} is down`, evidence: { kind: 'link', raw: bridge.raw } };
}

function refuse(walk: Walk, refusal: Refusal): void {
  end(walk, 'bridge-drop', refusal.reason, { evidence: [refusal.evidence] });
}
