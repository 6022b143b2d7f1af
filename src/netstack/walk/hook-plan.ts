/** What a netfilter hook of one namespace has for a packet to go through, worked out once. */
import type { Family } from '../../model/address.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import { hasChain, passingStep, type IPTables } from '../iptables/index.ts';
import { HOOK_ORDER, nftFamilies, type HookPart } from '../netfilter/hooks.ts';
import { nativeChainAt } from '../netfilter/native-nft.ts';
import type { NetNS } from '../netns.ts';
import type { MissingSection } from '../state.ts';

/** A table of one back end; `passing` is all that happens in it where its chain has no rules and accepts. */
export interface PlannedTable {
  readonly rules: IPTables;
  readonly passing: RuleStep | undefined;
}

export type PlannedPart =
  /** Tables that let everything through. */
  | { readonly kind: 'passing'; readonly steps: readonly RuleStep[] }
  | {
      readonly kind: 'table';
      readonly rules: IPTables;
      readonly table: string;
      /** What it changes may call for another route (iptable_mangle.c). */
      readonly mayReroute: boolean;
    }
  | { readonly kind: 'nat'; readonly manip: 'src' | 'dst'; readonly tables: readonly PlannedTable[] }
  | { readonly kind: 'conntrack' }
  | { readonly kind: 'ipvs' };

export type HookPlan =
  | { readonly kind: 'parts'; readonly parts: readonly PlannedPart[] }
  | { readonly kind: 'missing'; readonly missing: MissingSection }
  /** Native nftables rules see the packet, which are not evaluated yet. */
  | { readonly kind: 'native'; readonly what: string; readonly evidence: Evidence };

type Plans = Partial<Record<Hook, HookPlan>>;
const kept = { 4: new WeakMap<NetNS, Plans>(), 6: new WeakMap<NetNS, Plans>() } as const;

export function hookPlan(ns: NetNS, family: Family, hook: Hook): HookPlan {
  let plans = kept[family].get(ns);
  if (plans === undefined) {
    plans = {};
    kept[family].set(ns, plans);
  }
  return (plans[hook] ??= makePlan(ns, family, hook));
}

function makePlan(ns: NetNS, family: Family, hook: Hook): HookPlan {
  const rules = ns.iptables(family);
  if (!rules.ok) return { kind: 'missing', missing: rules.missing };
  const native = nativeChainAt(ns, nftFamilies(family), hook);
  if (!native.ok) return { kind: 'missing', missing: native.missing };
  if (native.value !== undefined) {
    const { family: nft, table, name, evidence } = native.value;
    return { kind: 'native', what: `table ${nft} ${table}, chain ${name}`, evidence };
  }
  const parts = HOOK_ORDER[hook].flatMap((part) => planPart(ns, rules.value, hook, part));
  return { kind: 'parts', parts: joinPassing(parts) };
}

function planPart(ns: NetNS, rules: readonly IPTables[], hook: Hook, part: HookPart): readonly PlannedPart[] {
  switch (part.part) {
    case 'table':
      return planTables(rules, part.table, hook).map(({ rules: backEnd, passing }): PlannedPart =>
        passing === undefined
          ? {
              kind: 'table',
              rules: backEnd,
              table: part.table,
              mayReroute: part.table === 'mangle' && hook === 'output',
            }
          : { kind: 'passing', steps: [passing] },
      );
    case 'conntrack':
      return [{ kind: 'conntrack' }];
    case 'nat':
      return [{ kind: 'nat', manip: part.manip, tables: planTables(rules, 'nat', hook) }];
    case 'ipvs':
      // The section is there only where the kernel has IPVS services.
      return ns.section('ipvs-save') === undefined ? [] : [{ kind: 'ipvs' }];
    default:
      return assertNever(part);
  }
}

/** The table in each back end that has it, one after the other. */
function planTables(rules: readonly IPTables[], table: string, hook: Hook): readonly PlannedTable[] {
  return rules
    .filter((backEnd) => hasChain(backEnd, table, hook))
    .map((backEnd) => ({ rules: backEnd, passing: passingStep(backEnd, table, hook) }));
}

function joinPassing(parts: readonly PlannedPart[]): readonly PlannedPart[] {
  const joined: PlannedPart[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.kind === 'passing' && last?.kind === 'passing')
      joined[joined.length - 1] = { kind: 'passing', steps: [...last.steps, ...part.steps] };
    else joined.push(part);
  }
  return joined;
}
