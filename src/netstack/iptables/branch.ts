/** One way of a packet through a table while it is walked. Forking copies it; what it points to is never changed. */
import type { CtInfo } from '../../model/flow.ts';
import type { Fork } from '../../model/fork.ts';
import type { Packet } from '../../model/packet.ts';
import type { RuleStep } from '../../model/step.ts';
import type { Assumptions, CtChange, NetfilterInput, NetfilterOutcome, NetfilterVerdict } from '../netfilter/types.ts';
import type { Evidence } from '../../model/evidence.ts';
import { candidates } from './chain-index.ts';
import type { WalkedChain, WalkedRule } from './compile-chain.ts';
import type { Change } from './target.ts';
import { touchedSetKey } from './touched-set.ts';

/** A list that grows at its head, so that branches share what came before they parted. */
interface Trail<T> {
  readonly item: T;
  readonly before: Trail<T> | undefined;
}

/** Where a `-j` comes back to. */
interface Frame {
  readonly chain: WalkedChain;
  readonly positions: readonly number[] | undefined;
  readonly at: number;
  readonly up: Frame | undefined;
}

export class Branch {
  readonly input: NetfilterInput;
  packet: Packet;
  ct: CtInfo;
  assumed: Assumptions;
  #ctChange: CtChange | undefined;
  #steps: Trail<RuleStep> | undefined;
  #forks: Trail<Fork> | undefined;
  #chain: WalkedChain;
  /** Positions of the chain's candidate rules; undefined where all of them are. */
  #positions: readonly number[] | undefined;
  #at = 0;
  #callers: Frame | undefined;
  /** A rule that is in the middle of being judged when the branch parted from its sister. */
  pending: { readonly rule: WalkedRule; readonly settled: ReadonlySet<number>; readonly isAssumed: boolean } | undefined;
  /** Set where the branch is over: what else an unknown target may do. */
  ends: { readonly verdict: NetfilterVerdict; readonly by: Evidence } | undefined;

  constructor(input: NetfilterInput, chain: WalkedChain) {
    this.input = input;
    this.packet = input.packet;
    this.ct = input.ct;
    this.assumed = input.assumed;
    this.#chain = chain;
    this.#positions = chain.index && candidates(chain.index, this.packet, input.meta);
  }

  fork(fork: Fork): Branch {
    const copy = new Branch(this.input, this.#chain);
    copy.packet = this.packet;
    copy.ct = this.ct;
    copy.assumed = this.assumed;
    copy.#ctChange = this.#ctChange;
    copy.#steps = this.#steps;
    copy.#forks = { item: fork, before: this.#forks };
    copy.#positions = this.#positions;
    copy.#at = this.#at;
    copy.#callers = this.#callers;
    return copy;
  }

  /** The chain's next rule that may match; undefined at its end. */
  nextRule(): WalkedRule | undefined {
    const at = this.#at++;
    return this.#positions === undefined ? this.#chain.rules[at] : this.#chain.rules[this.#positions[at] ?? -1];
  }

  /** The rest of the rules after the present one. */
  rulesAhead(): readonly WalkedRule[] {
    const { rules } = this.#chain;
    return this.#positions === undefined ? rules.slice(this.#at) : this.#positions.slice(this.#at).map((position) => rules[position]!);
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

  addStep(step: RuleStep): void {
    this.#steps = { item: step, before: this.#steps };
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
    return {
      verdict,
      by,
      packet: this.packet,
      ...(this.#ctChange !== undefined && { ctChange: this.#ctChange }),
      steps: inOrder(this.#steps),
      forks: inOrder(this.#forks),
      assumed: this.assumed,
    };
  }
}

/** What matches see from now on: an untracked packet, a template's NEW (nf_conntrack_get of a template), another mark. */
function changedCt(ct: CtInfo, change: CtChange): CtInfo {
  if (change.notrack === true) return { ...ct, state: 'UNTRACKED' };
  if (change.mark !== undefined) return { ...ct, mark: change.mark };
  return { ...ct, state: 'NEW', ...(change.zone !== undefined && { zone: change.zone }) };
}

const NONE: readonly never[] = [];

function inOrder<T>(trail: Trail<T> | undefined): readonly T[] {
  if (trail === undefined) return NONE;
  const items: T[] = [];
  for (let node: Trail<T> | undefined = trail; node !== undefined; node = node.before) items.push(node.item);
  return items.reverse();
}
