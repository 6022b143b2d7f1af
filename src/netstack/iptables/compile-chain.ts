/** Makes a chain ready to be walked, at its first use. */
import type { Evidence } from '../../model/evidence.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import type { ChainIndex } from './chain-index.ts';
import { indexChain } from './chain-index.ts';
import type { CompiledRule, Header } from './compile-rule.ts';
import { compileRule } from './compile-rule.ts';
import type { Match } from './match.ts';
import { SharedParts } from './shared-parts.ts';
import type { Target } from './target.ts';
import type { Chain, IPTables, Table } from './types.ts';

/** What a hit is shown as: a rule's, or the policy's with number 0. */
export interface Hit {
  readonly evidence: Evidence;
  readonly place: StepPlace;
  /** The step of the last hit: at one hook all packets share it. */
  lastStep: RuleStep | undefined;
  lastHook: Hook | undefined;
}

interface StepPlace {
  readonly rules: IPTables;
  readonly table: string;
  readonly chain: string;
  readonly number: number;
  readonly raw: string;
  readonly effect: string;
}

/** A rule with what its hits leave behind, made once and shared by all packets. */
export interface WalkedRule extends Hit, Header {
  readonly matches: readonly Match[];
  readonly target: Target;
  readonly kind: Target['kind'];
  /** The chain that it jumps or goes to, looked up at its first hit. */
  to: WalkedChain | undefined;
}

export interface WalkedChain {
  readonly rules: readonly WalkedRule[];
  readonly index: ChainIndex | undefined;
  /** For base chains. */
  readonly policy: (Hit & { readonly isDrop: boolean }) | undefined;
  /** Nothing in it, or below it, does more than count and log; undefined until somebody asks. */
  isHarmless: boolean | undefined;
}

export interface WalkedTable {
  readonly name: string;
  /** Throws where there is no such chain: the parser has refused such text. */
  chain(name: string): WalkedChain;
}

const kept = new WeakMap<Table, WalkedTable>();

export function walkedTable(rules: IPTables, table: Table): WalkedTable {
  let walked = kept.get(table);
  if (walked === undefined) {
    walked = makeTable(rules, table);
    kept.set(table, walked);
  }
  return walked;
}

function makeTable(rules: IPTables, table: Table): WalkedTable {
  const chains = new Map<string, WalkedChain>();
  const shared = new SharedParts();
  return {
    name: table.name,
    chain(name) {
      let chain = chains.get(name);
      if (chain === undefined) {
        chain = compileChain(rules, table, table.chains.get(name), shared);
        chains.set(name, chain);
      }
      return chain;
    },
  };
}

function compileChain(rules: IPTables, table: Table, chain: Chain | undefined, shared: SharedParts): WalkedChain {
  if (chain === undefined) throw new Error(`table ${table.name} has no such chain`);
  const context = { family: rules.family, hasChain: (name: string) => table.chains.has(name), shared };
  const compiled = chain.rules.map((rule) => compileRule(rule, context));
  const hit = (number: number, raw: string, effect: string): Hit =>
    makeHit({ rules, table: table.name, chain: chain.name, number, raw, effect });
  const walked = compiled.map((rule) => makeRule(rule, hit(rule.rule.number, rule.rule.raw, rule.effect)));
  const { policy } = chain;
  return {
    rules: walked,
    index: indexChain(compiled),
    policy:
      policy === undefined ? undefined : { ...hit(0, `-P ${chain.name} ${policy}`, policy), isDrop: policy === 'DROP' },
    isHarmless: undefined,
  };
}

/** Written out field by field: an object that is spread together lies in two places in memory. */
function makeRule({ header, matches, target }: CompiledRule, { evidence, place }: Hit): WalkedRule {
  const { dst, src, protocol, isProtocolInverted, iif, oif } = header;
  return {
    dst,
    src,
    protocol,
    iif,
    oif,
    isProtocolInverted,
    matches,
    kind: target.kind,
    to: undefined,
    lastHook: undefined,
    lastStep: undefined,
    target,
    evidence,
    place,
  };
}

function makeHit(place: StepPlace): Hit {
  const { rules, table, chain, number, raw } = place;
  const tool = rules.family === 4 ? rules.ruleSet : rules.ruleSet.replace('iptables', 'ip6tables');
  const where = `${tool} ${table} ${chain}`;
  const evidence: Evidence =
    number === 0 ? { kind: 'policy', raw, where } : { kind: 'rule', raw, where: `${where} ${number}` };
  return { evidence, place, lastStep: undefined, lastHook: undefined };
}

/** `isAssumed` where it is not known whether the rule matched. */
export function stepOf(hit: Hit, hook: Hook, isAssumed: boolean): RuleStep {
  if (hit.lastHook === hook && !isAssumed && hit.lastStep !== undefined) return hit.lastStep;
  const { rules, table, chain, number, raw, effect } = hit.place;
  const step: RuleStep = {
    kind: 'rule',
    ruleSet: rules.ruleSet,
    family: rules.family,
    hook,
    table,
    chain,
    number,
    raw,
    effect,
    ...(isAssumed && { assumed: true }),
  };
  if (isAssumed) return step;
  hit.lastHook = hook;
  hit.lastStep = step;
  return step;
}

/** Where a jump or goto leads. */
export function destination(rule: WalkedRule, table: WalkedTable): WalkedChain {
  if (rule.to !== undefined) return rule.to;
  const { target } = rule;
  if (target.kind !== 'jump' && target.kind !== 'goto') throw new Error(`${target.kind} leads to no chain`);
  rule.to = table.chain(target.chain);
  return rule.to;
}
