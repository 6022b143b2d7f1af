/** What the kernel does with a packet's routing beyond rules and tables (ip_route_output_key_hash_rcu, ip_route_input_rcu). */
import { isBroadcast, isLoopback, isMulticast, isUnspecified } from '../../model/address.ts';
import { sysctlEvidence, type Devices } from './device.ts';
import type { FlowKey, RouteAnswer } from './types.ts';
import type { AddressBook } from './source4.ts';

/** IPv4 destinations that no table is asked about; undefined for all others. */
export function withoutTables(key: FlowKey, book: AddressBook): readonly RouteAnswer[] | undefined {
  const { dst, iif } = key;
  if (dst.family === 6) return undefined;
  const isForAll = isMulticast(dst) || isBroadcast(dst);
  if (iif !== 'lo') return isForAll ? [forAll(key, iif)] : undefined;
  // Nobody is this host itself.
  if (isUnspecified(dst)) return [{ kind: 'local', dev: 'lo', evidence: [] }];
  if (!isForAll) return undefined;
  const dev = key.oif ?? (key.src === undefined ? undefined : book.owner(key.src)?.dev);
  return dev === undefined ? undefined : [forAll(key, dev)];
}

/**
 * What v4 makes of the tables' answer for a packet that is sent: with a device bound, a destination without a route
 * is taken for on-link; broadcast and multicast never go by a gateway.
 */
export function asOutput(key: FlowKey, answer: RouteAnswer): RouteAnswer {
  const { dst, oif } = key;
  if (dst.family === 6 || key.iif !== 'lo') return answer;
  if (answer.alternatives !== undefined)
    return { ...answer, alternatives: answer.alternatives.map((x) => asOutput(key, x)) };
  if (oif !== undefined && isFailure(answer)) {
    return { kind: 'unicast', dev: oif, nexthopIp: dst, evidence: answer.evidence };
  }
  if (isBroadcast(dst) && answer.dev !== undefined && answer.kind === 'unicast')
    return { ...answer, kind: 'broadcast', nexthopIp: dst };
  return answer;
}

/** __mkroute_output: a source of 127.0.0.0/8 leaves by lo only, unless route_localnet lets it out of the host. */
export function keepLoopbackInside(key: FlowKey, answer: RouteAnswer, devices: Devices): RouteAnswer {
  if (key.iif !== 'lo' || key.src?.family !== 4 || !isLoopback(key.src)) return answer;
  if (answer.alternatives !== undefined)
    return { ...answer, alternatives: answer.alternatives.map((x) => keepLoopbackInside(key, x, devices)) };
  const { dev, kind } = answer;
  if (dev === undefined || dev === 'lo' || (kind !== 'unicast' && kind !== 'broadcast' && kind !== 'multicast'))
    return answer;
  if (devices.vrfOf(dev) === dev || devices.either(4, dev, 'route_localnet')) return answer;
  const evidence = [...sysctlEvidence(devices, 4, dev, 'route_localnet'), ...answer.evidence];
  return { kind: 'none', evidence, errno: 'EINVAL' };
}

function isFailure(answer: RouteAnswer): boolean {
  return answer.errno !== undefined;
}

function forAll({ dst }: FlowKey, dev: string): RouteAnswer {
  return { kind: isMulticast(dst) ? 'multicast' : 'broadcast', dev, nexthopIp: dst, evidence: [] };
}
