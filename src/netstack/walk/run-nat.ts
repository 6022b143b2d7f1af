/** The nat core's part of a hook: asks the nat tables once per connection and manipulation, then rewrites the packet. */
import type { Evidence } from '../../model/evidence.ts';
import { formatHostPort } from '../../model/address.ts';
import { formatPorts } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import type { Connection } from '../conntrack/connection.ts';
import { applyNat, nullBinding, setUpNat, withPortOfItsOwn } from '../conntrack/nat.ts';
import type { NatRequest, NetfilterOutcome, PacketMeta } from '../netfilter/types.ts';
import { inputOf, type HookDevices } from './hook-input.ts';
import type { PlannedPart, PlannedRules } from './hook-plan.ts';
import { answerOf, askTied, type TieAnswers } from './hook-ties.ts';
import { natAddresses } from './nat-addresses.ts';
import { evaluateRules, nameOf } from './rule-part.ts';
import { withOpenChecksum } from './open-checksum.ts';
import { settle } from './settle.ts';
import type { Next, Walk } from './walk.ts';
import { end, fork, note, unknown } from './walk.ts';

interface NatRun {
  readonly hook: Hook;
  readonly devices: HookDevices;
  readonly meta: PacketMeta;
}

type NatPart = Extract<PlannedPart, { kind: 'nat' }>;

/** True where the walk goes on in place; where it splits, `next` gets each branch that goes on. */
export function runNat(run: NatRun, walk: Walk, part: NatPart, next: Next): boolean {
  const { tracking, connection } = walk;
  if (tracking.kind !== 'connection' || connection === undefined) return true;
  const isDone = part.manip === 'src' ? connection.srcDone : connection.dstDone;
  const isNew = tracking.direction === 'original' && !connection.seenReply && tracking.isRelated !== true;
  if (isNew && !isDone) return askOrders(run, walk, part, next);
  return translate(walk, part.manip);
}

/** Where the order of the nat chains is not certain, and matters, each order is followed. */
function askOrders(run: NatRun, walk: Walk, part: NatPart, next: Next): boolean {
  const { manip, orders, busy } = part;
  const [likely = []] = orders;
  if (orders.length === 1) return askNat(run, walk, { manip, tables: likely, from: 0 }, next);
  const answers = askTied(busy, inputOf(run, walk));
  if (answers.isOrderFree) return askNat(run, walk, { manip, tables: likely, from: 0, answers }, next);
  fork(
    walk,
    'ignorance',
    orders.map((tables, i) => ({
      label: `nat chains of one priority in the order ${busy[i]!.map(nameOf).join(', ')}`,
      go: (branch) => {
        if (askNat(run, branch, { manip, tables, from: 0 }, next)) next(branch);
      },
    })),
  );
  return false;
}

interface Asking {
  readonly manip: 'src' | 'dst';
  readonly tables: readonly PlannedRules[];
  /** Index of the first that has not been asked yet. */
  readonly from: number;
  /** What they said, asked for the packet as it came. */
  readonly answers?: TieAnswers;
}

/** Asks one nat table or chain after the other until one binds the connection; one that none binds gets a null binding. */
function askNat(run: NatRun, walk: Walk, asking: Asking, next: Next): boolean {
  const { manip, tables, from, answers } = asking;
  for (let i = from; i < tables.length; i++) {
    const { rules, passing } = tables[i]!;
    if (passing !== undefined) {
      walk.addStep(passing);
      continue;
    }
    const known = answerOf(answers, rules, walk.packet);
    const outcomes = known ?? evaluateRules(rules, inputOf(run, walk));
    if (outcomes.length === 1) {
      const [outcome] = outcomes;
      const result = settle(walk, outcome!, { isInNat: true });
      if (result === 'goes-on') continue;
      return result !== 'over' && bindNat(run, walk, { request: result, by: outcome!.by }, next);
    }
    for (const outcome of outcomes) askBranch(run, walk.copy(), { manip, tables, from: i + 1, outcome }, next);
    return false;
  }
  const bound = nullBinding(walk.connection!, manip);
  walk.setConnection(manip === 'src' ? withPortOfItsOwn(bound, placeOf(walk)) : bound);
  return translate(walk, manip);
}

function askBranch(
  run: NatRun,
  branch: Walk,
  { outcome, ...rest }: Asking & { readonly outcome: NetfilterOutcome },
  next: Next,
): void {
  const result = settle(branch, outcome, { isInNat: true });
  if (result === 'over') return;
  const isInPlace =
    result === 'goes-on'
      ? askNat(run, branch, rest, next)
      : bindNat(run, branch, { request: result, by: outcome.by }, next);
  if (isInPlace) next(branch);
}

function bindNat(
  run: NatRun,
  walk: Walk,
  { request, by }: { readonly request: NatRequest; readonly by: Evidence | undefined },
  next: Next,
): boolean {
  const { connection } = walk;
  // A rule before this one may have taken the packet out of conntrack's hands.
  if (connection === undefined) throw new Error('nat without a connection');
  const addresses = natAddresses(walk, request, run.hook, run.devices);
  const result = setUpNat(connection, request, addresses);
  if (result.kind !== 'set') {
    const evidence = by === undefined ? [] : [by];
    if (result.kind === 'unknown') unknown(walk, 'unknown-rule', result.reason, evidence);
    else end(walk, 'nat-failed', result.reason, { evidence });
    return false;
  }
  const options =
    request.manip === 'src'
      ? result.options.map((option) => withPortOfItsOwn(option, placeOf(walk), request.ports))
      : result.options;
  if (options.length === 1) {
    walk.setConnection(options[0]!);
    return translate(walk, request.manip);
  }
  const probability = 1 / options.length;
  fork(
    walk,
    'choice',
    options.map((option) => ({
      label: `${request.how} picks ${(request.manip === 'src' ? option.reply.dst : option.reply.src).text}`,
      probability,
      go: (branch) => {
        branch.setConnection(option);
        if (translate(branch, request.manip)) next(branch);
      },
    })),
  );
  return false;
}

function placeOf({ connections, tracking }: Walk): {
  readonly connections: readonly Connection[];
  readonly index: number;
} {
  return { connections, index: tracking.kind === 'connection' ? tracking.index : -1 };
}

/** Rewrites the packet as the connection's mapping says, and writes down what changed. */
function translate(walk: Walk, manip: 'src' | 'dst'): true {
  const { tracking, connection, packet } = walk;
  if (tracking.kind !== 'connection' || connection === undefined) return true;
  const translated = applyNat(connection, tracking.direction, manip, packet);
  if (translated === packet) return true;
  walk.packet = withOpenChecksum(translated);
  note(walk, 'nat', describeNat(packet, translated, manip, tracking.direction));
  return true;
}

function describeNat(before: Packet, after: Packet, manip: 'src' | 'dst', direction: 'original' | 'reply'): string {
  const [from, to] = manip === 'src' ? [before.src, after.src] : [before.dst, after.dst];
  const [fromPort, toPort] = manip === 'src' ? [before.sport, after.sport] : [before.dport, after.dport];
  const what = `${manip === 'src' ? 'source' : 'destination'} ${formatHostPort(from, formatPorts(fromPort))} becomes ${formatHostPort(to, formatPorts(toPort))}`;
  return direction === 'original' ? what : `${what} (NAT undone)`;
}
