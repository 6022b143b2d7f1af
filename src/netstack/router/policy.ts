/** Walks the policy rules of a family over the tables (fib_rules_lookup), three-valued. */
import type { Evidence } from '../../model/evidence.ts';
import { TABLE } from '../parse/names.ts';
import type { Nexthop, PolicyRule } from '../state.ts';
import { noRoute, ruleErrorAnswer, ruleEvidence, sameAnswers, unknownAnswer } from './answer.ts';
import type { Devices } from './device.ts';
import { vrfOfFlow, type Flow } from './flow.ts';
import type { LookupMode } from './lookup-mode.ts';
import { matchRule } from './rule-match.ts';
import { isErrorType } from './table-hit.ts';
import type { TableHit } from './table-hit.ts';
import type { RouteAnswer } from './types.ts';

export interface PolicyRules {
  readonly rules: readonly PolicyRule[];
  readonly evidence: readonly Evidence[];
  /** Exactly the rules that a namespace is born with. */
  readonly areDefault: boolean;
}

/** In the kernel's order, which among equal priorities is that of the dump. */
export function policyRules(dumped: readonly PolicyRule[]): PolicyRules {
  const rules = [...dumped].sort((x, y) => x.priority - y.priority);
  return { rules, evidence: rules.map(ruleEvidence), areDefault: areDefault(rules) };
}

/** What the rules lead to. */
export interface PolicyTables {
  readonly policy: PolicyRules;
  readonly devices: Devices;
  lookup(table: number, flow: Flow, mode: LookupMode): TableHit | undefined;
  answers(hit: TableHit, by: Evidence | undefined, flow: Flow, mode: LookupMode): readonly RouteAnswer[];
}

interface PolicyWalk {
  readonly tables: PolicyTables;
  readonly flow: Flow;
  readonly mode: LookupMode;
  /** Answers from a rule on, where the walk had to go two ways. */
  resumed: Map<number, readonly RouteAnswer[]> | undefined;
}

export function walkPolicy(tables: PolicyTables, flow: Flow, mode: LookupMode): readonly RouteAnswer[] {
  return walkFrom({ tables, flow, mode, resumed: undefined }, 0, NONE);
}

const NONE: readonly Evidence[] = [];

/** The answers of the rules from `start` on; `tried` are the rules that matched before and gave nothing. */
function walkFrom(walk: PolicyWalk, start: number, tried: readonly Evidence[]): readonly RouteAnswer[] {
  const { policy, devices } = walk.tables;
  const { rules, evidence } = policy;
  let matched = tried;
  for (let i = start; i < rules.length; i++) {
    const rule = rules[i]!;
    const match = matchRule(rule, walk.flow, devices);
    if (match === 'no') continue;
    const by = evidence[i]!;
    if (match !== 'yes') return eitherWay(walk, i, match);
    if (rule.action.kind === 'goto') {
      const target = indexOfPriority(rules, rule.action.priority, i);
      if (target !== undefined) i = target - 1;
      continue;
    }
    const answers = act(walk, i);
    if (answers !== undefined) return answers;
    matched = [...matched, by];
  }
  return [noRoute(matched)];
}

/** What the rule does to a flow that it matches; undefined: the walk goes on with the next rule. */
function act(walk: PolicyWalk, at: number): readonly RouteAnswer[] | undefined {
  const { tables, flow, mode } = walk;
  const rule = tables.policy.rules[at]!;
  const by = tables.policy.evidence[at]!;
  if (rule.action.kind === 'nop' || rule.action.kind === 'goto') return undefined;
  if (rule.action.kind !== 'table') return [ruleErrorAnswer(rule, by)];
  const vrf = rule.l3mdev ? vrfOfFlow(flow, tables.devices) : undefined;
  const table = vrf === undefined ? rule.action.table : (tables.devices.tableOf(vrf) ?? rule.action.table);
  const hit = tables.lookup(table, flow, mode);
  if (hit === undefined || hit.entry.route.type === 'throw') return undefined;
  // Only routes that lead somewhere are suppressed.
  if (isErrorType(hit.entry.route.type)) return tables.answers(hit, by, flow, mode);
  if (rule.suppressPrefixlength !== undefined && hit.length <= rule.suppressPrefixlength) return undefined;
  return rule.suppressIfgroup === undefined ? tables.answers(hit, by, flow, mode) : suppress(walk, at, hit);
}

/** fib4_rule_suppress looks at the route's first nexthop, fib6_rule_suppress at the one that was chosen. */
function suppress(walk: PolicyWalk, at: number, hit: TableHit): readonly RouteAnswer[] | undefined {
  const { tables, flow, mode } = walk;
  const { suppressIfgroup } = tables.policy.rules[at]!;
  const group = suppressIfgroup === 'default' ? '0' : suppressIfgroup;
  const isGroup = (nexthop: Nexthop | undefined): boolean =>
    nexthop?.dev !== undefined && (tables.devices.get(nexthop.dev)?.group ?? '0') === group;
  const answers = tables.answers(hit, tables.policy.evidence[at], flow, mode);
  if (flow.family === 4) return isGroup(hit.entry.nexthops[0]) ? undefined : answers;
  const kept = answers.filter((answer) => !isGroup(answer.nexthop));
  if (kept.length === 0) return undefined;
  if (kept.length === answers.length) return answers;
  const share = kept.reduce((sum, answer) => sum + (answer.probability ?? 1), 0);
  return [...kept, ...scaled(resume(walk, at + 1), 1 - share)];
}

type Uncertain = Exclude<ReturnType<typeof matchRule>, 'yes' | 'no'>;

/** Both ways of a rule that may match: certain again where they lead to the same. */
function eitherWay(walk: PolicyWalk, at: number, match: Uncertain): readonly RouteAnswer[] {
  const { rules, evidence } = walk.tables.policy;
  const rule = rules[at]!;
  const by = evidence[at]!;
  const misses = resume(walk, at + 1);
  const isActionKnown = !rule.l3mdev && !(rule.unsupported !== undefined && rule.action.kind === 'nop');
  if (!isActionKnown && match.kind === 'unknown') return [unknownAnswer(match.reason, [by], misses)];
  const target = rule.action.kind === 'goto' ? indexOfPriority(rules, rule.action.priority, at) : undefined;
  const matches = act(walk, at) ?? resume(walk, target ?? at + 1);
  if (sameAnswers(matches, misses)) return misses;
  if (match.kind === 'unknown') return [unknownAnswer(match.reason, [by], [...matches, ...misses])];
  return [...scaled(matches, match.share), ...scaled(misses, 1 - match.share)];
}

/** The walk from a rule on; kept, so that many uncertain rules do not multiply. */
function resume(walk: PolicyWalk, at: number): readonly RouteAnswer[] {
  walk.resumed ??= new Map();
  const known = walk.resumed.get(at);
  if (known !== undefined) return known;
  const answers = walkFrom(walk, at, NONE);
  walk.resumed.set(at, answers);
  return answers;
}

function scaled(answers: readonly RouteAnswer[], share: number): readonly RouteAnswer[] {
  return answers.map((answer) => ({ ...answer, probability: (answer.probability ?? 1) * share }));
}

/** A goto goes forward to the first rule of its priority; one without a target is passed over. */
function indexOfPriority(rules: readonly PolicyRule[], priority: number, after: number): number | undefined {
  const index = rules.findIndex((rule, i) => i > after && rule.priority === priority);
  return index < 0 ? undefined : index;
}

function areDefault(rules: readonly PolicyRule[]): boolean {
  const tables = rules.map((rule) => (isPlain(rule) && rule.action.kind === 'table' ? rule.action.table : -1));
  return (
    tables.join() === `${TABLE.local},${TABLE.main},${TABLE.default}` ||
    tables.join() === `${TABLE.local},${TABLE.main}`
  );
}

function isPlain(rule: PolicyRule): boolean {
  return (
    !rule.isNot &&
    rule.src === undefined &&
    rule.dst === undefined &&
    rule.iif === undefined &&
    rule.oif === undefined &&
    rule.mark === undefined &&
    rule.tos === undefined &&
    rule.ipproto === undefined &&
    rule.sport === undefined &&
    rule.dport === undefined &&
    rule.uidRange === undefined &&
    !rule.l3mdev &&
    rule.suppressPrefixlength === undefined &&
    rule.suppressIfgroup === undefined &&
    rule.unsupported === undefined
  );
}
