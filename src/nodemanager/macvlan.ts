/** Macvlan devices and the device below them: who hears a frame that one of them sends or that comes in below. */
import type { NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';

export interface Device {
  readonly ns: NetNS;
  readonly link: NetLink;
}

/** The lower device: in the namespace that the netnsid names, else in this one or the host's, where CNIs put it. */
export function lowerOf({ ns, link }: Device, host: NetNS, all: readonly NetNS[]): Device | undefined {
  const home = link.linkNetnsid === undefined ? ns : (named(ns, link.linkNetnsid, all) ?? host);
  const lower = linksOf(home).find((each) => each.ifindex === link.linkIndex);
  return lower === undefined ? undefined : { ns: home, link: lower };
}

/** All macvlans on one lower device. */
export function uppersOf(lower: Device, host: NetNS, all: readonly NetNS[]): readonly Device[] {
  return all
    .flatMap((ns) =>
      linksOf(ns)
        .filter((link) => link.kind.kind === 'macvlan')
        .map((link) => ({ ns, link })),
    )
    .filter((upper) => {
      const below = lowerOf(upper, host, all);
      return below?.ns === lower.ns && below.link.ifindex === lower.link.ifindex;
    });
}

/** Macvlans in bridge mode hand frames to each other without the lower device (macvlan_queue_xmit). */
export function siblingsOf(device: Device, host: NetNS, all: readonly NetNS[]): readonly Device[] {
  const lower = lowerOf(device, host, all);
  if (lower === undefined || !isBridgeMode(device.link)) return [];
  return uppersOf(lower, host, all).filter((upper) => upper.link !== device.link && isBridgeMode(upper.link));
}

function isBridgeMode(link: NetLink): boolean {
  return link.kind.kind === 'macvlan' && link.kind.mode === 'bridge';
}

function named(ns: NetNS, nsid: number, all: readonly NetNS[]): NetNS | undefined {
  const ids = ns.netnsIds;
  const name = ids.ok ? ids.value.find((entry) => entry.nsid === nsid)?.name : undefined;
  return name === undefined ? undefined : all.find((other) => other.names.includes(name));
}

function linksOf(ns: NetNS): readonly NetLink[] {
  return ns.links.ok ? ns.links.value : [];
}
