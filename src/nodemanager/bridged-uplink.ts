/** Uplinks that are a port of a bridge: what is behind the bridge is then on one link with the network between the nodes. */
import { linksOf, type NetNS } from '../netstack/netns.ts';
import type { NetLink } from '../netstack/state.ts';
import type { NodeState } from './node-state.ts';
import { slavesOf } from '../netstack/stacked/bond.ts';
import { lowerHere } from '../netstack/stacked/vlan.ts';
import { vethPeer } from './veth-peer.ts';

/** Ports of the host's bridges that lead out of the node. */
export function bridgedUplinks(node: NodeState): readonly NetLink[] {
  const { host } = node;
  return linksOf(host).filter(
    (link) => link.master !== undefined && host.link(link.master)?.kind.kind === 'bridge' && leavesNode(link, node),
  );
}

/**
 * A bridge that certainly has no uplink is reached by the node's other devices only: these. Undefined where it may have
 * one, by a port that is not modelled.
 */
export function besideBridge(bridge: NetLink, node: NodeState): readonly NetLink[] | undefined {
  const { host } = node;
  const ports = linksOf(host).filter((link) => link.master === bridge.name);
  const isClosed = ports.every((port) => port.kind.kind === 'veth' && vethPeer(host, port, node).kind === 'found');
  if (!isClosed) return undefined;
  const uplinks = ownUplinks(node);
  return uplinks.length === 0 ? undefined : uplinks;
}

/** Nothing that the device sends or takes leaves the node by itself: a veth between two namespaces, a closed bridge, a tunnel. */
export function isInsideNode(ns: NetNS, link: NetLink, node: NodeState): boolean {
  switch (link.kind.kind) {
    case 'veth':
      return vethPeer(ns, link, node).kind === 'found';
    case 'bridge':
      return ns.isHost && besideBridge(link, node) !== undefined;
    case 'vxlan':
    case 'dummy':
      return link.master === undefined;
    default:
      return false;
  }
}

/** The devices by which the host itself is on the network between the nodes. */
export function ownUplinks(node: NodeState): readonly NetLink[] {
  return linksOf(node.host).filter((link) => link.master === undefined && leavesNode(link, node));
}

function leavesNode(link: NetLink, node: NodeState): boolean {
  const { host } = node;
  switch (link.kind.kind) {
    case 'physical':
      return true;
    case 'veth':
      return vethPeer(host, link, node).kind === 'outside';
    case 'vlan': {
      const lower = lowerHere(host, link);
      return lower !== undefined && leavesNode(lower, node);
    }
    case 'bond':
      return slavesOf(host, link).some((slave) => leavesNode(slave, node));
    default:
      return false;
  }
}

/** The uplinks by which frames for this MAC address come to a device behind a bridge of the host, or to the bridge itself. */
export function uplinksTo(mac: string, node: NodeState): readonly NetLink[] {
  const { host } = node;
  const uplinks = bridgedUplinks(node);
  if (uplinks.length === 0) return [];
  const bridges = new Set(
    node.namespaces.flatMap((ns) =>
      linksOf(ns)
        .filter((link) => link.mac === mac && link.kind.kind === 'veth')
        .flatMap((link) => {
          const peer = vethPeer(ns, link, node);
          return peer.kind === 'found' && peer.ns === host ? [peer.link.master] : [];
        }),
    ),
  );
  return uplinks.filter((uplink) => bridges.has(uplink.master) || host.link(uplink.master!)?.mac === mac);
}
