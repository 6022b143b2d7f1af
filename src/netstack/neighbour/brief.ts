/** Whether an interface answers for an address, as far as a brief look tells: surely not, or it has to be looked at whole. */
import { contains, type IP } from '../../model/address.ts';
import type { NetNS } from '../netns.ts';
import type { NetLink } from '../state.ts';
import type { AskAnswer } from './answer.ts';

/**
 * What does not forward is no proxy: it answers for IPv4 only where a route says that the address is its own
 * (arp_process), for IPv6 only where the address is on the very interface (ndisc_recv_ns).
 */
export function briefAnswer(ns: NetNS, link: NetLink, ip: IP): AskAnswer {
  const { netconf } = ns;
  const own = ip.family === 4 ? ns.localRoutes : ns.addresses;
  for (const part of [netconf, own])
    if (!part.ok)
      return { kind: 'unknown', reason: `section ${part.missing.section} of ${ns.key}: ${part.missing.reason}` };
  const known = netconf.ok
    ? netconf.value.find(({ family, dev }) => family === ip.family && dev === link.name)
    : undefined;
  // A device without IPv6 has no line there, and no address.
  if (known?.isForwarding ?? ip.family === 4)
    return { kind: 'unknown', reason: `${ns.key} may forward, and only its addresses were collected` };
  return hasAddress(ns, link, ip)
    ? { kind: 'unknown', reason: `${ns.key} has ${ip.text} too, and only its addresses were collected` }
    : { kind: 'no', reason: `${ip.text} is not an address of ${ns.key}` };
}

function hasAddress(ns: NetNS, link: NetLink, ip: IP): boolean {
  if (ip.family === 6) return ns.addressesOn(link.name, 6).some((address) => address.ip.text === ip.text);
  const { localRoutes } = ns;
  return localRoutes.ok && localRoutes.value.some((dst) => contains(dst, ip));
}
