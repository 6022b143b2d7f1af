/** Passes a packet through all parts of one netfilter hook, in the kernel's order. */
import { assertNever } from '../../model/assert-never.ts';
import { sameIP } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import type { NetfilterInput, NetfilterOutcome } from '../netfilter/types.ts';
import { hookPlan, type PlannedPart } from './hook-plan.ts';
import { inputOf, metaOf, type HookDevices } from './hook-input.ts';
import { answerOf, askTied, type TieAnswers } from './hook-ties.ts';
import { runIpvs } from './run-ipvs.ts';
import { reroute } from './reroute.ts';
import { evaluateRules, nameOf } from './rule-part.ts';
import { runNat } from './run-nat.ts';
import { settle } from './settle.ts';
import { track } from './track.ts';
import type { Next, Walk } from './walk.ts';
import { fork, seenByProgram, unknown, unknownSection } from './walk.ts';

/** Runs the hook; `next` gets every branch that is let through. */
export function runHook(walk: Walk, hook: Hook, devices: HookDevices, next: Next): void {
  const plan = hookPlan(walk.ns, walk.packet.family, hook);
  switch (plan.kind) {
    case 'parts':
      return runParts({ hook, devices, meta: metaOf(devices, walk), parts: plan.parts, next }, walk, 0);
    case 'missing':
      return unknownSection(walk, plan.missing);
    case 'program':
      return seenByProgram(walk, plan.evidence);
    default:
      return assertNever(plan);
  }
}

export interface HookRun {
  readonly hook: Hook;
  readonly devices: HookDevices;
  readonly meta: NetfilterInput['meta'];
  readonly parts: readonly PlannedPart[];
  readonly next: Next;
  /** What the rules of tied parts said, asked for the packet as it came to them. */
  readonly answers?: TieAnswers;
}

/** Goes on in place as long as the way does not split; each branch of a split carries on by itself. */
export function runParts(run: HookRun, walk: Walk, from: number): void {
  for (let at = from; at < run.parts.length; at++) {
    const part = run.parts[at]!;
    switch (part.kind) {
      case 'passing':
        walk.addSteps(part.steps);
        break;
      case 'conntrack':
        if (track(walk) === 'over') return;
        break;
      case 'rules':
        if (!runRules(run, walk, part, at)) return;
        break;
      case 'tied':
        return runTied(run, walk, part);
      case 'nat': {
        const { dst } = walk.packet;
        const isInPlace = runNat(run, walk, part, (branch) => {
          if (!isRoutedAnew(run, branch, dst, at)) runParts(run, branch, at + 1);
        });
        if (!isInPlace || isRoutedAnew(run, walk, dst, at)) return;
        break;
      }
      case 'ipvs': {
        const isInPlace = runIpvs(part.role, walk, run.hook, (branch) => runParts(run, branch, at + 1));
        if (!isInPlace) return;
        break;
      }
      default:
        assertNever(part);
    }
  }
  run.next(walk);
}

type RulesPart = Extract<PlannedPart, { kind: 'rules' }>;
type TiedPart = Extract<PlannedPart, { kind: 'tied' }>;

/** True where the walk goes on in place. */
function runRules(run: HookRun, walk: Walk, part: RulesPart, at: number): boolean {
  const { answers } = run;
  const known = answerOf(answers, part.rules, walk.packet);
  const outcomes = known ?? evaluateRules(part.rules, inputOf(run, walk));
  if (outcomes.length === 1) return passes(run, walk, { part, outcome: outcomes[0]! }, at);
  for (const outcome of outcomes) {
    const branch = walk.copy();
    if (passes(run, branch, { part, outcome }, at)) runParts(run, branch, at + 1);
  }
  return false;
}

/** Where the order matters, and is not certain, each order is followed. */
function runTied(run: HookRun, walk: Walk, { orders, rules, onwards }: TiedPart): void {
  const answers = rules === undefined ? undefined : askTied(rules, inputOf(run, walk));
  const { hook, devices, meta, next } = run;
  if (answers?.isOrderFree === true)
    return runParts({ hook, devices, meta, parts: onwards[0]!, next, answers }, walk, 0);
  fork(
    walk,
    'ignorance',
    orders.map((order, i) => ({
      label: `chains of one priority in the order ${order.map(sayPart).join(', ')}`,
      go: (branch) => runParts({ ...run, parts: onwards[i]! }, branch, 0),
    })),
  );
}

function sayPart(part: PlannedPart): string {
  return part.kind === 'rules' ? nameOf(part.rules) : part.kind;
}

/** iptables' mangle OUTPUT looks the route up again when it changed the mark, the tos or an address (iptable_mangle.c). */
function passes(
  run: HookRun,
  walk: Walk,
  { part, outcome }: { readonly part: RulesPart; readonly outcome: NetfilterOutcome },
  at: number,
): boolean {
  const before = walk.packet;
  const { bridge, atDevice } = run.meta;
  const frame = bridge !== undefined ? 'bridge' : atDevice !== undefined ? 'device' : undefined;
  const result = settle(walk, outcome, { frame });
  if (result === 'over') return false;
  if (result !== 'goes-on') throw new Error(`a nat verdict in ${nameOf(part.rules)}`);
  if (!part.mayReroute || !callsForRoute(before, walk.packet)) return true;
  // a chain of nf_tables does not look again then, the table of the older back end does
  if (outcome.verdict.kind === 'queue') {
    unknown(walk, 'unknown-rule', `whether the packet is routed again is not modelled (${nameOf(part.rules)})`, []);
    return false;
  }
  reroute(walk, `${part.rules.kind === 'table' ? 'mangle OUTPUT' : nameOf(part.rules)} changed the packet`, (after) =>
    runParts(run, after, at + 1),
  );
  return false;
}

function callsForRoute(before: Packet, after: Packet): boolean {
  const { mark, tos, src, dst } = before;
  return mark !== after.mark || tos !== after.tos || !sameIP(src, after.src) || !sameIP(dst, after.dst);
}

/** nf_nat_ipv4_local_fn: a new destination of a locally made packet means a new route. True where that was asked for. */
function isRoutedAnew(run: HookRun, walk: Walk, dst: Packet['dst'], at: number): boolean {
  if (run.hook !== 'output' || sameIP(walk.packet.dst, dst)) return false;
  reroute(walk, 'NAT changed the destination', (after) => runParts(run, after, at + 1));
  return true;
}
