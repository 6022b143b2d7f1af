/** Walks a packet through one table (ipt_do_table, nft_do_chain), following every way that it may take. */
import { CHAIN_OF } from '../netfilter/hooks.ts';
import type { NetfilterInput, NetfilterOutcome, NetfilterVerdict } from '../netfilter/types.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { RuleStep } from '../../model/step.ts';
import { Branch } from './branch.ts';
import type { Half } from './branch.ts';
import type { WalkedChain, WalkedRule, WalkedTable } from './compile-chain.ts';
import { destination, stepOf, walkedTable } from './compile-chain.ts';
import type { Judgement } from './judge.ts';
import { judge, remember } from './judge.ts';
import type { SplitOption } from './match.ts';
import { OpenWays } from '../netfilter/open-ways.ts';
import type { Follower } from '../netfilter/open-ways.ts';
import { isQuiet } from './quiet.ts';
import { HOOKS_OF_TABLE } from './types.ts';
import type { IPTables } from './types.ts';

/**
 * Every way of the packet through the table's base chain at the hook; never empty. Without such a chain the packet is
 * accepted and no step is made.
 */
export function evaluateTable(rules: IPTables, table: string, input: NetfilterInput): readonly NetfilterOutcome[] {
  if (isIncompatible(rules, table, input)) return [notPrinted(rules, table, input)];
  const found = rules.tables.get(table);
  const base = found?.chains.get(CHAIN_OF[input.hook]);
  if (found === undefined || base?.policy === undefined) return [untouched(input, ACCEPT)];
  const walked = walkedTable(rules, found);
  const { policy, rules: list } = walked.chain(base.name);
  if (list.length === 0 && policy !== undefined) {
    const { packet, assumed } = input;
    return [
      {
        verdict: policy.isDrop ? DROP : ACCEPT,
        by: policy.evidence,
        packet,
        steps: [stepOf(policy, input.hook, false)],
        forks: NONE,
        assumed,
      },
    ];
  }
  return new TableWalk(walked, walked.chain(base.name), input).run();
}

/** Does the table see packets at the hook? True also where the save tool could not print the table. */
export function hasChain(rules: IPTables, table: string, hook: NetfilterInput['hook']): boolean {
  if (isIncompatible(rules, table, { hook })) return true;
  return rules.tables.get(table)?.chains.get(CHAIN_OF[hook])?.policy !== undefined;
}

/** All that happens in the table at the hook, where its base chain has no rules and accepts; undefined where more may. */
export function passingStep(rules: IPTables, table: string, hook: NetfilterInput['hook']): RuleStep | undefined {
  if (isIncompatible(rules, table, { hook })) return undefined;
  const found = rules.tables.get(table);
  const chain = found?.chains.get(CHAIN_OF[hook]);
  if (found === undefined || chain?.policy !== 'ACCEPT' || chain.rules.length > 0) return undefined;
  return stepOf(walkedTable(rules, found).chain(chain.name).policy!, hook, false);
}

function isIncompatible(rules: IPTables, table: string, { hook }: Pick<NetfilterInput, 'hook'>): boolean {
  return (
    rules.incompatible.length > 0 &&
    rules.incompatible.includes(table) &&
    (HOOKS_OF_TABLE[table]?.includes(hook) ?? false)
  );
}

function notPrinted(rules: IPTables, table: string, input: NetfilterInput): NetfilterOutcome {
  const reason = `table ${table} holds rules that ${rules.ruleSet}-save does not print`;
  return {
    ...untouched(input, { kind: 'unknown', reason }),
    by: {
      kind: 'rule',
      raw: `# Table \`${table}' is incompatible, use 'nft' tool.`,
      where: `${rules.ruleSet} ${table}`,
    },
  };
}

function untouched(input: NetfilterInput, verdict: NetfilterVerdict): NetfilterOutcome {
  return { verdict, packet: input.packet, steps: NONE, forks: NONE, assumed: input.assumed };
}

const NONE: readonly never[] = [];
const ACCEPT: NetfilterVerdict = { kind: 'accept' };
const DROP: NetfilterVerdict = { kind: 'drop' };

const mayDrop = ({ matches }: WalkedRule, branch: Branch): boolean =>
  matches.some((match) => match.mayDrop?.(branch) === true);

class TableWalk implements Follower<Branch> {
  readonly #table: WalkedTable;
  readonly #base: WalkedChain;
  readonly #input: NetfilterInput;
  readonly #ways: OpenWays<Branch>;

  constructor(table: WalkedTable, base: WalkedChain, input: NetfilterInput) {
    this.#table = table;
    this.#base = base;
    this.#input = input;
    this.#ways = new OpenWays(input.forkIds);
  }

  run(): readonly NetfilterOutcome[] {
    return this.#ways.follow(new Branch(this.#input, this.#base), this);
  }

  /** Where the branch forks, it takes the first option and leaves the others to be followed later. */
  toEnd(branch: Branch): NetfilterOutcome {
    for (;;) {
      if (branch.ends !== undefined) return branch.end(branch.ends.verdict, branch.ends.by);
      const { half } = branch;
      const rule = half === undefined ? branch.nextRule() : half.rule;
      if (rule === undefined) {
        if (branch.leave()) continue;
        return this.#policy(branch);
      }
      const judgement = judge(rule, branch, half === undefined ? 0 : half.settled);
      branch.half = undefined;
      if (judgement.kind === 'misses') continue;
      if (judgement.kind === 'matches' || judgement.kind === 'assumed') {
        const outcome = this.#act(rule, branch, judgement.kind === 'assumed' || half?.isAssumed === true);
        if (outcome !== undefined) return outcome;
        continue;
      }
      // Whether it matches makes no difference: it is left out rather than guessed.
      if (rule.target.kind === 'touch-set') branch.touchSets(rule.target.sets);
      else if (mayDrop(rule, branch) || !isQuiet(rule, branch, this.#table)) this.#fork(rule, branch, judgement, half);
    }
  }

  /** What the rule's target does; undefined if the packet goes on. */
  #act(rule: WalkedRule, branch: Branch, isAssumed: boolean): NetfilterOutcome | undefined {
    const { hook } = this.#input;
    branch.addStep(stepOf(rule, hook, isAssumed));
    if (rule.kind === 'jump') {
      branch.jump(destination(rule, this.#table));
      return undefined;
    }
    const { target } = rule;
    switch (target.kind) {
      case 'verdict':
        return branch.end(target.verdict, rule.evidence);
      case 'verdict-at':
        return branch.end(target.verdictAt(hook), rule.evidence);
      case 'jump':
        throw new Error('a jump that is not one');
      case 'goto':
        branch.goto(destination(rule, this.#table));
        return undefined;
      case 'return':
        return branch.leave() ? undefined : this.#policy(branch);
      case 'nothing':
        return undefined;
      case 'change': {
        const change = target.change(branch);
        if (change !== undefined) branch.apply(change);
        return undefined;
      }
      case 'touch-set':
        branch.touchSets(target.sets);
        return undefined;
      case 'unsupported':
        this.#forkTarget(rule, branch, target.raw);
        return undefined;
      default:
        return assertNever(target);
    }
  }

  #policy(branch: Branch): NetfilterOutcome {
    const policy = this.#base.policy!;
    branch.addStep(stepOf(policy, this.#input.hook, false));
    return branch.end(policy.isDrop ? DROP : ACCEPT, policy.evidence);
  }

  #fork(
    rule: WalkedRule,
    branch: Branch,
    judgement: Extract<Judgement, { kind: 'splits' | 'unknown' }>,
    half: Half | undefined,
  ): void {
    const known = half ?? { rule, settled: 0, isAssumed: false };
    if (judgement.kind === 'splits') this.#forkSplit(branch, known, judgement.index, judgement.options);
    else this.#forkUnknown(branch, known, judgement.indexes);
  }

  #forkSplit(branch: Branch, half: Half, index: number, options: readonly SplitOption[]): void {
    const id = this.#ways.split(options.length, 'choice');
    const { evidence } = half.rule;
    const settled = half.settled | (1 << index);
    for (let option = options.length - 1; option >= 0; option--) {
      const chosen = options[option]!;
      const next = this.#ways.part(branch, option);
      next.addFork({ cause: 'choice', id, option, probability: chosen.probability, label: chosen.label, evidence });
      if ('packet' in chosen) {
        next.packet = chosen.packet;
        next.half = half;
      } else if (chosen.isMatch) {
        next.half = { rule: half.rule, settled, isAssumed: half.isAssumed };
      }
    }
  }

  #forkUnknown(branch: Branch, half: Half, indexes: readonly number[]): void {
    const { rule } = half;
    const isDropping = mayDrop(rule, branch);
    const id = this.#ways.split(isDropping ? 3 : 2, 'ignorance');
    const matches = indexes.map((index) => rule.matches[index]!);
    const raw = matches.map((match) => match.raw).join(' ');
    if (isDropping) {
      const dropped = this.#ways.part(branch, 2);
      dropped.addFork({ cause: 'ignorance', id, option: 2, label: `${raw} drops it`, evidence: rule.evidence });
      dropped.ends = { verdict: DROP, by: rule.evidence };
    }
    const misses = this.#ways.part(branch, 1);
    misses.addFork({ cause: 'ignorance', id, option: 1, label: `${raw} does not match`, evidence: rule.evidence });
    // Of several, one that fails is enough: which one it was is not known.
    if (matches.length === 1) remember(matches[0]!, misses, false);
    branch.addFork({ cause: 'ignorance', id, option: 0, label: `${raw} matches`, evidence: rule.evidence });
    for (const match of matches) remember(match, branch, true);
    const settled = indexes.reduce((bits, index) => bits | (1 << index), half.settled);
    branch.half = { rule, settled, isAssumed: true };
  }

  /** A target that is not modelled: the packet may go on as if it were not there, or anything else may happen. */
  #forkTarget(rule: WalkedRule, branch: Branch, raw: string): void {
    const id = this.#ways.split(2, 'ignorance');
    const ended = this.#ways.part(branch, 1);
    ended.addFork({ cause: 'ignorance', id, option: 1, label: `${raw} does something else`, evidence: rule.evidence });
    ended.ends = { verdict: { kind: 'unknown', reason: `target ${raw} is not known` }, by: rule.evidence };
    branch.addFork({
      cause: 'ignorance',
      id,
      option: 0,
      label: `${raw} lets the packet go on`,
      evidence: rule.evidence,
    });
  }

  tooMany(limit: number): NetfilterOutcome {
    const reason = `more than ${limit} ways through table ${this.#table.name}`;
    return { ...untouched(this.#input, { kind: 'unknown', reason }), by: this.#base.policy!.evidence };
  }
}
