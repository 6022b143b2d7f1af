/** Walks a packet through one base chain and what it calls (nft_do_chain), following every way that it may take. */
import { assertNever } from '../../model/assert-never.ts';
import { OpenWays } from '../netfilter/open-ways.ts';
import type { Follower } from '../netfilter/open-ways.ts';
import type { NetfilterInput, NetfilterOutcome, NetfilterVerdict } from '../netfilter/types.ts';
import { NftBranch } from './branch.ts';
import { memoryKey } from './memory.ts';
import { BREAK, NEXT } from './op.ts';
import type { Effect, Lead, Op } from './op.ts';
import { isQuiet } from './quiet.ts';
import type { WalkedChain, WalkedRule, WalkedTable } from './walked.ts';

const ACCEPT: NetfilterVerdict = { kind: 'accept' };
const DROP: NetfilterVerdict = { kind: 'drop' };

/** Every way of the packet through the base chain; never empty. */
export function evaluateChain(
  table: WalkedTable,
  base: WalkedChain,
  input: NetfilterInput,
): readonly NetfilterOutcome[] {
  return new ChainWalk(table, base, input).run();
}

class ChainWalk implements Follower<NftBranch> {
  readonly #table: WalkedTable;
  readonly #base: WalkedChain;
  readonly #input: NetfilterInput;
  readonly #ways: OpenWays<NftBranch>;

  constructor(table: WalkedTable, base: WalkedChain, input: NetfilterInput) {
    this.#table = table;
    this.#base = base;
    this.#input = input;
    this.#ways = new OpenWays(input.forkIds);
  }

  run(): readonly NetfilterOutcome[] {
    const first = new NftBranch(this.#input, this.#base.first);
    first.nextRule();
    return this.#ways.follow(first, this);
  }

  /** Where the branch forks, it takes the first option and leaves the others to be followed later. */
  toEnd(branch: NftBranch): NetfilterOutcome {
    for (;;) {
      if (branch.ends !== undefined) return branch.end(branch.ends.verdict, branch.ends.by);
      const { rule } = branch;
      if (rule === undefined) {
        if (!branch.leave()) return this.#policy(branch);
        branch.nextRule();
        continue;
      }
      const outcome = this.#runRule(rule, branch);
      if (outcome !== undefined) return outcome;
    }
  }

  /** Runs the rule's statements from where the branch stands; undefined if the packet goes on, maybe in another chain. */
  #runRule(rule: WalkedRule, branch: NftBranch): NetfilterOutcome | undefined {
    for (;;) {
      const op = rule.ops[branch.op];
      if (op === undefined) {
        this.#hit(rule, branch, 'continue');
        branch.nextRule();
        return undefined;
      }
      const effect = branch.decided ?? op.run(branch);
      branch.decided = undefined;
      if (effect === NEXT) {
        branch.op += 1;
        continue;
      }
      if (effect === BREAK) {
        if (branch.effects.length > 0) this.#hit(rule, branch, 'break');
        branch.nextRule();
        return undefined;
      }
      switch (effect.kind) {
        case 'change':
          branch.apply(effect.change);
          did(branch, op);
          continue;
        case 'touch':
          if (effect.value === undefined) branch.assume(`?${effect.key}`, true);
          else branch.assume(effect.key, effect.value);
          did(branch, op);
          continue;
        case 'tproxy':
          branch.tproxy = effect.verdict;
          did(branch, op);
          continue;
        case 'continue':
          this.#lead(rule, branch, effect);
          branch.nextRule();
          return undefined;
        case 'verdict':
          this.#lead(rule, branch, effect);
          return branch.end(effect.verdict, rule.hit.evidence);
        case 'return':
          this.#lead(rule, branch, effect);
          if (!branch.leave()) return this.#policy(branch);
          branch.nextRule();
          return undefined;
        case 'jump':
        case 'goto': {
          const chain = (effect.to ??= this.#table.chain(effect.chain));
          this.#lead(rule, branch, effect);
          if (chain === undefined)
            return branch.end(
              { kind: 'unknown', reason: `chain ${effect.chain} is not in the dump` },
              rule.hit.evidence,
            );
          if (effect.kind === 'goto') branch.goto(chain);
          else if (chain.first !== undefined) branch.jump(chain);
          branch.nextRule();
          return undefined;
        }
        case 'split':
        case 'pick':
        case 'unknown':
        case 'one-of':
        case 'unsupported':
          if (!this.#isDecided(rule, branch, op, effect)) this.#fork(rule, branch, op, effect);
          if (branch.ends !== undefined) return undefined;
          continue;
        case 'next':
        case 'break':
          throw new Error(`${effect.kind} is always the same object`);
        default:
          return assertNever(effect);
      }
    }
  }

  /** Where nothing depends on it, or a later match fails anyway, it is left out rather than guessed. */
  #isDecided(rule: WalkedRule, branch: NftBranch, op: Op, effect: Forking): boolean {
    if (effect.kind === 'unsupported') return false;
    if (effect.kind === 'unknown') {
      const assumed = effect.memory === 'never' ? undefined : branch.assumed.get(memoryKey(effect, branch));
      if (assumed !== undefined) {
        branch.isAssumed = true;
        branch.decided = assumed !== effect.isNegated ? NEXT : BREAK;
        return true;
      }
    }
    if (op.role === 'test' && failsLater(rule, branch)) branch.decided = BREAK;
    else if (op.role === 'test' && isQuiet(rule, branch, branch.op + 1, this.#table)) branch.decided = BREAK;
    else return this.#touchesOnly(rule, branch, op);
    return true;
  }

  /** A set that may or may not be changed is from now on not known. */
  #touchesOnly(rule: WalkedRule, branch: NftBranch, op: Op): boolean {
    if (op.role !== 'test') return false;
    const rest = rule.ops.slice(branch.op + 1).filter(({ role }) => role === 'act');
    if (!rest.every(({ touches }) => touches !== undefined)) return false;
    for (const { touches } of rest) branch.assume(`?${touches!}`, true);
    branch.decided = BREAK;
    return true;
  }

  #fork(rule: WalkedRule, branch: NftBranch, op: Op, effect: Forking): void {
    const { evidence } = rule.hit;
    switch (effect.kind) {
      case 'split': {
        const id = this.#ways.split(effect.options.length, 'choice');
        for (let option = effect.options.length - 1; option >= 0; option--) {
          const { label, probability, packet } = effect.options[option]!;
          const next = this.#ways.part(branch, option);
          next.addFork({ cause: 'choice', id, option, probability, label, evidence });
          next.packet = packet;
        }
        return;
      }
      case 'pick': {
        const id = this.#ways.split(effect.options.length, effect.cause);
        for (let option = effect.options.length - 1; option >= 0; option--) {
          const { label, probability, value, effect: known } = effect.options[option]!;
          const next = this.#ways.part(branch, option);
          next.addFork(
            effect.cause === 'choice'
              ? { cause: 'choice', id, option, probability, label, evidence }
              : { cause: 'ignorance', id, option, label, evidence },
          );
          if (known === undefined) next.pin(effect.pin, value);
          else next.decided = known;
        }
        return;
      }
      case 'unknown': {
        const id = this.#ways.split(2, 'ignorance');
        const misses = this.#ways.part(branch, 1);
        misses.addFork({ cause: 'ignorance', id, option: 1, label: `${op.raw} does not match`, evidence });
        misses.decided = BREAK;
        branch.addFork({ cause: 'ignorance', id, option: 0, label: `${op.raw} matches`, evidence });
        branch.decided = NEXT;
        branch.isAssumed = true;
        if (effect.memory === 'never') return;
        misses.assume(memoryKey(effect, misses), effect.isNegated);
        branch.assume(memoryKey(effect, branch), !effect.isNegated);
        return;
      }
      case 'one-of': {
        const id = this.#ways.split(effect.options.length, 'ignorance');
        for (let option = effect.options.length - 1; option >= 0; option--) {
          const chosen = effect.options[option]!;
          const next = this.#ways.part(branch, option);
          next.addFork({ cause: 'ignorance', id, option, label: chosen.label, evidence });
          next.decided = chosen.effect;
          next.isAssumed = true;
        }
        return;
      }
      case 'unsupported': {
        const id = this.#ways.split(2, 'ignorance');
        const ended = this.#ways.part(branch, 1);
        ended.addFork({ cause: 'ignorance', id, option: 1, label: `${op.raw} does something else`, evidence });
        ended.ends = { verdict: { kind: 'unknown', reason: `statement ${op.raw} is not known` }, by: evidence };
        branch.addFork({ cause: 'ignorance', id, option: 0, label: `${op.raw} lets the packet go on`, evidence });
        branch.decided = NEXT;
        return;
      }
      default:
        assertNever(effect);
    }
  }

  #lead(rule: WalkedRule, branch: NftBranch, lead: Lead): void {
    const { hit } = rule;
    const { family, hook } = this.#input;
    const { shown } = lead;
    if (branch.effects.length > 0 || branch.isAssumed) this.#hit(rule, branch, lead.effect);
    else if (shown !== undefined && lead.shownBy === hit && lead.shownAt === hook && lead.shownFor === family)
      branch.addStep(shown);
    else {
      lead.shownBy = hit;
      lead.shownFor = family;
      lead.shownAt = hook;
      branch.addStep((lead.shown = hit.step(family, hook, lead.effect, false)));
    }
  }

  #hit(rule: WalkedRule, branch: NftBranch, lead: string): void {
    const { effects } = branch;
    const effect =
      effects.length === 0
        ? lead
        : lead === 'continue' || lead === 'break'
          ? effects.join(', ')
          : `${effects.join(', ')}, ${lead}`;
    branch.addStep(rule.hit.step(this.#input.family, this.#input.hook, effect, branch.isAssumed));
  }

  #policy(branch: NftBranch): NetfilterOutcome {
    const policy = this.#base.policy;
    if (policy === undefined) throw new Error(`chain ${this.#base.name} is no base chain`);
    branch.addStep(policy.hit.step(this.#input.family, this.#input.hook, policy.isDrop ? 'drop' : 'accept', false));
    return branch.end(policy.isDrop ? DROP : ACCEPT, policy.hit.evidence);
  }

  tooMany(limit: number): NetfilterOutcome {
    const reason = `more than ${limit} ways through chain ${this.#base.name}`;
    const { packet, assumed } = this.#input;
    return {
      verdict: { kind: 'unknown', reason },
      by: this.#base.policy!.hit.evidence,
      packet,
      steps: [],
      forks: [],
      assumed,
    };
  }
}

type Forking = Extract<Effect, { kind: 'split' | 'pick' | 'unknown' | 'one-of' | 'unsupported' }>;

function did(branch: NftBranch, op: Op): void {
  branch.effects = [...branch.effects, op.raw];
  branch.op += 1;
}

/** Does one of the matches right after the present statement fail in any case? */
function failsLater(rule: WalkedRule, branch: NftBranch): boolean {
  for (let at = branch.op + 1; at < rule.ops.length; at++) {
    const op = rule.ops[at]!;
    if (op.role === 'quiet') continue;
    if (op.role === 'act') return false;
    if (op.run(branch).kind === 'break') return true;
  }
  return false;
}
