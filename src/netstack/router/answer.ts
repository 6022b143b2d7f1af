/** Makes answers from what the tables and rules say, each with the evidence that decided it. */
import type { Evidence } from '../../model/evidence.ts';
import { isLoopback, isMulticast } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Nexthop, PolicyRule } from '../state.ts';
import { ROUTE_ERRORS } from './table-hit.ts';
import type { ErrorType, NexthopChoice, TableHit } from './table-hit.ts';
import type { TableRoute } from './tables.ts';
import type { RouteAnswer } from './types.ts';

export function ruleEvidence(rule: PolicyRule): Evidence {
  return { kind: 'policy-rule', raw: rule.raw, where: `IPv${rule.family} policy rules` };
}

/** The answer that one nexthop of a route gives. */
export function routeAnswer(
  hit: TableHit,
  choice: NexthopChoice | undefined,
  dst: IP,
  by: Evidence | undefined,
): RouteAnswer {
  const { entry } = hit;
  const nexthop = choice?.nexthop ?? hit.nexthop;
  const answer = madeAnswer(entry, nexthop, by);
  const isToGroup = isMulticast(dst) && answer.kind === 'unicast';
  const probability = choice?.probability;
  const isShare = probability !== undefined && probability < 1;
  // A gateway, an error or this host itself is the same for every destination.
  if (!isShare && !isToGroup && (answer.kind !== 'unicast' || answer.nexthopIp !== undefined)) return answer;
  // In v4 a group is never sent to a gateway, in v6 the route decides.
  const nexthopIp = isToGroup && dst.family === 4 ? dst : (answer.nexthopIp ?? dst);
  return {
    ...answer,
    ...(isToGroup && { kind: 'multicast' }),
    ...((isToGroup || answer.kind === 'unicast') && { nexthopIp }),
    ...(isShare && { probability }),
  };
}

function madeAnswer(entry: TableRoute, nexthop: Nexthop | undefined, by: Evidence | undefined): RouteAnswer {
  for (const known of entry.made) if (known.by === by && known.nexthop === nexthop) return known.answer;
  const answer = makeAnswer(entry, nexthop, by === undefined ? [entry.evidence] : [by, entry.evidence]);
  entry.made.push({ by, nexthop, answer });
  return answer;
}

/** Packets for this namespace leave by lo, whatever device owns the address. Without a gateway the neighbour is left open. */
function makeAnswer(entry: TableRoute, nexthop: Nexthop | undefined, evidence: readonly Evidence[]): RouteAnswer {
  const { route } = entry;
  const { type } = route;
  if (type in ROUTE_ERRORS) return errorAnswer(type as ErrorType, entry, evidence);
  // fib6: a true route by lo would go round in the kernel, and is made a reject route: one of a type without an error
  if (route.family === 6 && type === 'unicast' && nexthop?.dev === 'lo' && !isLoopback(route.dst.ip))
    return { kind: 'none', route, nexthop, dev: 'lo', evidence, errno: 'ENETUNREACH', isErrorLate: true };
  const isHere = type === 'local' || (route.family === 6 && type === 'anycast');
  const dev = isHere ? 'lo' : nexthop?.dev;
  const common = { route, evidence, ...(nexthop !== undefined && { nexthop }), ...(dev !== undefined && { dev }) };
  const problem = route.unsupported ?? (nexthop?.encap === undefined ? undefined : `encapsulation ${nexthop.encap}`);
  if (problem !== undefined) return { ...common, kind: 'unknown', reason: `route "${route.raw}": ${problem}` };
  if (type === 'local' || type === 'broadcast' || type === 'anycast') return { ...common, kind: type };
  return { ...common, kind: 'unicast', ...(nexthop?.via !== undefined && { nexthopIp: nexthop.via }) };
}

function errorAnswer(type: ErrorType, entry: TableRoute, evidence: readonly Evidence[]): RouteAnswer {
  const { route } = entry;
  const errno = ROUTE_ERRORS[type];
  if (type === 'nat') return { kind: 'unknown', route, evidence, reason: `route "${route.raw}": route type nat` };
  return { kind: type, route, evidence, errno };
}

/** The error that a policy rule itself gives (fib4_rule_action, fib6_rule_action). */
export function ruleErrorAnswer(rule: PolicyRule, evidence: Evidence): RouteAnswer {
  const kind = rule.action.kind;
  if (kind === 'prohibit') return { kind: 'prohibit', evidence: [evidence], errno: 'EACCES' };
  if (kind === 'blackhole') return { kind: 'blackhole', evidence: [evidence], errno: 'EINVAL' };
  return { kind: 'unreachable', evidence: [evidence], errno: 'ENETUNREACH' };
}

/** No rule led to a route; `evidence` are the rules that were tried. */
export function noRoute(evidence: readonly Evidence[]): RouteAnswer {
  return { kind: 'none', evidence, errno: 'ENETUNREACH' };
}

export function unknownAnswer(
  reason: string,
  evidence: readonly Evidence[],
  alternatives: readonly RouteAnswer[],
): RouteAnswer {
  return { kind: 'unknown', reason, evidence, alternatives };
}

/** True where both lists send the packet the same ways: the route that said so does not matter. */
export function sameAnswers(x: readonly RouteAnswer[], y: readonly RouteAnswer[]): boolean {
  return x.length === y.length && x.every((answer) => y.some((other) => sameWay(answer, other)));
}

/** Both, where it is not known which of them holds. */
export function bothAnswers(
  answers: readonly RouteAnswer[],
  others: readonly RouteAnswer[],
  reason: string,
): readonly RouteAnswer[] {
  if (sameAnswers(answers, others)) return answers;
  const all = [...answers, ...others];
  return [unknownAnswer(reason, [...new Set(all.flatMap(({ evidence }) => evidence))], all)];
}

function sameWay(x: RouteAnswer, y: RouteAnswer): boolean {
  return (
    x.kind === y.kind &&
    x.kind !== 'unknown' &&
    x.dev === y.dev &&
    x.errno === y.errno &&
    x.probability === y.probability &&
    x.nexthopIp?.text === y.nexthopIp?.text &&
    x.route?.prefsrc?.text === y.route?.prefsrc?.text &&
    x.route?.mtu === y.route?.mtu &&
    x.route?.advmss === y.route?.advmss
  );
}
