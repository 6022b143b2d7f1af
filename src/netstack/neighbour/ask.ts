/** How an ARP or NDP question spreads through one namespace: who hears it there, and by which devices it leaves. */
import { egressRefusal, egressTag, portRefusal, portsOf, vlanAt, type BridgeView } from '../bridge/ports.ts';
import { programBothWays } from '../attached/devices.ts';
import type { NetNS } from '../netns.ts';
import type { DeviceHook } from '../nftables/index.ts';
import { sendingSlaves, takesFrom } from '../stacked/bond.ts';
import { lowerHere, oddTagDevice, tagDevice } from '../stacked/vlan.ts';
import type { NetLink } from '../state.ts';
import { sayUnsupported } from '../unsupported-device.ts';
import { passesBridgedHooks } from '../walk/index.ts';
import type { Ask, AskAnswer } from './answer.ts';
import { answerOf } from './answer.ts';
import { barredByArpAtAsker } from './arp-rules.ts';
import { barredByBridge, type BarredBy } from './bridge-rules.ts';
import { barredAtDevice } from './device-rules.ts';
import { astrayAnswers } from './astray.ts';
import { advertisement, barred, barredAtAsker, solicitation, turned, type Barred } from './discovery.ts';

export type Heard =
  | { readonly kind: 'answer'; readonly answer: AskAnswer }
  /** The question leaves the namespace by this device; `barred`: it, or the answer to it, should be dropped on the way. */
  | { readonly kind: 'out'; readonly dev: string; readonly vlan?: number; readonly barred?: BarredBy }
  /** A program sees question and answer: it may drop either, and give an answer itself. */
  | { readonly kind: 'seen'; readonly by: string };

/** The namespace itself asks on the link of a device. */
export function askOn(ns: NetNS, dev: string, ask: Ask): readonly Heard[] {
  const link = ns.link(dev);
  if (link === undefined) return [unknown(`${ns.key} has no device ${dev}`)];
  if (link.master !== undefined && ns.link(link.master)?.kind.kind === 'bridge') {
    const reason = `${dev} of ${ns.key} is a port of ${link.master}, which takes the answers`;
    return [{ kind: 'answer', answer: { kind: 'no', reason } }];
  }
  const astray = astrayAnswers(ns, link);
  if (astray !== undefined) return [{ kind: 'answer', answer: { kind: 'no', reason: astray } }];
  const barred = ask.ip.family === 6 ? barredAtAsker(ns, dev, ask) : barredByArpAtAsker(ns, dev, ask);
  return unlessBarred(barred, unlessSeen(ns, { dev, way: 'egress' }, ask, sendBy(ns, link, undefined, ask)));
}

/** How a question comes to a namespace. */
export interface Incoming {
  readonly dev: string;
  readonly vlan?: number;
  /** No bridge is between the asker and this device: the asker gets what the device sends. */
  readonly isFromAsker: boolean;
}

/** The question comes in by a device. */
export function hear(ns: NetNS, incoming: Incoming, ask: Ask): readonly Heard[] {
  const { dev } = incoming;
  const link = ns.link(dev);
  if (link === undefined) return [unknown(`${ns.key} has no device ${dev}`)];
  return unlessSeen(ns, { dev, way: 'ingress' }, ask, hearOn(ns, link, incoming, ask));
}

/** What is attached to the device that a question crosses. */
function unlessSeen(
  ns: NetNS,
  { dev, way }: { readonly dev: string; readonly way: DeviceHook },
  ask: Ask,
  all: readonly Heard[],
): readonly Heard[] {
  if (all.length === 0) return all;
  const heard = unlessBarredBy(barredAtDevice(ns, dev, way, ask), all);
  const attached = programBothWays(ns, dev);
  if (attached === undefined) return heard;
  const by = attached.where ?? `something on ${dev} of ${ns.key}`;
  return [{ kind: 'seen', by }, ...unlessBarred({ reason: `${by} may drop it`, mayBeLearned: true }, heard)];
}

/** The device of its tag hears it, or the device's master, or the device itself. */
function hearOn(ns: NetNS, link: NetLink, incoming: Incoming, ask: Ask): readonly Heard[] {
  const { vlan } = incoming;
  const dev = link.name;
  if (!link.isUp) return [];
  if (vlan !== undefined) {
    const upper = tagDevice(ns, link, vlan);
    if (upper !== undefined) return hearOn(ns, upper, { dev: upper.name, isFromAsker: incoming.isFromAsker }, ask);
    if (oddTagDevice(ns, link) !== undefined) return [unknown(`a VLAN device on ${dev} of ${ns.key} is not modelled`)];
  }
  if (link.master === undefined || ns.link(link.master)?.kind.kind === 'vrf')
    return vlan === undefined || vlan === 0 ? [{ kind: 'answer', answer: answerOf(ns, link, ask) }] : [];
  const bridge = ns.link(link.master);
  if (bridge?.kind.kind === 'bond') {
    const takes = takesFrom(bridge, bridge.kind, link);
    if (typeof takes === 'string') return [unknown(takes)];
    return takes ? hearOn(ns, bridge, { ...incoming, dev: bridge.name }, ask) : [];
  }
  if (bridge?.kind.kind !== 'bridge') {
    const why = bridge === undefined ? 'which is not in the dump' : `which ${sayUnsupported(bridge)}`;
    return [unknown(`${dev} of ${ns.key} belongs to ${link.master}, ${why}`)];
  }
  const view: BridgeView = { bridge, kind: bridge.kind };
  if (portRefusal(link) !== undefined || !bridge.isUp) return [];
  const at = vlanAt(ns, view, dev, vlan);
  if (typeof at !== 'number') return [];
  const lost = answerLost(ns, view, incoming, at);
  if (lost !== undefined) return [{ kind: 'answer', answer: lost }];
  // The answer goes back as a frame to the asker's address; an entry that is not learned does not move.
  const fixed = ns
    .fdbOf(ask.senderMac)
    .find((entry) => entry.master === bridge.name && entry.state === 'static' && entry.dev !== dev);
  const up = egressTag(ns, view, bridge.name, at);
  const local =
    'reason' in up
      ? []
      : hearOn(
          ns,
          bridge,
          { ...(up.tag === undefined ? {} : { vlan: up.tag }), dev: bridge.name, isFromAsker: false },
          ask,
        );
  const taken = barredByBridge(ns, view, { from: dev, to: undefined }, ask);
  const own = unlessSeen(ns, { dev: bridge.name, way: 'ingress' }, ask, local);
  const heard = [...unlessBarredBy(taken, own), ...flood(ns, { ...view, from: link, vlan: at }, ask)];
  if (fixed === undefined) return heard;
  const reason = `${bridge.name} of ${ns.key} sends answers for ${ask.senderMac} to ${fixed.dev}`;
  return unlessBarred({ reason, mayBeLearned: true }, heard);
}

/** The answer goes out by the port that the question came in by, with the tag that the port gives the VLAN. */
function answerLost(
  ns: NetNS,
  view: BridgeView,
  { dev, vlan, isFromAsker }: Incoming,
  at: number,
): AskAnswer | undefined {
  const back = egressTag(ns, view, dev, at);
  if ('reason' in back) return { kind: 'no', reason: `${back.reason}, so no answer leaves by it` };
  if (back.tag === vlan) return undefined;
  const reason = `${dev} of ${ns.key} gives answers back ${back.tag === undefined ? 'untagged' : `with tag ${back.tag}`}`;
  return isFromAsker
    ? { kind: 'no', reason: `${reason}, and who asks takes none like that` }
    : { kind: 'unknown', reason: `${reason}, which another bridge may take` };
}

interface Flood extends BridgeView {
  /** The port that the question came in by; undefined where the bridge itself asks. */
  readonly from: NetLink | undefined;
  readonly vlan: number;
}

function flood(ns: NetNS, view: Flood, ask: Ask): readonly Heard[] {
  const { from, vlan } = view;
  return portsOf(ns, view.bridge).flatMap((port): readonly Heard[] => {
    if (egressRefusal(from, port) !== undefined || port.port?.bcastFlood === false) return [];
    if (port.port?.neighSuppress === true)
      return [unknown(`${port.name} suppresses neighbour questions, which is not modelled`)];
    const tag = egressTag(ns, view, port.name, vlan);
    if ('reason' in tag) return [];
    const byRules = from === undefined ? undefined : barredByRules(ns, view, { from, to: port }, ask);
    const heard = unlessBarred(
      byRules,
      unlessSeen(ns, { dev: port.name, way: 'egress' }, ask, sendBy(ns, port, tag.tag, ask)),
    );
    return unlessBarredBy(barredByBridge(ns, view, { from: from?.name, to: port.name }, ask), heard);
  });
}

/** What rules drop is not heard, unless the address may be known without an answer: then who would give it is. */
function unlessBarred(barred: Barred | undefined, heard: readonly Heard[]): readonly Heard[] {
  if (barred === undefined || heard.length === 0) return heard;
  if (!barred.mayBeLearned) return [{ kind: 'answer', answer: { kind: 'no', reason: barred.reason } }];
  return unlessBarredBy(() => barred, heard);
}

/** The same where it depends on the MAC address that the answer gives. */
function unlessBarredBy(barredBy: BarredBy | undefined, heard: readonly Heard[]): readonly Heard[] {
  if (barredBy === undefined) return heard;
  return heard.map((each): Heard => {
    if (each.kind === 'seen') return each;
    if (each.kind === 'out') return { ...each, barred: both(each.barred, barredBy) };
    const { answer } = each;
    const barred = answer.kind === 'yes' ? barredBy(answer.mac) : undefined;
    if (answer.kind !== 'yes' || barred === undefined) return each;
    const { reason, mayBeLearned } = barred;
    return { kind: 'answer', answer: mayBeLearned ? { ...answer, kind: 'barred', reason } : { kind: 'no', reason } };
  });
}

/** What bars for good comes first. */
export function both(first: BarredBy | undefined, second: BarredBy | undefined): BarredBy {
  return (mac) => {
    const [x, y] = [first?.(mac), second?.(mac)];
    return x === undefined || y?.mayBeLearned === false ? (y ?? x) : x;
  };
}

/** Neighbour discovery is IPv6 like any other: with bridge-nf-call-ip6tables the bridge's question and answer meet ip6tables. */
function barredByRules(
  ns: NetNS,
  view: BridgeView,
  { from, to }: { readonly from: NetLink; readonly to: NetLink },
  ask: Ask,
): Barred | undefined {
  const isCalled = view.kind.nfCallIp6tables || ns.sysctl('bridge/bridge-nf-call-ip6tables') === '1';
  if (ask.ip.family === 4 || !isCalled) return undefined;
  const bridge = view.bridge.name;
  const back = { bridge, physIn: to.name, physOut: from.name };
  const passed = [
    passesBridgedHooks(ns, { packet: solicitation(ask), bridge, physIn: from.name, physOut: to.name }),
    passesBridgedHooks(ns, { packet: advertisement(ask), ...back }),
  ];
  return barred(passed, `ip6tables of ${ns.key}`, `between ${from.name} and ${to.name}`, () =>
    passesBridgedHooks(ns, { packet: solicitation(turned(ask)), ...back }),
  );
}

function sendBy(ns: NetNS, link: NetLink, vlan: number | undefined, ask: Ask): readonly Heard[] {
  if (!link.isUp || !link.hasCarrier) return [];
  const { kind } = link;
  switch (kind.kind) {
    case 'veth':
    case 'physical':
    case 'macvlan':
    case 'ipvlan':
      return [vlan === undefined ? { kind: 'out', dev: link.name } : { kind: 'out', dev: link.name, vlan }];
    case 'vlan': {
      if (vlan !== undefined) return [unknown(`${link.name} puts a second tag on frames, which is not modelled`)];
      const lower = lowerHere(ns, link);
      return lower === undefined ? [{ kind: 'out', dev: link.name, vlan: kind.id }] : sendBy(ns, lower, kind.id, ask);
    }
    case 'bond': {
      const slaves = sendingSlaves(ns, link, kind);
      if (typeof slaves === 'string') return [unknown(slaves)];
      return slaves.slice(0, 1).flatMap((slave) => sendBy(ns, slave, vlan, ask));
    }
    case 'bridge': {
      const view: BridgeView = { bridge: link, kind };
      const at = vlanAt(ns, view, link.name, vlan);
      return typeof at === 'number' ? flood(ns, { ...view, from: undefined, vlan: at }, ask) : [];
    }
    case 'geneve':
      return [unknown(`${link.name} sends questions to ${kind.remote.text}, which is not followed`)];
    case 'vxlan': {
      const { fdb } = ns;
      const floods =
        !fdb.ok ||
        kind.external ||
        kind.group !== undefined ||
        fdb.value.some((entry) => entry.dev === link.name && entry.mac === '00:00:00:00:00:00');
      return floods ? [unknown(`${link.name} floods questions to other VTEPs, which is not followed`)] : [];
    }
    default:
      return [unknown(`${link.name} of ${ns.key} ${sayUnsupported(link)}`)];
  }
}

function unknown(reason: string): Heard {
  return { kind: 'answer', answer: { kind: 'unknown', reason } };
}
