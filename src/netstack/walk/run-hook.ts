/** Passes a packet through all parts of one netfilter hook, in the kernel's order. */
import type { Evidence } from '../../model/evidence.ts';
import type { CtInfo } from '../../model/flow.ts';
import { formatHostPort } from '../../model/address.ts';
import { assertNever } from '../../model/assert-never.ts';
import { formatPorts, PROTOCOL } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import { ctInfoOf } from '../conntrack/connection.ts';
import { applyNat, nullBinding, setUpNat } from '../conntrack/nat.ts';
import type { Connection } from '../conntrack/connection.ts';
import { evaluateTable, hasChain, type IPTables } from '../iptables/index.ts';
import { HOOK_ORDER, nftFamilies } from '../netfilter/hooks.ts';
import { nativeChainAt } from '../netfilter/native-nft.ts';
import { ipvsFor } from '../netfilter/native-ipvs.ts';
import { REJECT_NOTICE } from '../netfilter/reject.ts';
import type {
  CtChange,
  RejectKind,
  NatRequest,
  NetfilterInput,
  NetfilterOutcome,
  PacketMeta,
} from '../netfilter/types.ts';
import { environment } from './environment.ts';
import { natAddresses } from './nat-addresses.ts';
import { reroute } from './reroute.ts';
import { track } from './track.ts';
import type { Next, Walk } from './walk.ts';
import { end, fork, note, unknown, unknownSection } from './walk.ts';

/** Devices that the hook's rules see. They are those of the hook's beginning even where a rule re-routes the packet. */
export interface HookDevices {
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly physOut?: string;
  readonly isBridged?: boolean;
}

/** Runs the hook; `next` gets every branch that is let through. */
export function runHook(walk: Walk, hook: Hook, devices: HookDevices, next: Next): void {
  const { family } = walk.packet;
  const rules = walk.ns.iptables(family);
  if (!rules.ok) return unknownSection(walk, rules.missing);
  const native = nativeChainAt(walk.ns, nftFamilies(family), hook);
  if (!native.ok) return unknownSection(walk, native.missing);
  if (native.value !== undefined) {
    const { family: nft, table, name } = native.value;
    return unknown(
      walk,
      'unknown-rule',
      `native nftables rules (table ${nft} ${table}, chain ${name}) see the packet in ${hook} and are not evaluated yet`,
      [native.value.evidence],
    );
  }
  runPart({ hook, devices, meta: metaOf(devices, walk), rules: rules.value, next }, walk, 0);
}

interface HookRun {
  readonly hook: Hook;
  readonly devices: HookDevices;
  readonly meta: PacketMeta;
  readonly rules: readonly IPTables[];
  readonly next: Next;
}

function runPart(run: HookRun, walk: Walk, index: number): void {
  const part = HOOK_ORDER[run.hook][index];
  if (part === undefined) return run.next(walk);
  const goOn = (after: Walk): void => runPart(run, after, index + 1);
  switch (part.part) {
    case 'table': {
      const rerouting: Next =
        part.table === 'mangle' && run.hook === 'output' ? (after) => rerouteIfChanged(walk, after, goOn) : goOn;
      return runTable(run, walk, { table: part.table, from: 0 }, rerouting);
    }
    case 'conntrack':
      return goOn(track(walk));
    case 'nat':
      return runNat(run, walk, part.manip, (after) =>
        run.hook === 'output' ? rerouteAfterNat(walk, after, goOn) : goOn(after),
      );
    case 'ipvs': {
      const service = ipvsFor(walk.ns, walk.packet);
      if (service === undefined) return goOn(walk);
      return unknown(walk, 'unknown-rule', 'an IPVS service may take the packet, and IPVS is not evaluated yet', [
        service,
      ]);
    }
    default:
      return assertNever(part);
  }
}

/** The table in each back end that has it, one after the other. */
interface TableAt {
  readonly table: string;
  /** Index of the first back end that has not been asked yet. */
  readonly from: number;
}

function runTable(run: HookRun, walk: Walk, { table, from }: TableAt, next: Next): void {
  for (let i = from; i < run.rules.length; i++) {
    const rules = run.rules[i]!;
    if (!hasChain(rules, table, run.hook)) continue;
    for (const outcome of evaluateTable(rules, table, inputOf(run, walk))) {
      settle(
        walk,
        outcome,
        (after) => runTable(run, after, { table, from: i + 1 }, next),
        () => {
          throw new Error(`a nat verdict in table ${table}`);
        },
      );
    }
    return;
  }
  next(walk);
}

function runNat(run: HookRun, walk: Walk, manip: 'src' | 'dst', next: Next): void {
  const { tracking } = walk;
  if (tracking.kind !== 'connection') return next(walk);
  const connection = walk.connections[tracking.index]!;
  const isDone = manip === 'src' ? connection.srcDone : connection.dstDone;
  const isNew = tracking.direction === 'original' && !connection.seenReply && tracking.isRelated !== true;
  if (!isNew || isDone) return next(translate(walk, manip));
  askNat(run, walk, { manip, from: 0 }, next);
}

/** Asks the nat table of each back end until one binds the connection. */
function askNat(
  run: HookRun,
  walk: Walk,
  { manip, from }: { readonly manip: 'src' | 'dst'; readonly from: number },
  next: Next,
): void {
  for (let i = from; i < run.rules.length; i++) {
    const rules = run.rules[i]!;
    if (!hasChain(rules, 'nat', run.hook)) continue;
    for (const outcome of evaluateTable(rules, 'nat', inputOf(run, walk))) {
      settle(
        walk,
        outcome,
        (after) => askNat(run, after, { manip, from: i + 1 }, next),
        (after, request) => {
          bindNat(run, after, { request, by: outcome.by }, next);
        },
      );
    }
    return;
  }
  next(
    translate(
      withConnection(walk, (connection) => nullBinding(connection, manip)),
      manip,
    ),
  );
}

function bindNat(
  run: HookRun,
  walk: Walk,
  { request, by }: { readonly request: NatRequest; readonly by: Evidence | undefined },
  next: Next,
): void {
  const { tracking } = walk;
  if (tracking.kind !== 'connection') throw new Error('nat without a connection');
  const addresses = natAddresses(walk, request, run.hook, run.devices);
  const result = setUpNat(walk.connections[tracking.index]!, request, addresses);
  const evidence = by === undefined ? [] : [by];
  if (result.kind === 'unknown') return unknown(walk, 'unknown-rule', result.reason, evidence);
  if (result.kind === 'drop') return end(walk, 'nat-failed', result.reason, { evidence });
  const share = 1 / result.options.length;
  fork(
    walk,
    'choice',
    result.options.map((option) => ({
      label: `${request.how} picks ${(request.manip === 'src' ? option.reply.dst : option.reply.src).text}`,
      probability: share,
      go: (branch) =>
        next(
          translate(
            withConnection(branch, () => option),
            request.manip,
          ),
        ),
    })),
  );
}

/** Rewrites the packet as the connection's mapping says, and writes down what changed. */
function translate(walk: Walk, manip: 'src' | 'dst'): Walk {
  const { tracking } = walk;
  if (tracking.kind !== 'connection') return walk;
  const packet = applyNat(walk.connections[tracking.index]!, tracking.direction, manip, walk.packet);
  if (packet === walk.packet) return walk;
  return note({ ...walk, packet }, 'nat', describeNat(walk.packet, packet, manip, tracking.direction));
}

function describeNat(before: Packet, after: Packet, manip: 'src' | 'dst', direction: 'original' | 'reply'): string {
  const [from, to] = manip === 'src' ? [before.src, after.src] : [before.dst, after.dst];
  const [fromPort, toPort] = manip === 'src' ? [before.sport, after.sport] : [before.dport, after.dport];
  const what = `${manip === 'src' ? 'source' : 'destination'} ${formatHostPort(from, formatPorts(fromPort))} becomes ${formatHostPort(to, formatPorts(toPort))}`;
  return direction === 'original' ? what : `${what} (NAT undone)`;
}

/** Carries on with what a table decided. */
function settle(
  walk: Walk,
  outcome: NetfilterOutcome,
  accepted: Next,
  nat: (walk: Walk, request: NatRequest) => void,
): void {
  const after = applied(walk, outcome);
  const evidence = outcome.by === undefined ? [] : [outcome.by];
  const rule = outcome.by?.where ?? 'a rule';
  const { verdict } = outcome;
  switch (verdict.kind) {
    case 'accept':
      return accepted(after);
    case 'drop':
      return end(after, 'dropped', `dropped by ${rule}`, { evidence, ...senderError(walk) });
    case 'reject':
      return end(after, 'rejected', `rejected (${verdict.how}) by ${rule}`, {
        evidence,
        notice: REJECT_NOTICE[verdict.how],
        ...rejectNotice(walk, verdict.how),
      });
    case 'nat':
      return nat(after, verdict.request);
    case 'tproxy': {
      const mark = ((after.packet.mark & ~verdict.mask) ^ verdict.mark) >>> 0;
      const tproxy =
        verdict.address === undefined ? { port: verdict.port } : { address: verdict.address, port: verdict.port };
      return accepted({ ...after, packet: { ...after.packet, mark }, tproxy });
    }
    case 'queue':
      return unknown(after, 'unknown-rule', `a program decides over the packet (${rule})`, evidence);
    case 'unknown':
      return unknown(after, 'unknown-rule', `${verdict.reason} (${rule})`, evidence);
    default:
      return assertNever(verdict);
  }
}

/** A datagram that OUTPUT drops makes the sender's own call fail; a ping over IPv6 is not told. TCP waits for an answer. */
function senderError({ packet, isLocal }: Walk): { readonly notice?: 'EPERM' | 'timeout' } {
  if (!isLocal || packet.inner !== undefined || packet.protocol === PROTOCOL.tcp) return {};
  return { notice: packet.protocol === PROTOCOL.icmpv6 ? 'timeout' : 'EPERM' };
}

/**
 * nf_send_reset answers what came in by a bridge port directly on that port, past NAT: the reset of a translated
 * connection comes from an address that the client did not ask.
 */
function rejectNotice(walk: Walk, how: RejectKind): { readonly notice?: 'EPERM' | 'timeout' } {
  const { tracking, physIn } = walk;
  if (how !== 'tcp-reset' || physIn === undefined || tracking.kind !== 'connection') return senderError(walk);
  const { isDnat, isSnat } = walk.connections[tracking.index]!;
  return isDnat || isSnat ? { notice: 'timeout' } : {};
}

function applied(walk: Walk, outcome: NetfilterOutcome): Walk {
  const { steps, forks, packet, assumed, ctChange } = outcome;
  const after: Walk = {
    ...walk,
    packet,
    assumed,
    steps: steps.length === 0 ? walk.steps : { steps, before: walk.steps },
    forks: forks.length === 0 ? walk.forks : [...walk.forks, ...forks],
  };
  return ctChange === undefined ? after : withCtChange(after, ctChange);
}

function withCtChange(walk: Walk, { notrack, zone, mark }: CtChange): Walk {
  const tracked: Walk = {
    ...walk,
    zone: zone ?? walk.zone,
    tracking: notrack === true ? { kind: 'untracked' } : walk.tracking,
  };
  return mark === undefined ? tracked : withConnection(tracked, (connection) => ({ ...connection, mark }));
}

function withConnection(walk: Walk, change: (connection: Connection) => Connection): Walk {
  const { tracking } = walk;
  if (tracking.kind !== 'connection') return walk;
  return { ...walk, connections: walk.connections.with(tracking.index, change(walk.connections[tracking.index]!)) };
}

/** iptables' mangle OUTPUT looks the route up again when it changed the mark, the tos or an address (iptable_mangle.c). */
function rerouteIfChanged(before: Walk, after: Walk, next: Next): void {
  const [a, b] = [before.packet, after.packet];
  if (a.mark === b.mark && a.tos === b.tos && a.src === b.src && a.dst === b.dst) return next(after);
  reroute(after, 'mangle OUTPUT changed the packet', next);
}

/** nf_nat_ipv4_local_fn: a new destination means a new route. */
function rerouteAfterNat(before: Walk, after: Walk, next: Next): void {
  if (before.packet.dst === after.packet.dst) return next(after);
  reroute(after, 'NAT changed the destination', next);
}

function inputOf(run: HookRun, walk: Walk): NetfilterInput {
  return {
    hook: run.hook,
    family: walk.packet.family,
    packet: walk.packet,
    meta: run.meta,
    ct: ctOf(walk),
    env: environment(walk.ns),
    forkIds: walk.run.forkIds,
    assumed: walk.assumed,
  };
}

function metaOf(devices: HookDevices, walk: Walk): PacketMeta {
  return {
    iif: devices.iif,
    oif: devices.oif,
    physIn: walk.physIn,
    physOut: devices.physOut,
    srcMac: walk.srcMac,
    isBridged: devices.isBridged ?? false,
    pkttype: walk.pkttype,
    isLocal: walk.isLocal,
  };
}

const NO_CONNECTION = { direction: 'original', isSnat: false, isDnat: false, mark: 0, zone: 0 } as const;

function ctOf(walk: Walk): CtInfo {
  const { tracking } = walk;
  switch (tracking.kind) {
    case 'connection':
      return ctInfoOf(walk.connections[tracking.index]!, tracking.direction, tracking.isRelated);
    case 'untracked':
      return { state: 'UNTRACKED', ...NO_CONNECTION };
    case 'none':
    case 'invalid':
      return { state: 'INVALID', ...NO_CONNECTION };
    default:
      return assertNever(tracking);
  }
}
