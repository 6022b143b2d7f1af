/** Where a frame goes that leaves a namespace by a device: through veths, the devices below, and those that stand on the other end. */
import type { Frame } from '../model/packet.ts';
import { attachedTo } from '../netstack/attached/devices.ts';
import type { NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import type { Device } from './device-index.ts';
import { entranceOf, lowerOf, siblingsOf, uppersOf } from './stacked.ts';
import type { NodeState } from './node-state.ts';
import { vethPeer } from './veth-peer.ts';

/** By what kind of device a frame comes in. */
export type Way = 'veth' | 'macvlan' | 'ipvlan' | 'vlan';

/** Where a frame comes in that left by a device. */
export type Crossing =
  | {
      readonly kind: 'arrives';
      readonly ns: NetNS;
      readonly dev: string;
      readonly link: Way;
      readonly vlan?: number;
      /** A broadcast arrives, and nothing comes back: why. */
      readonly oneWay?: string;
    }
  | { readonly kind: 'underlay'; readonly vlan?: number }
  /** The device forgets it. */
  | { readonly kind: 'lost'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

type Tag = { readonly vlan?: number };

/** Everywhere that a broadcast goes that leaves by the device: those that share the device below hear it too. */
export function crossingsFrom(device: Device, node: NodeState, tag: Tag): readonly Crossing[] {
  const { ns, link } = device;
  const { kind } = link.kind;
  switch (kind) {
    case 'physical':
      return [{ kind: 'underlay', ...tag }];
    case 'veth': {
      const peer = vethPeer(ns, link, node);
      if (peer.kind === 'unknown') return [peer];
      if (peer.kind === 'found') return landingsAt({ ns: peer.ns, link: peer.link }, node, tag);
      if (ns.isHost) return [{ kind: 'underlay', ...tag }];
      return [unknown(`the other end of ${link.name} of ${ns.key} is in no namespace that was collected`)];
    }
    case 'macvlan':
    case 'ipvlan':
      return [
        ...siblingsOf(device, node).map((each): Crossing => ({
          kind: 'arrives',
          ns: each.ns,
          dev: each.link.name,
          link: kind,
          ...(isPrivate(each.link) && { oneWay: `${each.link.name} of ${each.ns.key} is in private mode` }),
        })),
        ...throughLower(device, node, tag),
      ];
    case 'vlan':
      return throughLower(device, node, tag);
    default:
      return [unknown(`${link.name} of ${ns.key} is not modelled`)];
  }
}

const isPrivate = ({ kind }: NetLink): boolean => kind.kind === 'ipvlan' && kind.flag === 'private';

function throughLower(device: Device, node: NodeState, tag: Tag): readonly Crossing[] {
  const lower = lowerOf(device, node);
  const name = `${device.link.name} of ${device.ns.key}`;
  if (lower === undefined) return [unknown(`the device below ${name} was not collected`)];
  const wire = entranceOf(lower.ns, lower.link);
  if (wire.vlan !== undefined && tag.vlan !== undefined) return [unknown(`${name} puts a second tag on frames`)];
  for (const each of new Set([lower.link, wire.link])) {
    if (!each.isUp) return [{ kind: 'lost', reason: `${each.name} of ${lower.ns.key}, below ${name}, is down` }];
    const attached = attachedTo(lower.ns, each.name, 'egress');
    if (attached !== undefined) return [unknown(`${attached.where ?? each.name} sees the packet and is not modelled`)];
  }
  return crossingsFrom({ ns: lower.ns, link: wire.link }, node, wire.vlan === undefined ? tag : { vlan: wire.vlan });
}

/** A frame that comes in at a device is seen by those that stand on it in other namespaces, and by the device itself. */
export function landingsAt(lower: Device, node: NodeState, tag: Tag): readonly Crossing[] {
  const own: Crossing = { kind: 'arrives', ns: lower.ns, dev: lower.link.name, link: 'veth', ...tag };
  if (tag.vlan !== undefined) {
    const taker = uppersOf(lower, 'vlan', node).find(
      ({ ns, link }) => ns !== lower.ns && link.kind.kind === 'vlan' && link.kind.id === tag.vlan,
    );
    return taker === undefined ? [own] : (seenAt(lower) ?? landingsAt(taker, node, {}).map(asVlan));
  }
  const above = (kind: 'macvlan' | 'ipvlan'): readonly Crossing[] =>
    uppersOf(lower, kind, node).map(({ ns, link }): Crossing => ({ kind: 'arrives', ns, dev: link.name, link: kind }));
  const uppers = [...above('macvlan'), ...above('ipvlan')];
  return uppers.length === 0 ? [own] : (seenAt(lower) ?? [...uppers, own]);
}

/** What is attached to the device sees the frame before those that stand on it. */
function seenAt({ ns, link }: Device): readonly Crossing[] | undefined {
  const attached = attachedTo(ns, link.name, 'ingress');
  if (attached === undefined) return undefined;
  return [unknown(`${attached.where ?? link.name} sees the packet and is not modelled`)];
}

const asVlan = (way: Crossing): Crossing =>
  way.kind === 'arrives' && way.link === 'veth' ? { ...way, link: 'vlan' } : way;

/** Which of the ways a frame for one MAC address takes. */
export function wayOf(ways: readonly Crossing[], device: Device | undefined, frame: Frame): Crossing | undefined {
  const { dstMac, packet } = frame;
  for (const way of ways) {
    if (way.kind !== 'arrives') continue;
    const link = way.ns.link(way.dev);
    if (link?.mac !== dstMac) continue;
    if (way.link === 'macvlan') return way;
    if (way.link === 'ipvlan' && way.ns.owners(packet.dst).some(({ dev }) => dev === way.dev))
      return toIpvlan(way, link, device?.link);
  }
  const isOwnMac = device?.link.kind.kind === 'ipvlan' && device.link.mac === dstMac;
  if (isOwnMac)
    return unknown(
      `${device.link.name} of ${device.ns.key} gives the packet to the device below, which is not modelled`,
    );
  return ways.find((way) => way.kind !== 'arrives' || way.link === 'veth' || way.link === 'vlan');
}

function toIpvlan(way: Crossing, link: NetLink, from: NetLink | undefined): Crossing {
  const { kind } = link;
  if (kind.kind !== 'ipvlan') return way;
  if (kind.mode !== 'l2')
    return unknown(`${link.name} is an ipvlan device in mode ${kind.mode}, which is not modelled yet`);
  return from?.kind.kind === 'ipvlan' && kind.flag === 'private'
    ? {
        kind: 'lost',
        reason: `${from.name} is an ipvlan device in private mode, which gives nothing to those beside it`,
      }
    : way;
}

function unknown(reason: string): Crossing {
  return { kind: 'unknown', reason };
}
