/** Whether a namespace may answer ARP for an address: one that two of them have is whoever's was heard last. */
import { contains, isLoopback, parsePrefix, prefix, type IP, type Prefix } from '../model/address.ts';
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

/** A pod's routes are parsed only where one of them makes a block local. */
function isLocalTo(ns: NetNS, ip: IP): boolean {
  const mayBe = localBlocks(ns).some((block) => contains(block, ip));
  if (!ns.isHost && !mayBe) return false;
  if (!ns.router.ok) return mayBe;
  const isLocal = ns.router.value.isLocal(ip);
  return isLocal ?? mayBe;
}

/** Blocks of addresses that local routes of any table lead to, found in the text. */
const localBlocks = perNamespace((ns: NetNS): readonly Prefix[] => {
  if (ns.section('ip4-local') !== undefined) return ns.localRoutes.ok ? ns.localRoutes.value : [];
  const text = ns.section('ip4-route')?.stdout ?? '';
  return [...text.matchAll(LOCAL_BLOCK)].flatMap(([, block]) => {
    const found = block === 'default' ? ALL : parsePrefix(block!);
    return found === undefined || isLoopback(found.ip) ? [] : [found];
  });
});

/** RTN_LOCAL by number or by name. */
const LOCAL_BLOCK = /"type":"(?:2|local)","dst":"(default|[0-9.]+\/\d+)"/g;
const ALL = prefix('0.0.0.0/0');
