/** The addresses that MASQUERADE and REDIRECT take from the namespace's interfaces. */
import { isLinkLocal } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Hook } from '../../model/step.ts';
import type { NatAddresses } from '../conntrack/nat.ts';
import { redirectAddress } from '../conntrack/nat.ts';
import type { NatRequest } from '../netfilter/types.ts';
import type { HookDevices } from './hook-input.ts';
import type { Walk } from './walk.ts';

export function natAddresses(walk: Walk, request: NatRequest, hook: Hook, devices: HookDevices): NatAddresses {
  if (request.how === 'MASQUERADE') return masquerade(walk, devices.oif);
  if (request.how === 'REDIRECT') return redirect(walk, hook, devices.iif);
  return {};
}

/** nf_nat_masquerade.c: inet_select_addr(out, next hop) for IPv4, ipv6_dev_get_saddr(out, destination) for IPv6; the route's prefsrc plays no part. */
function masquerade(walk: Walk, oif: string | undefined): NatAddresses {
  const { ns, packet, route } = walk;
  if (oif === undefined || !ns.router.ok) return {};
  const ip = ns.router.value.interfaceAddress(
    packet.family,
    oif,
    packet.family === 4 ? (route?.nexthopIp ?? packet.dst) : packet.dst,
  );
  return ip === undefined ? {} : { masquerade: ip };
}

/** nf_nat_redirect.c: the device's first address, for an IPv6 link-local destination its first link-local one. */
function redirect(walk: Walk, hook: Hook, iif: string | undefined): NatAddresses {
  const { family, dst } = walk.packet;
  const on = iif === undefined ? [] : walk.ns.addressesOn(iif, family);
  const usable = on.filter(({ ip, flags }) => family === 4 || isUsable(ip, flags, dst)).map((address) => address.ip);
  const ip = redirectAddress(hook === 'output' ? 'output' : 'prerouting', walk.packet, usable);
  return ip === undefined ? {} : { redirect: ip };
}

/** nf_nat_redirect_ipv6_usable */
function isUsable(ip: IP, flags: readonly string[], dst: IP): boolean {
  return !flags.includes('tentative') && (!isLinkLocal(dst) || isLinkLocal(ip));
}
