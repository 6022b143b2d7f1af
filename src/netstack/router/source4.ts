/** Which IPv4 address the kernel takes as a packet's source (inet_select_addr in net/ipv4/devinet.c). */
import { shareBits } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import { scopeId } from '../parse/names.ts';
import type { Address } from '../state.ts';
import type { Devices } from './device.ts';

/** Addresses by device, in the kernel's order. */
export interface AddressBook {
  readonly devices: Devices;
  of(dev: string): readonly Address[];
  owner(address: IP): Address | undefined;
}

export function addressBook(addresses: readonly Address[], devices: Devices): AddressBook {
  const byDev = new Map<string, Address[]>();
  const byIp = new Map<string, Address>();
  for (const address of addresses) {
    const list = byDev.get(address.dev);
    if (list === undefined) byDev.set(address.dev, [address]);
    else list.push(address);
    if (!byIp.has(address.ip.text)) byIp.set(address.ip.text, address);
  }
  return { devices, of: (dev) => byDev.get(dev) ?? NONE, owner: (address) => byIp.get(address.text) };
}

const NONE: readonly Address[] = [];

/**
 * The address for a nexthop: on its device the first primary one in whose subnet the gateway is, else the device's
 * first of a scope that reaches as far as the route's; where the device has none, the first of any device.
 */
export function selectAddress4(
  book: AddressBook,
  nexthop: { readonly dev?: string; readonly via?: IP },
  scope: string,
): Address | undefined {
  const reach = scopeId(scope);
  const { dev, via } = nexthop;
  if (dev !== undefined) {
    const own = onDevice(book, dev, reach, via);
    if (own !== undefined) return own;
  }
  const vrf = dev === undefined ? undefined : book.devices.vrfOf(dev);
  for (const other of book.devices.names) {
    if (book.devices.vrfOf(other) !== vrf) continue;
    // Addresses of link scope are good on their own device only.
    const address = book.of(other).find((x) => isPrimary(x) && x.scope !== 'link' && scopeId(x.scope) <= reach);
    if (address !== undefined) return address;
  }
  return undefined;
}

function onDevice(book: AddressBook, dev: string, reach: number, via: IP | undefined): Address | undefined {
  // With route_localnet loopback addresses serve outside of the host as well.
  const widest = book.devices.either(4, dev, 'route_localnet') ? scopeId('link') : scopeId('host');
  let first: Address | undefined;
  for (const address of book.of(dev)) {
    if (!isPrimary(address) || Math.min(scopeId(address.scope), widest) > reach) continue;
    if (via === undefined || shareBits(address.peer ?? address.ip, via, address.prefixLength)) return address;
    first ??= address;
  }
  return first;
}

function isPrimary(address: Address): boolean {
  return address.ip.family === 4 && !address.flags.includes('secondary');
}
