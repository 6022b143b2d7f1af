/** Whether the kernel takes a packet that came in with this source (ip_route_input_slow, fib_validate_source). */
import { isBroadcast, isMulticast, isUnspecified } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { PortRange } from '../../model/packet.ts';
import { sysctlEvidence } from './device.ts';
import { martian, martian4 } from './martian4.ts';
import type { Devices } from './device.ts';
import { flowOf } from './flow.ts';
import type { Flow } from './flow.ts';
import type { FamilyLookup } from './lookup.ts';
import { addressEvidence } from './source.ts';
import type { AddressBook } from './source4.ts';
import type { RouteAnswer } from './types.ts';

export interface SourceQuery {
  readonly src: IP;
  readonly dst: IP;
  readonly iif: string;
  /** Where the packet will be forwarded to; absent where it is for this namespace (or a broadcast). */
  readonly oif?: string;
  /** No route leads on: then the addresses themselves are looked at, and nobody asks for the way back. */
  readonly hasNoRoute?: boolean;
  readonly mark: number;
  readonly tos: number;
  readonly protocol: number;
  readonly sport: PortRange;
  readonly dport: PortRange;
}

export type SourceCheck =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly reason: 'reverse-path' | 'martian-source' | 'martian-destination';
      readonly evidence: readonly Evidence[];
    }
  | { readonly ok: 'unknown'; readonly reason: string; readonly evidence: readonly Evidence[] };

export interface SourceChecker {
  readonly devices: Devices;
  readonly book: AddressBook;
  readonly lookup: FamilyLookup;
}

const OK: SourceCheck = { ok: true };

/** The IPv4 check. What comes in by lo has kept its route and is not asked. */
export function checkSource4(checker: SourceChecker, query: SourceQuery): SourceCheck {
  const { src, iif } = query;
  if (checker.devices.get(iif)?.kind.kind === 'loopback' || iif === 'lo') return OK;
  const martian = martian4(checker.devices, query);
  if (martian !== undefined) return martian;
  if (isUnspecified(src) || query.hasNoRoute === true) return OK;
  return validate(checker, query);
}

const ANY: IP = { family: 4, a: 0, b: 0, c: 0, d: 0, text: '0.0.0.0' };

/**
 * fib_validate_source: without rp_filter, policy rules and local routes that somebody put in, only the namespace's own
 * addresses are refused.
 */
function validate(checker: SourceChecker, query: SourceQuery): SourceCheck {
  const { devices, book, lookup } = checker;
  const { src, iif, oif } = query;
  const filter = devices.larger(4, iif, 'rp_filter');
  const mayRedirect = iif === oif && devices.either(4, iif, 'send_redirects');
  const acceptsLocal = devices.either(4, iif, 'accept_local');
  if (filter === 0 && !mayRedirect) {
    if (acceptsLocal) return OK;
    if (lookup.hasFirstRules && !lookup.hasOwnLocalRoutes) {
      const owner = book.owner(src);
      return owner === undefined
        ? OK
        : martian('martian-source', [addressEvidence(owner), ...sysctlEvidence(devices, 4, iif, 'accept_local')]);
    }
  }
  const usesMark = devices.either(4, iif, 'src_valid_mark');
  const back = isForMany(lookup, query) ? { ...query, dst: ANY } : query;
  const vrf = devices.hasVrf ? devices.vrfOf(iif) : undefined;
  const flow = reverseFlow(vrf === undefined ? back : { ...back, oif: vrf }, usesMark);
  const outcomes = lookup
    .lookup(flow, 'first')
    .flatMap((answer) => answer.alternatives ?? [answer])
    .map((answer) => judge(checker, { query, answer, filter, acceptsLocal }));
  return agreed(outcomes);
}

/** To broadcast and multicast the kernel looks for the way back without the packet's destination (brd_input). */
function isForMany(lookup: FamilyLookup, query: SourceQuery): boolean {
  if (query.oif !== undefined) return false;
  if (isBroadcast(query.dst) || isMulticast(query.dst)) return true;
  return lookup.lookup(flowOf(query), 'first').some((answer) => answer.kind === 'broadcast');
}

/** The way back: from the packet's destination to its source, as if sent where the packet goes. */
function reverseFlow(query: SourceQuery, usesMark: boolean): Flow {
  const { src, dst, oif } = query;
  return {
    family: 4,
    dst: src,
    src: isUnspecified(dst) ? undefined : dst,
    iif: oif ?? 'lo',
    oif: undefined,
    liked: undefined,
    isStrict: false,
    ignoresLinkState: false,
    mark: usesMark ? query.mark : 0,
    tos: query.tos,
    protocol: query.protocol,
    sport: query.dport,
    dport: query.sport,
    user: 0,
  };
}

interface Reverse {
  readonly query: SourceQuery;
  readonly answer: RouteAnswer;
  readonly filter: number;
  readonly acceptsLocal: boolean;
}

function judge(checker: SourceChecker, { query, answer, filter, acceptsLocal }: Reverse): SourceCheck {
  const { devices, book, lookup } = checker;
  const { iif } = query;
  const rpFilter = (): SourceCheck => ({
    ok: false,
    reason: 'reverse-path',
    evidence: [...sysctlEvidence(devices, 4, iif, 'rp_filter'), ...answer.evidence],
  });
  switch (answer.kind) {
    case 'unknown':
      return unknownSource(
        answer,
        lookup.nexthopsOf(answer).some((nexthop) => nexthop.dev === iif),
        filter,
      );
    case 'none':
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return filter > 0 ? rpFilter() : OK;
    case 'local':
      if (!acceptsLocal)
        return martian('martian-source', [...answer.evidence, ...sysctlEvidence(devices, 4, iif, 'accept_local')]);
      break;
    case 'unicast':
      break;
    default:
      return martian('martian-source', answer.evidence);
  }
  if (lookup.nexthopsOf(answer).some((nexthop) => nexthop.dev === iif || devices.vrfOf(nexthop.dev ?? '') === iif))
    return OK;
  const hasAddress = book.of(iif).some((address) => address.ip.family === 4);
  if (!hasAddress) return filter > 0 ? rpFilter() : OK;
  return filter === 1 ? rpFilter() : OK;
}

/** A route that is not understood still has its devices. */
function unknownSource(answer: RouteAnswer, usesDevice: boolean, filter: number): SourceCheck {
  if (filter === 0 || usesDevice || (filter === 2 && answer.route !== undefined)) return OK;
  return { ok: 'unknown', reason: answer.reason ?? 'the route back is not known', evidence: answer.evidence };
}

function agreed(outcomes: readonly SourceCheck[]): SourceCheck {
  const first = outcomes[0] ?? OK;
  const differs = outcomes.some(
    (outcome) =>
      outcome.ok !== first.ok || (outcome.ok === false && first.ok === false && outcome.reason !== first.reason),
  );
  if (!differs) return first;
  const evidence = [...new Set(outcomes.flatMap((outcome) => (outcome.ok === true ? [] : outcome.evidence)))];
  return { ok: 'unknown', reason: 'the route back to the source is not known', evidence };
}
