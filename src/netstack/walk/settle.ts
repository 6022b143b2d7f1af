/** Does to the walk what a table decided. */
import { assertNever } from '../../model/assert-never.ts';
import type { Evidence } from '../../model/evidence.ts';
import { PROTOCOL } from '../../model/packet.ts';
import type { Ending } from '../../model/path.ts';
import { bridgeChains, legacyAt } from '../layer2/legacy-chains.ts';
import type { NetNS } from '../netns.ts';
import { busyChainAt } from '../nftables/index.ts';
import { REJECT_NOTICE } from '../netfilter/reject.ts';
import type { CtChange, NatRequest, NetfilterOutcome, RejectKind } from '../netfilter/types.ts';
import { mayGoPastHooks } from './flow-table.ts';
import { hasNoReader, nameQueues, type QueueVerdict } from './queue.ts';
import { hasTransparentSocket } from './tproxy.ts';
import type { Walk } from './walk.ts';
import { end, unknown } from './walk.ts';

/** `over`: the walk ended here. A nat table may ask for a translation instead. */
export function settle(
  walk: Walk,
  outcome: NetfilterOutcome,
  { frame, isInNat = false }: { readonly frame?: 'bridge' | 'device' | undefined; readonly isInNat?: boolean } = {},
): 'goes-on' | 'over' | NatRequest {
  const { verdict } = outcome;
  if (frame !== undefined && verdict.kind !== 'accept') return settleFrame(walk, outcome, frame);
  // What the sender learns rests on what the packet was before the rules changed it.
  const notice =
    verdict.kind === 'drop' ? senderError(walk) : verdict.kind === 'reject' ? rejectNotice(walk, verdict.how) : {};
  apply(walk, outcome);
  if (verdict.kind === 'accept') return 'goes-on';
  if (verdict.kind === 'nat') return verdict.request;
  const evidence = outcome.by === undefined ? [] : [outcome.by];
  const rule = outcome.by?.where ?? 'a rule';
  if ((verdict.kind === 'drop' || verdict.kind === 'reject') && mayGoPastHooks(walk)) {
    unknown(walk, 'unknown-rule', `a flow table of ${walk.ns.key} may take the connection past ${rule}`, evidence);
    return 'over';
  }
  switch (verdict.kind) {
    case 'drop':
      end(walk, 'dropped', `dropped by ${rule}`, { evidence, ...notice });
      return 'over';
    case 'reject':
      end(walk, 'rejected', `rejected (${verdict.how}) by ${rule}`, {
        evidence,
        notice: REJECT_NOTICE[verdict.how],
        ...notice,
      });
      return 'over';
    case 'tproxy': {
      const { packet } = walk;
      if (verdict.isElseDropped === true && !findsSocket(walk, verdict, { rule, evidence })) return 'over';
      walk.packet = { ...packet, mark: ((packet.mark & ~verdict.mask) ^ verdict.mark) >>> 0 };
      walk.tproxy =
        verdict.address === undefined ? { port: verdict.port } : { address: verdict.address, port: verdict.port };
      return 'goes-on';
    }
    case 'queue':
      return settleQueue(walk, verdict, { rule, evidence, isInNat });
    case 'unknown':
      unknown(walk, 'unknown-rule', `${verdict.reason} (${rule})`, evidence);
      return 'over';
    default:
      return assertNever(verdict);
  }
}

/**
 * nf_queue: without a program the packet is freed, of which the sender's call is not told, or goes on with the next chain.
 * In nat the next one is past all of nat, which is not followed.
 */
function settleQueue(
  walk: Walk,
  verdict: QueueVerdict,
  {
    rule,
    evidence,
    isInNat,
  }: { readonly rule: string; readonly evidence: readonly Evidence[]; readonly isInNat: boolean },
): 'goes-on' | 'over' {
  if (hasNoReader(walk, verdict) && !(isInNat && verdict.bypass)) {
    if (verdict.bypass) return 'goes-on';
    end(walk, 'dropped', `dropped by ${rule}: no program reads ${nameQueues(verdict)}`, { evidence });
  } else unknown(walk, 'unknown-rule', `a program decides over the packet (${rule})`, evidence);
  return 'over';
}

/** A frame at a bridge or a device: nobody is told of a drop, not even a process here; a refusal goes out by the port itself. */
function settleFrame(walk: Walk, outcome: NetfilterOutcome, at: 'bridge' | 'device'): 'over' {
  const { by, verdict } = outcome;
  apply(walk, outcome);
  const evidence = by === undefined ? [] : [by];
  const rule = by?.where ?? 'a rule';
  if (verdict.kind === 'drop') end(walk, 'dropped', `dropped by ${rule}`, { evidence });
  else if (verdict.kind === 'reject' && at === 'bridge' && isAnsweredByPort(walk.ns))
    end(walk, 'rejected', `rejected (${verdict.how}) by ${rule}`, { evidence, notice: portNotice(walk, verdict.how) });
  else unknown(walk, 'unknown-rule', `${verdict.kind} of a frame is not modelled (${rule})`, evidence);
  return 'over';
}

/** nft_reject_bridge_eval: the refusal goes out by the port itself, past rules where there are none for what a bridge sends. */
function isAnsweredByPort(ns: NetNS): boolean {
  const hooks = ['output', 'postrouting'] as const;
  return hooks.every((hook) => {
    const busy = busyChainAt(ns, ['bridge'], hook);
    return busy.ok && busy.value === undefined && legacyAt(bridgeChains(ns), [hook]) === undefined;
  });
}

/** It knows of no translation: what was translated is refused in the name of one that the sender did not ask. */
function portNotice({ connection }: Walk, how: RejectKind): NonNullable<Ending['notice']> {
  const isTranslated = connection !== undefined && (connection.isDnat || connection.isSnat);
  return isTranslated ? 'timeout' : REJECT_NOTICE[how];
}

/** False where the packet is dropped for want of a socket; where that is not known it is dropped as well, in another branch. */
function findsSocket(
  walk: Walk,
  verdict: Extract<NetfilterOutcome['verdict'], { kind: 'tproxy' }>,
  { rule, evidence }: { readonly rule: string; readonly evidence: readonly Evidence[] },
): boolean {
  const has = hasTransparentSocket(walk, verdict);
  const lost = has === 'no' ? walk : walk.copy();
  if (has === 'maybe') {
    const common = { cause: 'ignorance', id: walk.run.forkIds.next() } as const;
    const { forks } = walk;
    lost.forks = [...forks, { ...common, option: 1, label: `the socket on port ${verdict.port} is not transparent` }];
    walk.forks = [...forks, { ...common, option: 0, label: `the socket on port ${verdict.port} is transparent` }];
  }
  end(lost, 'dropped', `dropped by ${rule}: no transparent socket takes it on port ${verdict.port}`, { evidence });
  return has === 'maybe';
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
  const { connection, physIn } = walk;
  // a ping over IPv6 is told by the error itself, though its call does not fail
  if (walk.isLocal && walk.packet.protocol === PROTOCOL.icmpv6) return {};
  if (how !== 'tcp-reset' || physIn === undefined || connection === undefined) return senderError(walk);
  return connection.isDnat || connection.isSnat ? { notice: 'timeout' } : {};
}

function apply(walk: Walk, { steps, forks, packet, assumed, ctChange }: NetfilterOutcome): void {
  walk.packet = packet;
  walk.assumed = assumed;
  if (steps.length > 0) walk.addSteps(steps);
  if (forks.length > 0) walk.forks = [...walk.forks, ...forks];
  if (ctChange !== undefined) changeConnection(walk, ctChange);
}

function changeConnection(walk: Walk, { notrack, zone, mark }: CtChange): void {
  if (zone !== undefined) walk.zone = zone;
  if (notrack === true) walk.tracking = { kind: 'untracked' };
  const { connection } = walk;
  if (mark !== undefined && connection !== undefined) walk.setConnection({ ...connection, mark });
}
