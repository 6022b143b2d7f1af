/** Walks a packet through one table (ipt_do_table, nft_do_chain), following every way that it may take. */
import type { Fork } from '../../model/fork.ts';
import type { NetfilterInput, NetfilterOutcome, NetfilterVerdict } from '../netfilter/types.ts';
import { assertNever } from '../../model/assert-never.ts';
import { Branch } from './branch.ts';
import type { WalkedChain, WalkedRule, WalkedTable } from './compile-chain.ts';
import { walkedTable } from './compile-chain.ts';
import type { Judgement } from './judge.ts';
import { judge, memoryKey } from './judge.ts';
import type { Match, SplitOption } from './match.ts';
import { mergeAlike } from './merge-alike.ts';
import { isQuiet } from './quiet.ts';
import { CHAIN_OF_HOOK, HOOKS_OF_TABLE } from './types.ts';
import type { Chain, IPTables } from './types.ts';

/** More ways than this through one table are not followed: the answer is then one `unknown`. */
export const MOST_WAYS = 4096;

/** More ways than this that differ only by what is not known are not given back. */
export const MOST_UNKNOWN_WAYS = 64;

/**
 * Every way of the packet through the table's base chain at the hook; never empty. Without such a chain the packet is
 * accepted and no step is made.
 */
export function evaluateTable(rules: IPTables, table: string, input: NetfilterInput): readonly NetfilterOutcome[] {
  if (isIncompatible(rules, table, input)) return [notPrinted(rules, table, input)];
  const found = rules.tables.get(table);
  const base = found?.chains.get(CHAIN_OF_HOOK[input.hook]);
  if (found === undefined || base?.policy === undefined) return [untouched(input, ACCEPT)];
  return new TableWalk(walkedTable(rules, found), base, input).run();
}

/** Does the table see packets at the hook? True also where the save tool could not print the table. */
export function hasChain(rules: IPTables, table: string, hook: NetfilterInput['hook']): boolean {
  if (isIncompatible(rules, table, { hook })) return true;
  return rules.tables.get(table)?.chains.get(CHAIN_OF_HOOK[hook])?.policy !== undefined;
}

function isIncompatible(rules: IPTables, table: string, { hook }: Pick<NetfilterInput, 'hook'>): boolean {
  return rules.incompatible.length > 0 && rules.incompatible.includes(table) && (HOOKS_OF_TABLE[table]?.includes(hook) ?? false);
}

function notPrinted(rules: IPTables, table: string, input: NetfilterInput): NetfilterOutcome {
  const reason = `table ${table} holds rules that ${rules.ruleSet}-save does not print`;
  return { ...untouched(input, { kind: 'unknown', reason }), by: { kind: 'rule', raw: `# Table \`${table}' is incompatible, use 'nft' tool.`, where: `${rules.ruleSet} ${table}` } };
}

function untouched(input: NetfilterInput, verdict: NetfilterVerdict): NetfilterOutcome {
  return { verdict, packet: input.packet, steps: [], forks: [], assumed: input.assumed };
}

const ACCEPT: NetfilterVerdict = { kind: 'accept' };
const DROP: NetfilterVerdict = { kind: 'drop' };

class TableWalk {
  readonly #table: WalkedTable;
  readonly #base: WalkedChain;
  readonly #input: NetfilterInput;
  /** Branches still to be followed, the next one last. */
  readonly #open: Branch[];
  readonly #outcomes: NetfilterOutcome[] = [];
  #ways = 1;
  #hasIgnorance = false;

  constructor(table: WalkedTable, base: Chain, input: NetfilterInput) {
    this.#table = table;
    this.#base = table.chain(base.name);
    this.#input = input;
    this.#open = [new Branch(input, this.#base)];
  }

  run(): readonly NetfilterOutcome[] {
    for (let branch = this.#open.pop(); branch !== undefined; branch = this.#open.pop()) {
      this.#outcomes.push(...this.#follow(branch));
      if (this.#ways > MOST_WAYS) return [this.#tooMany(MOST_WAYS)];
    }
    if (!this.#hasIgnorance) return this.#outcomes;
    const merged = mergeAlike(this.#outcomes);
    const isTooMany = merged.length > MOST_UNKNOWN_WAYS && merged.some(({ forks }) => forks.some(({ cause }) => cause === 'ignorance'));
    return isTooMany ? [this.#tooMany(MOST_UNKNOWN_WAYS)] : merged;
  }

  /** Follows a branch to its end (one outcome) or to where it forks (none yet). */
  #follow(branch: Branch): readonly NetfilterOutcome[] {
    if (branch.ends !== undefined) return [branch.end(branch.ends.verdict, branch.ends.by)];
    for (;;) {
      const rule = branch.pending?.rule ?? branch.nextRule();
      if (rule === undefined) {
        if (branch.leave()) continue;
        return [this.#policy(branch)];
      }
      const judgement = this.#judge(rule, branch);
      if (judgement.kind === 'misses') continue;
      if (judgement.kind === 'matches') {
        const outcome = this.#act(rule, branch, judgement.isAssumed);
        if (outcome === 'goes on') continue;
        return outcome === 'forked' ? [] : [outcome];
      }
      // Whether it matches makes no difference: it is left out rather than guessed.
      if (rule.target.kind === 'touch-set') branch.touchSets(rule.target.sets);
      else if (!isQuiet(rule, branch, this.#table)) {
        this.#fork(rule, branch, judgement);
        return [];
      }
      branch.pending = undefined;
    }
  }

  #judge(rule: WalkedRule, branch: Branch): Judgement {
    const { pending } = branch;
    if (pending === undefined) return judge(rule, branch, undefined);
    const judgement = judge(rule, branch, pending.settled);
    if (judgement.kind === 'splits' || judgement.kind === 'unknown') return judgement;
    branch.pending = undefined;
    return judgement.kind === 'matches' && pending.isAssumed ? { kind: 'matches', isAssumed: true } : judgement;
  }

  #act(rule: WalkedRule, branch: Branch, isAssumed: boolean): NetfilterOutcome | 'goes on' | 'forked' {
    const { target } = rule;
    const { hook } = this.#input;
    branch.addStep(rule.steps(hook, isAssumed));
    switch (target.kind) {
      case 'verdict':
        return branch.end(target.verdictAt(hook), rule.evidence);
      case 'jump':
        branch.jump(this.#table.chain(target.chain));
        return 'goes on';
      case 'goto':
        branch.goto(this.#table.chain(target.chain));
        return 'goes on';
      case 'return':
        return branch.leave() ? 'goes on' : this.#policy(branch);
      case 'nothing':
        return 'goes on';
      case 'change': {
        const change = target.change(branch);
        if (change !== undefined) branch.apply(change);
        return 'goes on';
      }
      case 'touch-set':
        branch.touchSets(target.sets);
        return 'goes on';
      case 'unsupported':
        this.#forkTarget(rule, branch, target.raw);
        return 'forked';
      default:
        return assertNever(target);
    }
  }

  #policy(branch: Branch): NetfilterOutcome {
    const policy = this.#base.policy!;
    branch.addStep(policy.steps(this.#input.hook, false));
    return branch.end(this.#base.chain.policy === 'DROP' ? DROP : ACCEPT, policy.evidence);
  }

  #fork(rule: WalkedRule, branch: Branch, judgement: Extract<Judgement, { kind: 'splits' | 'unknown' }>): void {
    if (judgement.kind === 'unknown') this.#forkUnknown(rule, branch, judgement.matches);
    else this.#forkSplit(rule, branch, judgement.index, judgement.options);
  }

  #forkSplit(rule: WalkedRule, branch: Branch, index: number, options: readonly SplitOption[]): void {
    const { settled, isAssumed = false } = branch.pending ?? {};
    this.#split(branch, options.length, (option) => {
      const { probability, label } = options[option]!;
      return { cause: 'choice', probability, label, evidence: rule.evidence };
    }, (next, option) => {
      const chosen = options[option]!;
      if ('packet' in chosen) {
        next.packet = chosen.packet;
        next.pending = { rule, settled: settled ?? NONE_SETTLED, isAssumed };
      } else if (chosen.isMatch) {
        next.pending = { rule, settled: new Set(settled).add(index), isAssumed };
      }
    });
  }

  #forkUnknown(rule: WalkedRule, branch: Branch, matches: readonly Match[]): void {
    const { settled } = branch.pending ?? {};
    const raw = matches.map((match) => match.raw).join(' ');
    this.#split(branch, 2, (option) => ({ cause: 'ignorance', label: `${raw} ${option === 0 ? 'matches' : 'does not match'}`, evidence: rule.evidence }), (next, option) => {
      if (option === 0) {
        const all = new Set(settled);
        for (const match of matches) all.add(rule.matches.indexOf(match));
        next.pending = { rule, settled: all, isAssumed: true };
      }
      // Of several, one that fails is enough: which one it was is not known.
      if (option === 0 || matches.length === 1) {
        for (const match of matches) if (match.memory !== 'never') next.assume(memoryKey(match, next), option === 0);
      }
    });
  }

  /** A target that is not modelled: the packet may go on as if it were not there, or anything else may happen. */
  #forkTarget(rule: WalkedRule, branch: Branch, raw: string): void {
    const id = this.#input.forkIds.next();
    this.#hasIgnorance = true;
    this.#ways++;
    const fork = (option: number, label: string): Fork => ({ cause: 'ignorance', id, option, label, evidence: rule.evidence });
    const ended = branch.fork(fork(1, `${raw} does something else`));
    ended.ends = { verdict: { kind: 'unknown', reason: `target ${raw} is not known` }, by: rule.evidence };
    this.#open.push(ended, branch.fork(fork(0, `${raw} lets the packet go on`)));
  }

  #split(branch: Branch, count: number, describe: (option: number) => Omit<Fork, 'id' | 'option'>, prepare: (next: Branch, option: number) => void): void {
    const id = this.#input.forkIds.next();
    this.#ways += count - 1;
    for (let option = count - 1; option >= 0; option--) {
      const fork: Fork = { ...describe(option), id, option };
      if (fork.cause === 'ignorance') this.#hasIgnorance = true;
      const next = branch.fork(fork);
      prepare(next, option);
      this.#open.push(next);
    }
  }

  #tooMany(limit: number): NetfilterOutcome {
    const policy = this.#base.policy!;
    const reason = `more than ${limit} ways through table ${this.#table.table.name}`;
    return { ...untouched(this.#input, { kind: 'unknown', reason }), by: policy.evidence };
  }
}

const NONE_SETTLED: ReadonlySet<number> = new Set();
