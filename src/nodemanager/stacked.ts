/** Devices that stand on another one, perhaps of another namespace, and the device below. */
import { sendingSlaves } from '../netstack/stacked/bond.ts';
import { lowerHere } from '../netstack/stacked/vlan.ts';
import { linksOf, type NetNS } from '../netstack/netns.ts';
import type { LinkKind, NetLink } from '../netstack/state.ts';
import { devicesOfKind, type Device } from './device-index.ts';
import type { NodeState } from './node-state.ts';

/** Where frames for a device come in, and with which tag. */
export interface Entrance {
  readonly link: NetLink;
  readonly vlan?: number;
}

/** The namespaces of one node. */
type Namespaces = Pick<NodeState, 'host' | 'namespaces'>;

/** The lower device: in the namespace that the netnsid names, else in this one or the host's, where CNIs put it. */
export function lowerOf({ ns, link }: Device, { host, namespaces }: Namespaces): Device | undefined {
  const home = link.linkNetnsid === undefined ? ns : (named(ns, link.linkNetnsid, namespaces) ?? host);
  const lower = linksOf(home).find((each) => each.ifindex === link.linkIndex);
  return lower === undefined ? undefined : { ns: home, link: lower };
}

/** All devices of a kind that stand on a device. */
export function uppersOf(lower: Device, kind: LinkKind['kind'], node: Namespaces): readonly Device[] {
  return devicesOfKind(node.namespaces, kind).filter((upper) => {
    const below = lowerOf(upper, node);
    return below?.ns === lower.ns && below.link.ifindex === lower.link.ifindex;
  });
}

/**
 * Those of a device's own kind that it hands frames to without the lower device: macvlans in bridge mode
 * (macvlan_queue_xmit), ipvlans but for those that leave it to the switch (ipvlan_xmit_mode_l2).
 */
export function siblingsOf(device: Device, node: Namespaces): readonly Device[] {
  const lower = lowerOf(device, node);
  const { kind } = device.link;
  if (lower === undefined || !isOpen(device.link)) return [];
  return uppersOf(lower, kind.kind, node).filter((upper) => upper.link !== device.link && isOpen(upper.link));
}

function isOpen({ kind }: NetLink): boolean {
  if (kind.kind === 'macvlan') return kind.mode === 'bridge';
  return kind.kind === 'ipvlan' && kind.flag !== 'vepa';
}

/** A pod's device that is on the link of the node's own. */
export function standsOnHost({ kind, linkNetnsid }: NetLink): boolean {
  return kind.kind === 'macvlan' || kind.kind === 'ipvlan' || (kind.kind === 'vlan' && linkNetnsid !== undefined);
}

/** The field for a tag, where there is one. */
export const tagged = (vlan: number | undefined): { readonly vlan?: number } => (vlan === undefined ? {} : { vlan });

/** The tag that frames for a device have on the wire. */
export function tagOf(device: Device, node: Namespaces): number | undefined {
  const { kind } = device.link;
  if (kind.kind === 'vlan') return kind.id;
  if (kind.kind !== 'macvlan' && kind.kind !== 'ipvlan') return undefined;
  const lower = lowerOf(device, node);
  return lower === undefined ? undefined : tagOf(lower, node);
}

/** The wire below a device of one namespace: the device that a VLAN is on, the slave that a bond sends by. */
export function entranceOf(ns: NetNS, link: NetLink): Entrance {
  const { kind } = link;
  if (kind.kind === 'bond') {
    const slaves = sendingSlaves(ns, link, kind);
    const [slave] = typeof slaves === 'string' ? [] : slaves;
    return slave === undefined ? { link } : entranceOf(ns, slave);
  }
  if (kind.kind !== 'vlan') return { link };
  const lower = lowerHere(ns, link);
  return lower === undefined ? { link } : { ...entranceOf(ns, lower), vlan: kind.id };
}

function named(ns: NetNS, nsid: number, all: readonly NetNS[]): NetNS | undefined {
  const ids = ns.netnsIds;
  const name = ids.ok ? ids.value.find((entry) => entry.nsid === nsid)?.name : undefined;
  return name === undefined ? undefined : all.find((other) => other.names.includes(name));
}
