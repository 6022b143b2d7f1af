/** nftables' chains of family bridge, at a bridge's own hooks (nf_tables_bridge, br_netfilter_hooks.c). */
import { assertNever } from '../../model/assert-never.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Frame } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import type { NetNS } from '../netns.ts';
import { baseChainsAt, chainEvidence } from '../nftables/index.ts';
import { planChains, type HookPlan } from '../walk/hook-plan.ts';
import { metaOf } from '../walk/hook-input.ts';
import { runParts } from '../walk/run-hook.ts';
import type { Next, Walk } from '../walk/walk.ts';
import { seenByProgram, unknown, unknownSection } from '../walk/walk.ts';

/** Which chains of the hook: those before or after bridge-nf has its turn, or all where it has none. */
export type Share = 'all' | 'before' | 'after';

export interface BridgeHook {
  readonly hook: Hook;
  readonly share: Share;
  readonly bridge: string;
  /** Ports that the frame comes in and goes out by; each hook knows one of them, FORWARD both. */
  readonly iif?: string;
  readonly oif?: string;
  readonly frame: Frame;
}

type BridgePlan =
  | HookPlan
  /** This chain has bridge-nf's own priority, and which of them comes first no dump tells. */
  | { readonly kind: 'undecided'; readonly evidence: Evidence };

/** NF_BR_PRI_BRNF; at FORWARD older kernels have bridge-nf one before that (br_nf_ops). */
const BRIDGE_NF = { first: -1, last: 0 } as const;

const kept = new WeakMap<NetNS, Map<string, BridgePlan>>();

/** `next` gets every branch that is let through. */
export function runBridgeHook(walk: Walk, at: BridgeHook, next: Next): void {
  const { hook, bridge, iif, oif, frame } = at;
  const plan = planOf(walk.ns, hook, at.share);
  switch (plan.kind) {
    case 'parts': {
      const { parts } = plan;
      if (parts.length === 0) return next(walk);
      const where = `rules of bridge ${bridge} in ${walk.ns.key}`;
      if (frame.vlan !== undefined && parts.some(({ kind }) => kind !== 'passing'))
        return unknown(walk, 'unknown-rule', `${where} see a tagged frame, which is not modelled`);
      const devices = { iif, oif };
      const { srcMac, dstMac } = frame;
      const meta = { ...metaOf(devices, walk), physIn: undefined, srcMac, dstMac, bridge };
      return runParts({ hook, devices, meta, parts, next }, walk, 0);
    }
    case 'missing':
      return unknownSection(walk, plan.missing);
    case 'undecided':
      return unknown(
        walk,
        'unknown-rule',
        `it is not known whether iptables or the chain of ${bridge} in ${walk.ns.key} sees the frame first: both have the same priority`,
        [plan.evidence],
      );
    case 'program':
      return seenByProgram(walk, plan.evidence);
    default:
      return assertNever(plan);
  }
}

function planOf(ns: NetNS, hook: Hook, share: Share): BridgePlan {
  let plans = kept.get(ns);
  if (plans === undefined) {
    plans = new Map();
    kept.set(ns, plans);
  }
  const key = `${hook} ${share}`;
  let plan = plans.get(key);
  if (plan === undefined) {
    plan = makePlan(ns, hook, share);
    plans.set(key, plan);
  }
  return plan;
}

function makePlan(ns: NetNS, hook: Hook, share: Share): BridgePlan {
  const native = baseChainsAt(ns, ['bridge'], hook);
  if (!native.ok) return { kind: 'missing', missing: native.missing };
  const { first, last } = BRIDGE_NF;
  const beside = native.value.find((chain) => chain.priority >= first && chain.priority <= last && !chain.isPassing);
  if (share !== 'all' && beside !== undefined) return { kind: 'undecided', evidence: chainEvidence(beside) };
  const mine = native.value.filter(
    ({ priority }) => share === 'all' || (share === 'before' ? priority < first : priority > last),
  );
  return { kind: 'parts', parts: planChains(mine, hook) };
}
