/** What the kernel does with a packet's routing beyond rules and tables (ip_route_output_key_hash_rcu, ip_route_input_rcu). */
import { isBroadcast, isMulticast, isUnspecified } from '../../model/address.ts';
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

function isFailure(answer: RouteAnswer): boolean {
  return answer.errno !== undefined;
}

function forAll({ dst }: FlowKey, dev: string): RouteAnswer {
  return { kind: isMulticast(dst) ? 'multicast' : 'broadcast', dev, nexthopIp: dst, evidence: [] };
}
