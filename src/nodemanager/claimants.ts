/** Whether a namespace may answer ARP for an address: one that two of them have is whoever's was heard last. */
import type { IP } from '../model/address.ts';
import { linksOf, type NetNS } from '../netstack/netns.ts';
import { perNamespace } from '../netstack/per-namespace.ts';
import { bridgedUplinks } from './bridged-uplink.ts';
import type { NodeState } from './node-state.ts';
import { standsOnHost } from './stacked.ts';

/** Asked at each hop, of every namespace that is near. */
const known = perNamespace(() => new Map<string, boolean>());

const between = new WeakMap<NodeState, readonly NetNS[]>();

/** The node's namespaces that hear questions from other nodes: behind a bridge with an uplink all of them may. */
export function betweenNodes(node: NodeState): readonly NetNS[] {
  let found = between.get(node);
  if (found === undefined) {
    const isOneLink = bridgedUplinks(node).length > 0;
    found = node.namespaces.filter((ns) => ns.isHost || isOneLink || linksOf(ns).some(standsOnHost));
    between.set(node, found);
  }
  return found;
}

/** It has the IPv4 address, as an address or by a local route. */
export function mayAnswer(ns: NetNS, ip: IP): boolean {
  const byAddress = known(ns);
  let may = byAddress.get(ip.text);
  if (may === undefined) byAddress.set(ip.text, (may = ns.claims(ip) || isLocalTo(ns, ip)));
  return may;
}

function isLocalTo(ns: NetNS, ip: IP): boolean {
  return ns.isHost && ns.router.ok && ns.router.value.isLocal(ip) === true;
}
