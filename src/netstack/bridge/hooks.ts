/** nftables' chains of family bridge, at a bridge's own hooks (nf_tables_bridge, br_netfilter_hooks.c). */
import { assertNever } from '../../model/assert-never.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Frame } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import { bridgeChains, legacyAt, type BridgeHook } from '../layer2/legacy-chains.ts';
import type { NetNS } from '../netns.ts';
import { baseChainsAt, chainEvidence } from '../nftables/index.ts';
import { perNamespace } from '../per-namespace.ts';
import { tracksConnections } from './connections.ts';
import { planChains, type HookPlan, type Placed, type PlannedPart } from '../walk/hook-plan.ts';
import { metaOf } from '../walk/hook-input.ts';
import { runParts } from '../walk/run-hook.ts';
import type { Next, Walk } from '../walk/walk.ts';
import { unknown, unknownSection } from '../walk/walk.ts';

/** A part of one of a bridge's hooks: the chains before or after bridge-nf has its turn there, or all where it has none. */
export interface Stage {
  readonly hook: Hook;
  readonly share: 'all' | 'before' | 'after';
}

/** Each there is once, as plans are kept by them. */
export const STAGE = {
  prerouting: { hook: 'prerouting', share: 'all' },
  earlyPrerouting: { hook: 'prerouting', share: 'before' },
  latePrerouting: { hook: 'prerouting', share: 'after' },
  input: { hook: 'input', share: 'all' },
  forward: { hook: 'forward', share: 'all' },
  earlyForward: { hook: 'forward', share: 'before' },
  lateForward: { hook: 'forward', share: 'after' },
  output: { hook: 'output', share: 'all' },
  postrouting: { hook: 'postrouting', share: 'all' },
} as const satisfies Readonly<Record<string, Stage>>;

/** What the rules see of a frame. */
export interface Passing {
  readonly bridge: string;
  /** Ports that it comes in and goes out by; each hook knows one of them, FORWARD both. */
  readonly iif: string | undefined;
  readonly oif: string | undefined;
  readonly frame: Pick<Frame, 'srcMac' | 'dstMac'> & { readonly vlan?: number | undefined };
}

type BridgePlan =
  | Extract<HookPlan, { kind: 'parts' | 'missing' }>
  /** This chain has bridge-nf's own priority, and which of them comes first no dump tells. */
  | { readonly kind: 'undecided'; readonly evidence: Evidence }
  /** Rules of ebtables' own. */
  | { readonly kind: 'legacy'; readonly evidence: Evidence };

/** NF_BR_PRI_BRNF; at FORWARD older kernels have bridge-nf one before that (br_nf_ops). */
const BRIDGE_NF = { first: -1, last: 0 } as const;

/** All have priorities before bridge-nf's, or are where it has none (ebtable_filter.c, ebtable_nat.c). */
const LEGACY_HOOKS: Readonly<Partial<Record<Hook, readonly BridgeHook[]>>> = {
  prerouting: ['brouting', 'prerouting'],
  input: ['input'],
  forward: ['forward'],
  output: ['output'],
  postrouting: ['postrouting'],
};

/** nf_ct_bridge_pre, at NF_IP_PRI_CONNTRACK. */
const TRACKING: Placed = { part: { kind: 'conntrack' }, at: -200, age: [-1, 0] };

const plansOf = perNamespace(() => new Map<Stage, BridgePlan>());

/** `next` gets every branch that is let through. */
export function runBridgeHook(walk: Walk, stage: Stage, passing: Passing, next: Next): void {
  const plan = planOf(walk.ns, stage);
  switch (plan.kind) {
    case 'parts':
      // most bridges have no rules
      return plan.parts.length === 0 ? next(walk) : runChains(walk, { ...passing, ...stage }, plan.parts, next);
    case 'missing':
      return unknownSection(walk, plan.missing);
    case 'undecided':
      return unknown(
        walk,
        'unknown-rule',
        `it is not known whether iptables or the chain of ${passing.bridge} in ${walk.ns.key} sees the frame first: both have the same priority`,
        [plan.evidence],
      );
    case 'legacy':
      return unknown(walk, 'unknown-rule', `${plan.evidence.where!} sees the frame and is not modelled`, [
        plan.evidence,
      ]);
    default:
      return assertNever(plan);
  }
}

function runChains(
  walk: Walk,
  { hook, bridge, iif, oif, frame }: Passing & Stage,
  parts: readonly PlannedPart[],
  next: Next,
): void {
  const devices = { iif, oif };
  const { srcMac, dstMac, vlan } = frame;
  const meta = { ...metaOf(devices, walk), physIn: undefined, srcMac, dstMac, bridge, vlan };
  runParts({ hook, devices, meta, parts, next }, walk, 0);
}

function planOf(ns: NetNS, stage: Stage): BridgePlan {
  const plans = plansOf(ns);
  let plan = plans.get(stage);
  if (plan === undefined) {
    plan = makePlan(ns, stage);
    plans.set(stage, plan);
  }
  return plan;
}

function makePlan(ns: NetNS, { hook, share }: Stage): BridgePlan {
  const legacy = share === 'after' ? undefined : legacyAt(bridgeChains(ns), LEGACY_HOOKS[hook] ?? []);
  if (legacy !== undefined) return { kind: 'legacy', evidence: legacy };
  const native = baseChainsAt(ns, ['bridge'], hook);
  if (!native.ok) return { kind: 'missing', missing: native.missing };
  const { first, last } = BRIDGE_NF;
  const beside = native.value.find((chain) => chain.priority >= first && chain.priority <= last && !chain.isPassing);
  if (share !== 'all' && beside !== undefined) return { kind: 'undecided', evidence: chainEvidence(beside) };
  const mine = native.value.filter(
    ({ priority }) => share === 'all' || (share === 'before' ? priority < first : priority > last),
  );
  const isTracked = hook === 'prerouting' && share !== 'after' && tracksConnections(ns);
  return { kind: 'parts', parts: planChains(mine, hook, isTracked ? [TRACKING] : []) };
}
