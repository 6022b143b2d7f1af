/** One way of a packet through a table while it is walked. Forking copies it; what it points to is never changed. */
import type { Evidence } from '../../model/evidence.ts';
import type { CtInfo } from '../../model/flow.ts';
import type { Fork } from '../../model/fork.ts';
import type { Packet } from '../../model/packet.ts';
import type { RuleStep } from '../../model/step.ts';
import { changedCt } from '../netfilter/connection-state.ts';
import type { Trail } from '../netfilter/trail.ts';
import { add, inOrder } from '../netfilter/trail.ts';
import type { Assumptions, CtChange, NetfilterInput, NetfilterOutcome, NetfilterVerdict } from '../netfilter/types.ts';
import { candidates } from './chain-index.ts';
import type { WalkedChain, WalkedRule } from './compile-chain.ts';
import type { Change } from './target.ts';
import { touchedSetKey } from './touched-set.ts';

/** Where a `-j` comes back to. */
interface Frame {
  readonly chain: WalkedChain;
  readonly positions: readonly number[] | undefined;
  readonly at: number;
  readonly up: Frame | undefined;
}

/** What is already known about the rule at which the branch stands. */
export interface Half {
  readonly rule: WalkedRule;
  /** One bit per match that was taken as matching. */
  readonly settled: number;
  readonly isAssumed: boolean;
}

export class Branch {
  readonly input: NetfilterInput;
  packet: Packet;
  ct: CtInfo;
  assumed: Assumptions;
  /** Set while a rule is judged in several steps. */
  half: Half | undefined = undefined;
  /** Set where the branch is over: what else an unknown target may do. */
  ends: { readonly verdict: NetfilterVerdict; readonly by: Evidence } | undefined = undefined;
  #ctChange: CtChange | undefined;
  #steps: Trail<RuleStep> | undefined;
  #forks: Trail<Fork> | undefined;
  #chain: WalkedChain;
  /** Positions of the chain's candidate rules; undefined where all of them are. */
  #positions: readonly number[] | undefined;
  #at: number;
  #callers: Frame | undefined;

  /** A way that begins at the base chain, or a copy of one. */
  constructor(input: NetfilterInput, chain: WalkedChain, from?: Branch) {
    this.input = input;
    this.packet = from === undefined ? input.packet : from.packet;
    this.ct = from === undefined ? input.ct : from.ct;
    this.assumed = from === undefined ? input.assumed : from.assumed;
    this.#ctChange = from === undefined ? undefined : from.#ctChange;
    this.#steps = from === undefined ? undefined : from.#steps;
    this.#forks = from === undefined ? undefined : from.#forks;
    this.#chain = chain;
    this.#positions =
      from === undefined ? chain.index && candidates(chain.index, input.packet, input.meta) : from.#positions;
    this.#at = from === undefined ? 0 : from.#at;
    this.#callers = from === undefined ? undefined : from.#callers;
  }

  copy(): Branch {
    return new Branch(this.input, this.#chain, this);
  }

  addFork(fork: Fork): void {
    this.#forks = add(this.#forks, fork);
  }

  addStep(step: RuleStep): void {
    this.#steps = add(this.#steps, step);
  }

  /** The chain's next rule that may match; undefined at its end. */
  nextRule(): WalkedRule | undefined {
    const at = this.#at++;
    const { rules } = this.#chain;
    if (this.#positions === undefined) return at < rules.length ? rules[at] : undefined;
    return at < this.#positions.length ? rules[this.#positions[at]!] : undefined;
  }

  /** The rules after the present one. */
  rulesAhead(): readonly WalkedRule[] {
    const { rules } = this.#chain;
    return this.#positions === undefined
      ? rules.slice(this.#at)
      : this.#positions.slice(this.#at).map((position) => rules[position]!);
  }

  jump(chain: WalkedChain): void {
    this.#callers = { chain: this.#chain, positions: this.#positions, at: this.#at, up: this.#callers };
    this.goto(chain);
  }

  /** Unlike jump, remembers no way back: the chain's end leads to where the present one would have led. */
  goto(chain: WalkedChain): void {
    this.#chain = chain;
    this.#positions = chain.index && candidates(chain.index, this.packet, this.input.meta);
    this.#at = 0;
  }

  /** Back to the caller; false where there is none: then the base chain's policy applies (ipt_do_table's underflow). */
  leave(): boolean {
    const caller = this.#callers;
    if (caller === undefined) return false;
    this.#chain = caller.chain;
    this.#positions = caller.positions;
    this.#at = caller.at;
    this.#callers = caller.up;
    return true;
  }

  apply(change: Change): void {
    if (change.packet !== undefined) this.packet = change.packet;
    if (change.ct !== undefined) {
      this.#ctChange = { ...this.#ctChange, ...change.ct };
      this.ct = changedCt(this.ct, change.ct);
    }
  }

  assume(key: string, value: boolean): void {
    this.assumed = new Map(this.assumed).set(key, value);
  }

  touchSets(sets: readonly string[]): void {
    for (const name of sets) this.assume(touchedSetKey(name), true);
  }

  end(verdict: NetfilterVerdict, by: Evidence): NetfilterOutcome {
    const { packet, assumed } = this;
    const steps = inOrder(this.#steps);
    const forks = inOrder(this.#forks);
    const ctChange = this.#ctChange;
    return ctChange === undefined
      ? { verdict, by, packet, steps, forks, assumed }
      : { verdict, by, packet, ctChange, steps, forks, assumed };
  }
}
