/** The routing decision of one family: policy rules over tables, and the choice among nexthops. */
import type { Family, IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { TABLE } from '../parse/names.ts';
import type { Nexthop } from '../state.ts';
import { bothAnswers, noRoute, routeAnswer, sameAnswers, unknownAnswer } from './answer.ts';
import { numberAt } from '../device-conf.ts';
import { isAtLeast } from './device.ts';
import type { Devices } from './device.ts';
import { lookup4 } from './fib4.ts';
import { deviceMatch6, lookup6 } from './fib6.ts';
import { inVrf, type Flow } from './flow.ts';
import { neighbourStates } from './neighbour-state.ts';
import type { NeighbourStates } from './neighbour-state.ts';
import { nexthopChoices } from './nexthop-choice.ts';
import { nexthopResolver } from './nexthop-objects.ts';
import type { LookupMode } from './lookup-mode.ts';
import { policyRules, walkPolicy } from './policy.ts';
import type { PolicyRules, PolicyTables } from './policy.ts';
import { pastSilentGateways } from './silent-gateway.ts';
import { selectAddress4 } from './source4.ts';
import type { AddressBook } from './source4.ts';
import type { RouterState } from './state.ts';
import type { TableHit } from './table-hit.ts';
import { createTables } from './tables.ts';
import type { Tables } from './tables.ts';
import { trieSharing } from './trie-sharing.ts';
import type { RouteAnswer } from './types.ts';
import { isUsable } from './usable.ts';

export interface FamilyLookup {
  readonly policy: PolicyRules;
  /** v4: policy rules were never changed, as far as is known (fib_has_custom_rules). */
  readonly hasFirstRules: boolean;
  /** v4: local routes that do not come from addresses (fib_has_custom_local_routes). */
  readonly hasOwnLocalRoutes: boolean;
  lookup(flow: Flow, mode: LookupMode): readonly RouteAnswer[];
  /**
   * What the table local says alone. Several where it may still be one trie with main (see {@link mergedHit}), which
   * is then asked in its place.
   */
  inLocal(flow: Flow): readonly (TableHit | undefined)[];
  /** All nexthops of the answer's route, those of a nexthop object included. */
  nexthopsOf(answer: RouteAnswer): readonly Nexthop[];
}

export function createLookup(family: Family, state: RouterState, devices: Devices, book: AddressBook): FamilyLookup {
  const resolver = nexthopResolver(state.nexthops ?? []);
  const tables = createTables(family === 4 ? state.routes4 : state.routes6, family, resolver);
  const policy = policyRules(family === 4 ? state.rules4 : state.rules6);
  const neighbours = neighbourStates(state.neighbours ?? []);
  const lookedUp = (states: NeighbourStates) => tableLookup(family, { state, devices, tables, neighbours: states });
  const lookIn = lookedUp(neighbours);
  const usesNeighbours = (numberAt(state.sysctls, 'ipv4/fib_multipath_use_neigh') ?? 0) !== 0;
  const prefersSource = isAtLeast(state.kernel, 6, 16);
  const sharing = family === 4 && policy.areDefault ? trieSharing(state) : 'apart';
  const hasObjects = family === 4 && state.routes4.some((route) => route.nhid !== undefined);

  const answersOf = (hit: TableHit, by: Evidence | undefined, flow: Flow, mode: LookupMode): readonly RouteAnswer[] =>
    choicesOf(hit, by, flow, mode).map((answer) => viaItself(answer, book, flow.dst));

  const choicesOf = (hit: TableHit, by: Evidence | undefined, flow: Flow, mode: LookupMode): readonly RouteAnswer[] => {
    if (mode !== 'select' || hit.nexthop === undefined || !isChoice(hit))
      return [routeAnswer(hit, undefined, flow.dst, by)];
    if (hit.siblings !== undefined) {
      return hit.siblings.map((entry) =>
        routeAnswer({ entry, length: hit.length, nexthop: entry.nexthops[0]! }, undefined, flow.dst, by),
      );
    }
    const choices = nexthopChoices(hit.entry, hit.nexthop, flow, {
      isUsable: (nexthop) => isUsable(nexthop, family, flow.ignoresLinkState, devices),
      isNeighbourGood: (nexthop) => neighbours.isGood(nexthop),
      usesNeighbours,
      sourceOf: (nexthop) => selectAddress4(book, nexthop, hit.entry.route.scope)?.ip.text,
      prefersSource,
    });
    return choices.map((choice) => routeAnswer(hit, choice, flow.dst, by));
  };

  const policyTables: PolicyTables = { policy, devices, lookup: lookIn, answers: answersOf };
  const passesOver = family === 6 && isHost(state);
  const hasFailedOne =
    passesOver && state.routes6.some((route) => resolver.nexthopsOf(route).some(neighbours.hasFailed));

  return {
    policy,
    hasFirstRules: sharing !== 'apart',
    hasOwnLocalRoutes:
      family === 4 && state.routes4.some(({ type, protocol }) => type === 'local' && protocol !== 'kernel'),
    lookup(asked, mode) {
      const flow = inVrf(asked, devices);
      const answers = walkPolicy(policyTables, flow, mode);
      if (passesOver && mode === 'select')
        return pastSilentGateways(answers, {
          neighbours,
          hasFailedOne,
          ask: (hasFailed) =>
            walkPolicy({ ...policyTables, lookup: lookedUp({ ...neighbours, hasFailed }) }, flow, mode),
        });
      if (sharing === 'apart') return answers;
      const merged = mergedHit(
        (table) => lookIn(table, flow, mode),
        () => lookup4(tables.merged(), flow, devices),
        hasObjects,
      );
      if (merged === 'same') return answers;
      const together = merged === undefined ? [noRoute(policy.evidence)] : answersOf(merged, undefined, flow, mode);
      if (sharing === 'one' && !sameAnswers(answers, together)) return together;
      return bothAnswers(
        answers,
        together,
        'the tables local and main disagree, and it is not known whether policy rules were ever changed in this namespace',
      );
    },
    inLocal(flow) {
      const together = (): TableHit | undefined => lookup4(tables.merged(), flow, devices);
      const alone = (): TableHit | undefined => lookIn(TABLE.local, flow, 'first');
      return sharing === 'one' ? [together()] : sharing === 'apart' ? [alone()] : [alone(), together()];
    },
    nexthopsOf: (answer) => (answer.route === undefined ? [] : resolver.nexthopsOf(answer.route)),
  };
}

/**
 * IPv4 takes a gateway that is this host itself for "on the link" (fib_check_nh_v4_gw, rt_set_nexthop), if it was that when
 * the route was made. A dump does not tell.
 */
function viaItself(answer: RouteAnswer, book: AddressBook, dst: IP): RouteAnswer {
  const { kind, nexthop, probability } = answer;
  if (kind !== 'unicast' || nexthop?.via === undefined || nexthop.via.family === 6) return answer;
  if (book.owner(nexthop.via) === undefined) return answer;
  const { via, ...onLink } = nexthop;
  const either = unknownAnswer(
    `the gateway ${via.text} is an address of this host, which means "on the link" if it was one before the route`,
    answer.evidence,
    [{ ...answer, nexthop: onLink, nexthopIp: dst }, answer],
  );
  return probability === undefined ? either : { ...either, probability };
}

interface LookupParts {
  readonly state: RouterState;
  readonly devices: Devices;
  readonly tables: Tables;
  readonly neighbours: NeighbourStates;
}

const isHost = ({ sysctls }: RouterState): boolean => numberAt(sysctls, 'ipv6/conf/all/forwarding') === 0;

function tableLookup(family: Family, { state, devices, tables, neighbours }: LookupParts) {
  const rules6 = { devices, isHost: isHost(state), hasFailed: (nexthop: Nexthop) => neighbours.hasFailed(nexthop) };
  return (id: number, flow: Flow, mode: LookupMode): TableHit | undefined => {
    const table = tables.get(id);
    if (table === undefined) return undefined;
    if (family === 4) return lookup4(table, flow, devices);
    return mode === 'device' ? deviceMatch6(table, flow, devices) : lookup6(table, flow, rules6);
  };
}

function isChoice(hit: TableHit): boolean {
  return (hit.entry.nexthops.length > 1 && hit.entry.route.type !== 'local') || hit.siblings !== undefined;
}

/**
 * Until the first change of its policy rules, a namespace keeps the tables local and main in one trie, where a longer
 * block of main goes before a shorter one of local (fib_lookup, fib_trie_table). Afterwards they are apart for good,
 * even when the rules are the first ones again. Gives what the one trie says where that may differ.
 */
function mergedHit(
  lookup: (table: number) => TableHit | undefined,
  lookupMerged: () => TableHit | undefined,
  hasObjects: boolean,
): TableHit | 'same' | undefined {
  const local = lookup(TABLE.local);
  if (local === undefined ? !hasObjects : local.length === 32 && local.entry.route.type !== 'throw') return 'same';
  const hit = lookupMerged();
  if (hit !== undefined && hit.entry.route.type !== 'throw') return hit;
  const last = lookup(TABLE.default);
  return last?.entry.route.type === 'throw' ? undefined : last;
}
