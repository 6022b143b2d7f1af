/** The nat core's part of a hook: asks the nat tables once per connection and manipulation, then rewrites the packet. */
import type { Evidence } from '../../model/evidence.ts';
import { formatHostPort } from '../../model/address.ts';
import { formatPorts } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import { applyNat, nullBinding, setUpNat } from '../conntrack/nat.ts';
import { evaluateTable } from '../iptables/index.ts';
import type { NatRequest, NetfilterOutcome, PacketMeta } from '../netfilter/types.ts';
import { inputOf, type HookDevices } from './hook-input.ts';
import type { PlannedPart } from './hook-plan.ts';
import { natAddresses } from './nat-addresses.ts';
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
  if (isNew && !isDone) return askNat(run, walk, { part, from: 0 }, next);
  translate(walk, part.manip);
  return true;
}

interface Asking {
  readonly part: NatPart;
  /** Index of the first back end that has not been asked yet. */
  readonly from: number;
}

/** Asks the nat table of each back end until one binds the connection; one that none binds gets a null binding. */
function askNat(run: NatRun, walk: Walk, { part, from }: Asking, next: Next): boolean {
  for (let i = from; i < part.tables.length; i++) {
    const { rules, passing } = part.tables[i]!;
    if (passing !== undefined) {
      walk.addSteps(passing);
      continue;
    }
    const outcomes = evaluateTable(rules, 'nat', inputOf(run, walk));
    if (outcomes.length === 1) {
      const [outcome] = outcomes;
      const result = settle(walk, outcome!);
      if (result === 'goes-on') continue;
      return result !== 'over' && bindNat(run, walk, { request: result, by: outcome!.by }, next);
    }
    for (const outcome of outcomes) askBranch(run, walk.copy(), { part, from: i + 1, outcome }, next);
    return false;
  }
  walk.setConnection(nullBinding(walk.connection!, part.manip));
  translate(walk, part.manip);
  return true;
}

function askBranch(
  run: NatRun,
  branch: Walk,
  { outcome, ...rest }: Asking & { readonly outcome: NetfilterOutcome },
  next: Next,
): void {
  const result = settle(branch, outcome);
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
  const { options } = result;
  if (options.length === 1) {
    walk.setConnection(options[0]!);
    translate(walk, request.manip);
    return true;
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
        translate(branch, request.manip);
        next(branch);
      },
    })),
  );
  return false;
}

/** Rewrites the packet as the connection's mapping says, and writes down what changed. */
function translate(walk: Walk, manip: 'src' | 'dst'): void {
  const { tracking, connection, packet } = walk;
  if (tracking.kind !== 'connection' || connection === undefined) return;
  const translated = applyNat(connection, tracking.direction, manip, packet);
  if (translated === packet) return;
  walk.packet = translated;
  note(walk, 'nat', describeNat(packet, translated, manip, tracking.direction));
}

function describeNat(before: Packet, after: Packet, manip: 'src' | 'dst', direction: 'original' | 'reply'): string {
  const [from, to] = manip === 'src' ? [before.src, after.src] : [before.dst, after.dst];
  const [fromPort, toPort] = manip === 'src' ? [before.sport, after.sport] : [before.dport, after.dport];
  const what = `${manip === 'src' ? 'source' : 'destination'} ${formatHostPort(from, formatPorts(fromPort))} becomes ${formatHostPort(to, formatPorts(toPort))}`;
  return direction === 'original' ? what : `${what} (NAT undone)`;
}
