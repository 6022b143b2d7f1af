/** The devices of all namespaces of a node by kind: what stands on a device, or is its other end, is looked for once a frame. */
import { grouped, linksOf, type NetNS } from '../netstack/netns.ts';
import type { LinkKind, NetLink } from '../netstack/state.ts';

export interface Device {
  readonly ns: NetNS;
  readonly link: NetLink;
}

type ByKind = ReadonlyMap<LinkKind['kind'], readonly Device[]>;

const kept = new WeakMap<readonly NetNS[], ByKind>();
const keptVeths = new WeakMap<readonly NetNS[], ReadonlyMap<string, readonly Device[]>>();
const NONE: readonly Device[] = [];

/** In the order of the namespaces. */
export function devicesOfKind(namespaces: readonly NetNS[], kind: LinkKind['kind']): readonly Device[] {
  let byKind = kept.get(namespaces);
  if (byKind === undefined) {
    byKind = grouped(devicesOf(namespaces), ({ link }) => link.kind.kind);
    kept.set(namespaces, byKind);
  }
  return byKind.get(kind) ?? NONE;
}

/** Veths of other namespaces that say the same two interface indexes as `link`, which is one end. */
export function vethsOpposite(namespaces: readonly NetNS[], { ns, link }: Device): readonly Device[] {
  let byEnds = keptVeths.get(namespaces);
  if (byEnds === undefined) {
    const veths = devicesOfKind(namespaces, 'veth').filter((each) => each.link.linkNetnsid !== undefined);
    byEnds = grouped(veths, (each) => endsOf(each.link.ifindex, each.link.linkIndex));
    keptVeths.set(namespaces, byEnds);
  }
  return (byEnds.get(endsOf(link.linkIndex, link.ifindex)) ?? NONE).filter((each) => each.ns !== ns);
}

const endsOf = (own: number | undefined, other: number | undefined): string => `${own} ${other}`;

function devicesOf(namespaces: readonly NetNS[]): readonly Device[] {
  return namespaces.flatMap((ns) => linksOf(ns).map((link) => ({ ns, link })));
}
