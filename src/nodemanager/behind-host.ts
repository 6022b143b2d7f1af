/** Whether frames come to a namespace through its node's own namespace alone, which routes what is for it. */
import { linksOf, type NetNS } from '../netstack/netns.ts';
import { bridgedUplinks } from './bridged-uplink.ts';
import type { NodeState } from './node-state.ts';
import { vethPeer } from './veth-peer.ts';

export function isBehindHost(ns: NetNS, node: NodeState): boolean {
  if (bridgedUplinks(node).length > 0) return false;
  return linksOf(ns).every((link) => {
    if (!link.isUp || link.kind.kind === 'loopback') return true;
    if (link.kind.kind !== 'veth') return false;
    const peer = vethPeer(ns, link, node);
    return peer.kind === 'found' && peer.ns === node.host;
  });
}
