/** IPv4 addresses that the kernel refuses in what comes in before any route is asked about them (ip_route_input_slow). */
import { isBroadcast, isLoopback, isMulticast, isUnspecified } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { SourceCheck, SourceQuery } from './check-source.ts';
import { sysctlEvidence } from './device.ts';
import type { Devices } from './device.ts';

/** Undefined where nothing is wrong with the addresses themselves. */
export function martian4(devices: Devices, { src, dst, iif }: SourceQuery): SourceCheck | undefined {
  if (isMulticast(src) || isBroadcast(src)) return martian('martian-source', []);
  const hasLocalnet = devices.either(4, iif, 'route_localnet');
  const localnet = (): readonly Evidence[] => sysctlEvidence(devices, 4, iif, 'route_localnet');
  if (isMulticast(dst)) {
    if (isLoopback(src) && !hasLocalnet) return martian('martian-source', localnet());
    // Only IGMP and the groups of the link may come from nobody.
    return isUnspecified(src) && dst.a >>> 8 !== 0xe00000 ? martian('martian-source', []) : undefined;
  }
  if (isBroadcast(dst) || (isUnspecified(src) && isUnspecified(dst))) return undefined;
  if (isUnspecified(src)) return martian('martian-source', []);
  if (isUnspecified(dst)) return martian('martian-destination', []);
  if (hasLocalnet) return undefined;
  if (isLoopback(dst)) return martian('martian-destination', localnet());
  return isLoopback(src) ? martian('martian-source', localnet()) : undefined;
}

export function martian(reason: 'martian-source' | 'martian-destination', evidence: readonly Evidence[]): SourceCheck {
  return { ok: false, reason, evidence };
}
