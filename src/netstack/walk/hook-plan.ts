/** What a netfilter hook of one namespace has for a packet to go through, worked out once. */
import type { Family } from '../../model/address.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import { programAtHook } from '../attached/hooks.ts';
import { hasChain, passingStep, type IPTables } from '../iptables/index.ts';
import { CHAIN_OF, HOOK_ORDER, nftFamilies, type HookPart, type IpvsRole } from '../netfilter/hooks.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import { baseChainsAt, chainStep, type BaseChain } from '../nftables/index.ts';
import type { MissingSection } from '../state.ts';
import { joinTies, newestFirst, ordersOf, UNKNOWN_AGE, type Age } from './hook-ties.ts';
import type { RulePart } from './rule-part.ts';

/** One part of a hook that only looks at rules; `passing` is all that happens in it where its chain has no rules and accepts. */
export interface PlannedRules {
  readonly rules: RulePart;
  readonly priority: number;
  readonly age: Age;
  readonly passing: RuleStep | undefined;
}

export type PlannedPart =
  /** Chains that let everything through. */
  | { readonly kind: 'passing'; readonly steps: readonly RuleStep[] }
  | {
      readonly kind: 'rules';
      readonly rules: RulePart;
      /** What it changes may call for another route (iptable_mangle.c, nft_chain_route.c). */
      readonly mayReroute: boolean;
    }
  /** One order of the nat chains, or several where a dump does not tell; the likeliest first. */
  | {
      readonly kind: 'nat';
      readonly manip: 'src' | 'dst';
      readonly orders: readonly (readonly PlannedRules[])[];
      /** Those that do anything, order by order. */
      readonly busy: readonly (readonly RulePart[])[];
    }
  | { readonly kind: 'conntrack' }
  | { readonly kind: 'ipvs'; readonly role: IpvsRole }
  /** Parts of one priority, whose order a dump does not tell for certain; the likeliest order first. */
  | {
      readonly kind: 'tied';
      readonly orders: readonly (readonly PlannedPart[])[];
      /** Their rules, order by order; undefined where they are not all there is in them. */
      readonly rules: readonly (readonly RulePart[])[] | undefined;
      /** Each order with all parts of the hook that come after. */
      readonly onwards: readonly (readonly PlannedPart[])[];
    };

export type HookPlan =
  | { readonly kind: 'parts'; readonly parts: readonly PlannedPart[] }
  | { readonly kind: 'missing'; readonly missing: MissingSection }
  /** A program may be among them, before or after any. */
  | { readonly kind: 'program'; readonly evidence: Evidence };

type Plans = Partial<Record<Hook, HookPlan>>;
const noPlans = (): Plans => ({});
const plansOf = { 4: perNamespace(noPlans), 6: perNamespace(noPlans) } as const;

export function hookPlan(ns: NetNS, family: Family, hook: Hook): HookPlan {
  const plans = plansOf[family](ns);
  return (plans[hook] ??= makePlan(ns, family, hook));
}

function makePlan(ns: NetNS, family: Family, hook: Hook): HookPlan {
  const program = programAtHook(ns, family, hook);
  if (program !== undefined) return { kind: 'program', evidence: program };
  const rules = ns.iptables(family);
  if (!rules.ok) return { kind: 'missing', missing: rules.missing };
  const native = baseChainsAt(ns, nftFamilies(family), hook);
  if (!native.ok) return { kind: 'missing', missing: native.missing };
  const context = { ns, family, hook, rules: rules.value, native: native.value };
  const parts: Placed[] = [
    ...HOOK_ORDER[hook].flatMap((part) => planPart(context, part)),
    ...native.value
      .filter(({ type }) => type !== 'nat')
      .map((chain) => ({ part: planChain(chain, family, hook), at: chain.priority, age: chain.order, isNative: true })),
  ];
  return { kind: 'parts', parts: withOnwards(joinPassing(joinTies(parts.toSorted((x, y) => x.at - y.at)))) };
}

/** Base chains of a family that has nothing but these at the hook. */
export function planChains(
  chains: readonly BaseChain[],
  hook: Hook,
  others: readonly Placed[] = [],
): readonly PlannedPart[] {
  const own = chains.map((chain) => ({
    // a step of a chain without rules is the same for packets of both families
    part: planChain(chain, 4, hook),
    at: chain.priority,
    age: chain.order,
    isNative: true,
  }));
  return withOnwards(joinPassing(joinTies([...others, ...own].toSorted((x, y) => x.at - y.at))));
}

/** A part with its priority. */
export interface Placed {
  readonly part: PlannedPart;
  readonly at: number;
  readonly age: Age;
  /** A chain of nftables itself. */
  readonly isNative?: boolean;
}

interface PlanContext {
  readonly ns: NetNS;
  readonly family: Family;
  readonly hook: Hook;
  readonly rules: readonly IPTables[];
  readonly native: readonly BaseChain[];
}

function planPart(context: PlanContext, part: HookPart): readonly Placed[] {
  const { ns, hook } = context;
  const place = { at: part.priority, age: UNKNOWN_AGE };
  switch (part.part) {
    case 'table':
      return planTables(context, part.table, part.priority).map(({ rules: table, passing, age }) => ({
        part:
          passing === undefined
            ? { kind: 'rules', rules: table, mayReroute: part.table === 'mangle' && hook === 'output' }
            : { kind: 'passing', steps: [passing] },
        at: part.priority,
        age,
      }));
    case 'conntrack':
      return [{ part: { kind: 'conntrack' }, ...place }];
    case 'nat':
      return [{ part: planNat(context, part), ...place }];
    case 'ipvs':
      return ns.ipvs.ok && ns.ipvs.value.services.length === 0
        ? []
        : [{ part: { kind: 'ipvs', role: part.role }, ...place }];
    default:
      return assertNever(part);
  }
}

/** nf_nat_inet_fn asks the nat chains of all kinds in the order of their own priorities, at its own place in the hook. */
function planNat(context: PlanContext, { manip, priority }: Extract<HookPart, { part: 'nat' }>): PlannedPart {
  const { native, family, hook } = context;
  const chains = native
    .filter(({ type }) => type === 'nat')
    .map((chain): PlannedRules => ({
      rules: { kind: 'chain', chain },
      priority: chain.priority,
      age: chain.order,
      passing: chain.isPassing ? chainStep(chain, family, hook) : undefined,
    }));
  const all = [...planTables(context, 'nat', priority), ...chains];
  const chainOf = ({ rules: part }: PlannedRules): BaseChain | undefined =>
    part.kind === 'chain' ? part.chain : undefined;
  let orders: readonly (readonly PlannedRules[])[] = [[]];
  for (const at of [...new Set(all.map((one) => one.priority))].toSorted((x, y) => x - y)) {
    const here = all.filter((one) => one.priority === at);
    const likely = here.some((one) => chainOf(one)) ? newestFirst(here) : here;
    const isTied = here.filter(({ passing }) => passing === undefined).length > 1;
    const ways = isTied ? ordersOf(likely, (one) => chainOf(one)?.table) : [likely];
    orders = orders.flatMap((order) => ways.map((way) => [...order, ...way]));
  }
  const busy = orders.map((order) => order.filter(({ passing }) => passing === undefined).map((one) => one.rules));
  return { kind: 'nat', manip, orders, busy };
}

/** The table in each back end that has it, one after the other. */
function planTables({ ns, rules, hook }: PlanContext, table: string, priority: number): readonly PlannedRules[] {
  return rules
    .filter((backEnd) => hasChain(backEnd, table, hook))
    .map((backEnd) => ({
      rules: { kind: 'table', rules: backEnd, table },
      priority,
      age: ageOf(ns, backEnd, table, hook),
      passing: passingStep(backEnd, table, hook),
    }));
}

/** nft lists the tables of iptables-nft too, with the handles that tell when they were made. */
function ageOf(ns: NetNS, { ruleSet, family }: IPTables, name: string, hook: Hook): Age {
  const listed = ns.nftables;
  if (ruleSet === 'iptables-legacy' || !listed.ok) return UNKNOWN_AGE;
  const nftFamily = family === 4 ? 'ip' : 'ip6';
  const table = listed.value.tables.find((one) => one.name === name && one.family === nftFamily);
  return table?.handle === undefined ? UNKNOWN_AGE : [table.handle, table.chains.get(CHAIN_OF[hook])?.handle ?? 0];
}

function planChain(chain: BaseChain, family: Family, hook: Hook): PlannedPart {
  if (chain.isPassing) return { kind: 'passing', steps: [chainStep(chain, family, hook)] };
  return { kind: 'rules', rules: { kind: 'chain', chain }, mayReroute: chain.type === 'route' };
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

/** What comes after tied parts is kept with each of their orders, so that no packet has to put it together. */
function withOnwards(parts: readonly PlannedPart[]): readonly PlannedPart[] {
  return parts.reduceRight<readonly PlannedPart[]>((after, part) => {
    if (part.kind !== 'tied') return [part, ...after];
    return [{ ...part, onwards: part.orders.map((order) => [...order, ...after]) }, ...after];
  }, []);
}
