/** Which addresses were given to Services, and what they say of the block that they are from. */
import { compareIP, makePrefix, shareBits, bits } from '../model/address.ts';
import type { IP, Prefix } from '../model/address.ts';
import { isIn, readIPs } from './addresses.ts';
import type { Detected } from './detected.ts';
import type { IPCache } from './ip-cache.ts';
import { readMeta } from './object-meta.ts';

/** Set on what the API server gave to a Service (kubernetes pkg/registry/core/service/ipallocator); others may make such objects too. */
const MANAGED_BY = 'ipaddress.kubernetes.io/managed-by';
const ALLOCATOR = 'ipallocator.k8s.io';

/** Addresses of IPAddress objects, each the name of one. In a big cluster only some of them were asked for. */
function givenAddresses(cache: IPCache): readonly IP[] {
  const metas = cache.objects('IPAddress').map(readMeta);
  return readIPs(metas.flatMap((meta) => (meta?.labels.get(MANAGED_BY) === ALLOCATOR ? [meta.name] : [])));
}

/** Where nothing names the blocks: the smallest that have all addresses in use. The real ones are no smaller. */
export function blocksInUse(cache: IPCache): Detected<readonly Prefix[]> | undefined {
  const given = givenAddresses(cache);
  const services = cache.services.flatMap((service) => service.clusterIPs);
  const all = [...given, ...services];
  const value = ([4, 6] as const).flatMap((family) => smallestBlock(all.filter((ip) => ip.family === family)));
  const from = [
    ...(given.length === 0 ? [] : [`${given.length} IPAddress objects`]),
    ...(services.length === 0 ? [] : [`${services.length} cluster IPs of services`]),
  ];
  return value.length === 0 ? undefined : { value, from: `the addresses in use, at least: ${from.join(', ')}` };
}

/** What stands against a block that is said to be the Services': addresses of theirs that it has not. */
export function addressesOutside(cache: IPCache, blocks: readonly Prefix[]): Detected<readonly IP[]> | undefined {
  const value = givenAddresses(cache).filter((ip) => !isIn(blocks, ip));
  return value.length === 0 ? undefined : { value, from: 'IPAddress objects' };
}

function smallestBlock(addresses: readonly IP[]): readonly Prefix[] {
  const sorted = addresses.toSorted(compareIP);
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) return [];
  let length = bits(low.family);
  while (!shareBits(low, high, length)) length--;
  return [makePrefix(low, length)];
}
