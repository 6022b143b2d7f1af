/** The base chains of a rule set by hook, each compiled when a packet first comes to it. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import type { NetfilterInput, NetfilterOutcome } from '../netfilter/types.ts';
import { indexOf } from './compile-set.ts';
import { compileRule } from './compile-rule.ts';
import { evaluateChain } from './evaluate.ts';
import type { Op } from './op.ts';
import type { CompiledSet, Scope } from './scope.ts';
import type { Chain, RuleSet, Table } from './types.ts';
import type { BaseChain, WalkedChain, WalkedRule, WalkedTable } from './walked.ts';
import { Hit } from './walked.ts';

const kept = new WeakMap<RuleSet, readonly BaseChain[]>();

/** In no particular order. A dormant table's chains see nothing. */
export function baseChainsOf(rules: RuleSet): readonly BaseChain[] {
  let chains = kept.get(rules);
  if (chains === undefined) {
    chains = rules.tables.filter(({ flags }) => !flags.includes('dormant')).flatMap((table, at) => chainsOf(table, at));
    kept.set(rules, chains);
  }
  return chains;
}

function chainsOf(table: Table, at: number): readonly BaseChain[] {
  const walked = walkedTable(table);
  return [...table.chains.values()].flatMap((chain, place): readonly BaseChain[] => {
    const { base } = chain;
    if (base === undefined) return [];
    let ready: WalkedChain | undefined;
    return [
      {
        table: walked,
        name: chain.name,
        type: base.type,
        hook: base.hook,
        priority: base.priority,
        devices: base.devices,
        ...(base.hasUnreadDevices === true && { hasUnreadDevices: true }),
        order: [table.handle ?? at, chain.handle ?? place],
        isPassing: base.policy === 'accept' && chain.rules.length === 0,
        get chain() {
          return (ready ??= walked.chain(chain.name)!);
        },
      },
    ];
  });
}

/** Every way of the packet through the chain; never empty. */
export function evaluateBaseChain(base: BaseChain, input: NetfilterInput): readonly NetfilterOutcome[] {
  const { unreadable } = base;
  if (unreadable === undefined) return evaluateChain(base.table, base.chain, input);
  const { packet, assumed } = input;
  const verdict = { kind: 'unknown', reason: unreadable } as const;
  return [{ verdict, by: base.chain.policy!.hit.evidence, packet, steps: [], forks: [], assumed }];
}

/** All that happens in a chain without rules. */
export function chainStep({ chain }: BaseChain, family: Family, hook: Hook): RuleStep {
  const policy = chain.policy!;
  return policy.hit.step(family, hook, policy.isDrop ? 'drop' : 'accept', false);
}

function walkedTable(table: Table): WalkedTable {
  const chains = new Map<string, WalkedChain | undefined>();
  const scope = scopeOf(table);
  return {
    family: table.family,
    name: table.name,
    chain(name) {
      const known = chains.get(name);
      if (known !== undefined || chains.has(name)) return known;
      const found = table.chains.get(name);
      const chain = found === undefined ? undefined : walkedChain(table, found, scope);
      chains.set(name, chain);
      return chain;
    },
  };
}

function walkedChain(table: Table, chain: Chain, scope: Scope): WalkedChain {
  const place = { family: table.family, table: table.name, chain: chain.name };
  const { base } = chain;
  const first = chain.rules.reduceRight<WalkedRule | undefined>((next, rule, i) => {
    const ops = compileRule(rule, scope);
    if (matchesNothing(ops)) return next;
    const hit = new Hit({ ...place, number: i + 1, handle: rule.handle, text: () => rule.raw });
    return { ops, hit, isHarmless: undefined, next };
  }, undefined);
  const policy = base && {
    hit: new Hit({
      ...place,
      number: 0,
      handle: chain.handle,
      text: () => `type ${base.type} hook ${base.hook} priority ${base.priority}; policy ${base.policy};`,
    }),
    isDrop: base.policy === 'drop',
  };
  return { name: chain.name, first, policy, isHarmless: undefined };
}

/** One of the matches before it does anything lets nothing through, as an empty set does. */
function matchesNothing(ops: readonly Op[]): boolean {
  for (const { role, isNever } of ops) {
    if (isNever === true) return true;
    if (role === 'act') return false;
  }
  return false;
}

function scopeOf(table: Table): Scope {
  const sets = new Map<string, CompiledSet | undefined>();
  return {
    family: table.family,
    comparisons: new Map(),
    set(name) {
      const known = sets.get(name);
      if (known !== undefined || sets.has(name)) return known;
      const found = table.sets.get(name);
      const index = found === undefined ? undefined : indexOf(found.elements);
      const set = index && {
        index,
        key: found!.isDynamic ? `nft set ${table.family} ${table.name} ${name}` : undefined,
      };
      sets.set(name, set);
      return set;
    },
  };
}

/** The chain's head, for a packet that comes to it and can't be followed further. */
export function chainEvidence({ chain }: BaseChain): Evidence {
  return chain.policy!.hit.evidence;
}
