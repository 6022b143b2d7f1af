/** The source address of a locally made packet, from the route that it takes. */
import { isUnspecified } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Address, Nexthop } from '../state.ts';
import { selectAddress4 } from './source4.ts';
import type { AddressBook } from './source4.ts';
import { selectAddress6 } from './source6.ts';
import type { RouteAnswer } from './types.ts';

export interface SourceAddress {
  readonly ip: IP;
  /** The route whose `src` says so, or the address that was chosen. */
  readonly evidence: readonly Evidence[];
}

/**
 * Undefined where the namespace has no address that would do. `nexthops` are those of the answer's route: v6 takes a
 * group's source by the device of its first member, whichever is chosen (fib6_info_nh_dev).
 */
export function sourceFor(
  book: AddressBook,
  dst: IP,
  answer: RouteAnswer,
  nexthops: readonly Nexthop[],
): SourceAddress | undefined {
  const { route } = answer;
  if (route?.prefsrc !== undefined) return { ip: route.prefsrc, evidence: answer.evidence };
  // The kernel takes the destination itself where a local route has no prefsrc.
  if (dst.family === 4 && answer.kind === 'local')
    return isUnspecified(dst) ? undefined : { ip: dst, evidence: answer.evidence };
  const chosen =
    dst.family === 4
      ? select4(book, answer)
      : selectAddress6(book, dst, (route?.nhid === undefined ? answer.nexthop : nexthops[0])?.dev ?? answer.dev);
  return chosen === undefined ? undefined : { ip: chosen.ip, evidence: [addressEvidence(chosen)] };
}

function select4(book: AddressBook, answer: RouteAnswer): Address | undefined {
  const nexthop = answer.nexthop ?? (answer.dev === undefined ? {} : { dev: answer.dev });
  return selectAddress4(book, nexthop, scopeOf(answer));
}

/**
 * A destination that was taken for on-link without a route may use addresses of link scope, and so may a nexthop
 * object without a gateway: it took its address when it was made (nh_create_ipv4), whatever its routes' scope.
 */
function scopeOf({ route, nexthop }: RouteAnswer): string {
  if (route === undefined || (route.nhid !== undefined && nexthop?.via === undefined)) return 'link';
  return route.scope;
}

export function addressEvidence(address: Address): Evidence {
  return { kind: 'address', raw: address.raw, where: `dev ${address.dev}` };
}
