/** Uplinks that are a port of a bridge: what is behind the bridge is then on one link with the network between the nodes. */
import type { NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import { vethPeer } from './veth-peer.ts';

/** Ports of the host's bridges that lead out of the node. */
export function bridgedUplinks(host: NetNS, all: readonly NetNS[]): readonly NetLink[] {
  return linksOf(host).filter(
    (link) =>
      link.master !== undefined && host.link(link.master)?.kind.kind === 'bridge' && leavesNode(link, host, all),
  );
}

/**
 * A bridge that certainly has no uplink is reached by the node's other devices only: these. Undefined where it may have
 * one, by a port that is not modelled.
 */
export function besideBridge(bridge: NetLink, host: NetNS, all: readonly NetNS[]): readonly NetLink[] | undefined {
  const ports = linksOf(host).filter((link) => link.master === bridge.name);
  const isClosed = ports.every((port) => port.kind.kind === 'veth' && vethPeer(host, port, all).kind === 'found');
  if (!isClosed) return undefined;
  const uplinks = linksOf(host).filter((link) => link.master === undefined && leavesNode(link, host, all));
  return uplinks.length === 0 ? undefined : uplinks;
}

function leavesNode(link: NetLink, host: NetNS, all: readonly NetNS[]): boolean {
  return link.kind.kind === 'physical' || (link.kind.kind === 'veth' && vethPeer(host, link, all).kind === 'outside');
}

/** The uplinks by which frames for this MAC address come to a device behind a bridge of the host, or to the bridge itself. */
export function uplinksTo(mac: string, host: NetNS, all: readonly NetNS[]): readonly NetLink[] {
  const uplinks = bridgedUplinks(host, all);
  if (uplinks.length === 0) return [];
  const bridges = new Set(
    all.flatMap((ns) =>
      linksOf(ns)
        .filter((link) => link.mac === mac && link.kind.kind === 'veth')
        .flatMap((link) => {
          const peer = vethPeer(ns, link, all);
          return peer.kind === 'found' && peer.ns === host ? [peer.link.master] : [];
        }),
    ),
  );
  return uplinks.filter((uplink) => bridges.has(uplink.master) || host.link(uplink.master!)?.mac === mac);
}

function linksOf(ns: NetNS): readonly NetLink[] {
  return ns.links.ok ? ns.links.value : [];
}
