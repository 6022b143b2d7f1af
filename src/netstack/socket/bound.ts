/** Whether a socket is bound to an address and a device that a packet came to. */
import type { IP } from '../../model/address.ts';
import { isUnspecified } from '../../model/address.ts';
import type { ListeningSocket } from '../state.ts';

export type Binding = 'address' | 'wildcard' | 'no';

/** Bound to exactly this address, or to any; a v6 socket bound to a mapped address takes that IPv4 address. */
export function bindingOf(socket: ListeningSocket, dst: IP): Binding {
  const { ip, family } = socket;
  if (ip === undefined || isUnspecified(ip)) return family === 'dual' || family === dst.family ? 'wildcard' : 'no';
  if (ip.family === dst.family) return ip.text === dst.text ? 'address' : 'no';
  return isMappedAs(ip, dst) ? 'address' : 'no';
}

function isMappedAs(ip: IP, dst: IP): boolean {
  return ip.family === 6 && dst.family === 4 && ip.a === 0 && ip.b === 0 && ip.c === 0xffff && ip.d === dst.a;
}

/** inet_sk_bound_dev_eq; undefined where the packet's device is not known. */
export function isOnDevice(socket: ListeningSocket, iif: string | undefined): boolean | undefined {
  if (socket.dev === undefined) return true;
  return iif === undefined ? undefined : socket.dev === iif;
}

/** The same of a packet that came in by a VRF: net.ipv4.tcp_l3mdev_accept and udp_l3mdev_accept are of both families. */
export function isInVrf(
  { dev, protocol }: ListeningSocket,
  {
    iif,
    vrf,
    sysctl,
  }: { readonly iif?: string; readonly vrf?: string; readonly sysctl: (key: string) => string | undefined },
): boolean | undefined {
  if (dev !== undefined) return dev === vrf || dev === iif;
  const accepts = sysctl(`ipv4/${protocol === 'udp' ? 'udp' : 'tcp'}_l3mdev_accept`);
  return accepts === undefined ? undefined : accepts !== '0';
}
