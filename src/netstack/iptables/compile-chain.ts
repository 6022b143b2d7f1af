/** Makes a chain ready to be walked, at its first use. */
import type { Evidence } from '../../model/evidence.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import type { ChainIndex } from './chain-index.ts';
import { indexChain } from './chain-index.ts';
import type { CompiledRule } from './compile-rule.ts';
import { compileRule } from './compile-rule.ts';
import type { Chain, IPTables, Table } from './types.ts';

/** A rule with what its hits leave behind, made once and shared by all packets. */
export interface WalkedRule extends CompiledRule {
  readonly evidence: Evidence;
  readonly steps: StepMaker;
}

export interface WalkedChain {
  readonly chain: Chain;
  readonly rules: readonly WalkedRule[];
  readonly index: ChainIndex | undefined;
  /** For base chains. */
  readonly policy: { readonly evidence: Evidence; readonly steps: StepMaker } | undefined;
}

export interface WalkedTable {
  readonly table: Table;
  /** Throws where there is no such chain: the parser has refused such text. */
  chain(name: string): WalkedChain;
}

/** Gives the step of a hit at a hook; `isAssumed` where it is not known whether the rule matched. */
export type StepMaker = (hook: Hook, isAssumed: boolean) => RuleStep;

const kept = new WeakMap<Table, WalkedTable>();

export function walkedTable(rules: IPTables, table: Table): WalkedTable {
  let walked = kept.get(table);
  if (walked === undefined) {
    const chains = new Map<string, WalkedChain>();
    walked = {
      table,
      chain(name) {
        let chain = chains.get(name);
        if (chain === undefined) {
          chain = compileChain(rules, table, table.chains.get(name));
          chains.set(name, chain);
        }
        return chain;
      },
    };
    kept.set(table, walked);
  }
  return walked;
}

function compileChain(rules: IPTables, table: Table, chain: Chain | undefined): WalkedChain {
  if (chain === undefined) throw new Error(`table ${table.name} has no such chain`);
  const context = { family: rules.family, hasChain: (name: string) => table.chains.has(name) };
  const tool = rules.family === 4 ? rules.ruleSet : rules.ruleSet.replace('iptables', 'ip6tables');
  const place = `${tool} ${table.name} ${chain.name}`;
  const walked = chain.rules.map((rule): WalkedRule => {
    const compiled = compileRule(rule, context);
    return {
      ...compiled,
      evidence: { kind: 'rule', raw: rule.raw, where: `${place} ${rule.number}` },
      steps: stepMaker({ rules, table, chain, number: rule.number, raw: rule.raw, effect: compiled.effect }),
    };
  });
  return { chain, rules: walked, index: indexChain(walked), policy: compilePolicy(rules, table, chain, place) };
}

function compilePolicy(rules: IPTables, table: Table, chain: Chain, place: string): WalkedChain['policy'] {
  if (chain.policy === undefined) return undefined;
  const raw = `-P ${chain.name} ${chain.policy}`;
  return {
    evidence: { kind: 'policy', raw, where: place },
    steps: stepMaker({ rules, table, chain, number: 0, raw, effect: chain.policy }),
  };
}

interface StepFacts {
  readonly rules: IPTables;
  readonly table: Table;
  readonly chain: Chain;
  readonly number: number;
  readonly raw: string;
  readonly effect: string;
}

/** Steps of one rule are the same for every packet at the same hook: a busy chain makes them once. */
function stepMaker({ rules, table, chain, number, raw, effect }: StepFacts): StepMaker {
  let last: RuleStep | undefined;
  return (hook, isAssumed) => {
    if (last !== undefined && last.hook === hook && !isAssumed) return last;
    const step: RuleStep = {
      kind: 'rule', ruleSet: rules.ruleSet, family: rules.family, hook, table: table.name, chain: chain.name, number, raw, effect,
      ...(isAssumed && { assumed: true }),
    };
    if (!isAssumed) last = step;
    return step;
  };
}
