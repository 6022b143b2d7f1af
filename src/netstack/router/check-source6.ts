/** What the IPv6 stack refuses for its addresses alone (ip6_rcv_core, ip6_forward); it has no rp_filter. */
import { isLinkLocal, isLoopback, isMulticast, isUnspecified } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { SourceCheck, SourceQuery } from './check-source.ts';

export function checkSource6({ src, dst, iif, oif }: SourceQuery): SourceCheck {
  if (iif === 'lo') return { ok: true };
  if (isLoopback(src) || isMulticast(src) || isMapped(src)) return martian('martian-source');
  if (isLoopback(dst)) return martian('martian-destination');
  // Scope 0 is reserved, scope 1 never leaves an interface.
  if (isMulticast(dst) && ((dst.a >>> 16) & 0x0f) <= 1) return martian('martian-destination');
  // Forwarding refuses sources that mean nothing elsewhere; a packet that goes back out of its interface is spared.
  if (oif !== undefined && oif !== iif && (isUnspecified(src) || isLinkLocal(src))) return martian('martian-source');
  return { ok: true };
}

function martian(reason: 'martian-source' | 'martian-destination'): SourceCheck {
  return { ok: false, reason, evidence: [] };
}

/** ::ffff:0:0/96: a dual-stack host could not tell it from IPv4. */
function isMapped(address: IP): boolean {
  return address.a === 0 && address.b === 0 && address.c === 0xffff;
}
