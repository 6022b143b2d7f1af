/** Whether a namespace may answer ARP for an address: one that two of them have is whoever's was heard last. */
import type { IP } from '../model/address.ts';
import type { NetNS } from '../netstack/netns.ts';
import { perNamespace } from '../netstack/per-namespace.ts';

/** Asked at each hop, of every namespace that is near. */
const known = perNamespace(() => new Map<string, boolean>());

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
