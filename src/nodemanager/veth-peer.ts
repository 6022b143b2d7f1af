/** Pairs the two ends of a veth by interface index and netnsid: indexes alone would pair strangers. */
import { linksOf, type NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import { vethsOpposite } from './device-index.ts';
import type { NodeState } from './node-state.ts';

export type Peer =
  | { readonly kind: 'found'; readonly ns: NetNS; readonly link: NetLink }
  /** The other end is in no namespace of this node: what lies beyond is the underlay. */
  | { readonly kind: 'outside' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** The namespaces of one node, and those that its dump left out. */
export type PeerNode = Pick<NodeState, 'namespaces' | 'dump'>;

/** The other end of `link`, which is in `ns`, among the namespaces of its node. */
export function vethPeer(ns: NetNS, link: NetLink, node: PeerNode): Peer {
  const peer = peerAmong(ns, link, node.namespaces);
  if (peer.kind !== 'outside' || !mayBeUndumped(ns, link, node)) return peer;
  return {
    kind: 'unknown',
    reason: `the other end of ${link.name} of ${ns.key} is in no namespace that was collected`,
  };
}

function mayBeUndumped(ns: NetNS, link: NetLink, { dump }: PeerNode): boolean {
  if (ns.isHost && dump.outside?.includes(link.ifindex) === true) return false;
  const left = dump.notDumped ?? [];
  if (left.length === 0 || link.linkNetnsid === undefined) return false;
  const name = nameOf(ns, link.linkNetnsid);
  return name === undefined || left.some(({ names }) => names.includes(name));
}

function peerAmong(ns: NetNS, link: NetLink, all: readonly NetNS[]): Peer {
  if (link.linkIndex === undefined) return { kind: 'unknown', reason: `${link.name} of ${ns.key} names no peer` };
  if (link.linkNetnsid === undefined) {
    const own = linksOf(ns).find((each) => each.ifindex === link.linkIndex);
    return own === undefined ? { kind: 'outside' } : { kind: 'found', ns, link: own };
  }
  const named = nameOf(ns, link.linkNetnsid);
  const candidates = vethsOpposite(all, { ns, link });
  if (named !== undefined) {
    const there = candidates.find((each) => each.ns.names.includes(named));
    if (there !== undefined) return { kind: 'found', ...there };
    // The name is a namespace of this node that was not dumped, unless no namespace here bears it.
    return all.some((other) => other.names.includes(named))
      ? { kind: 'unknown', reason: `${link.name} leads to namespace ${named}, which was not collected` }
      : { kind: 'outside' };
  }
  const fitting = candidates.filter(
    (each) => fitsAll(ns, link.linkNetnsid!, each.ns) && fitsAll(each.ns, each.link.linkNetnsid!, ns),
  );
  if (fitting.length === 1) return { kind: 'found', ...fitting[0]! };
  if (fitting.length === 0) return { kind: 'outside' };
  return { kind: 'unknown', reason: `${fitting.length} devices could be the peer of ${link.name} in ${ns.key}` };
}

function isMutual(link: NetLink, other: NetLink): boolean {
  return (
    other.kind.kind === 'veth' &&
    other.ifindex === link.linkIndex &&
    other.linkIndex === link.ifindex &&
    other.linkNetnsid !== undefined
  );
}

/** If netnsid `id` of `ns` is `other`, then every veth of `ns` that leads to `id` has its end there. */
function fitsAll(ns: NetNS, id: number, other: NetNS): boolean {
  const name = nameOf(ns, id);
  if (name !== undefined && other.names.length > 0 && !other.names.includes(name)) return false;
  const there = linksOf(other);
  return linksOf(ns)
    .filter((link) => link.kind.kind === 'veth' && link.linkNetnsid === id)
    .every((link) => there.some((each) => isMutual(link, each)));
}

function nameOf(ns: NetNS, id: number): string | undefined {
  const ids = ns.netnsIds;
  return ids.ok ? ids.value.find((entry) => entry.nsid === id)?.name : undefined;
}
