/** One way of a packet through a base chain and what it calls. Forking copies it; what it points to is never changed. */
import type { CtInfo, Evidence, Fork, Packet, RuleStep } from '../../model/index.ts';
import { changedCt } from '../netfilter/connection-state.ts';
import { add, inOrder, type Trail } from '../netfilter/trail.ts';
import type { Assumptions, CtChange, NetfilterInput, NetfilterOutcome, NetfilterVerdict } from '../netfilter/types.ts';
import type { Change, Effect } from './op.ts';
import type { WalkedChain, WalkedRule } from './walked.ts';
import { rulesFrom } from './walked.ts';

/** Where a jump comes back to. */
interface Frame {
  readonly next: WalkedRule | undefined;
  readonly up: Frame | undefined;
}

type Tproxy = Extract<NetfilterVerdict, { kind: 'tproxy' }>;

const NO_PINS: ReadonlyMap<object, number> = new Map<object, number>();

export class NftBranch {
  readonly input: NetfilterInput;
  packet: Packet;
  ct: CtInfo;
  assumed: Assumptions;
  /** The rule that the branch stands in, and its next statement. */
  rule: WalkedRule | undefined = undefined;
  op = 0;
  /** What the present rule has done so far, and whether it is certain that it got here. */
  effects: readonly string[] = [];
  isAssumed = false;
  /** What the present rule's statement is taken to do, where a fork decided it. */
  decided: Effect | undefined = undefined;
  /** Set where the branch is over: what else an unknown statement may do. */
  ends: { readonly verdict: NetfilterVerdict; readonly by: Evidence } | undefined = undefined;
  tproxy: Tproxy | undefined = undefined;
  #pins: ReadonlyMap<object, number> = NO_PINS;
  #ctChange: CtChange | undefined;
  #steps: Trail<RuleStep> | undefined;
  #forks: Trail<Fork> | undefined;
  /** The rule after it. */
  #next: WalkedRule | undefined;
  #callers: Frame | undefined;

  constructor(input: NetfilterInput, first: WalkedRule | undefined) {
    this.input = input;
    this.packet = input.packet;
    this.ct = input.ct;
    this.assumed = input.assumed;
    this.#next = first;
  }

  copy(): NftBranch {
    const copy = new NftBranch(this.input, this.#next);
    copy.packet = this.packet;
    copy.ct = this.ct;
    copy.assumed = this.assumed;
    copy.rule = this.rule;
    copy.op = this.op;
    copy.effects = this.effects;
    copy.isAssumed = this.isAssumed;
    copy.tproxy = this.tproxy;
    copy.#pins = this.#pins;
    copy.#ctChange = this.#ctChange;
    copy.#steps = this.#steps;
    copy.#forks = this.#forks;
    copy.#callers = this.#callers;
    return copy;
  }

  /** What the kernel picked on this way, where the expression was asked before in the same rule. */
  pinOf(pin: object): number | undefined {
    return this.#pins.get(pin);
  }

  get hasPins(): boolean {
    return this.#pins.size > 0;
  }

  pin(pin: object, value: number): void {
    this.#pins = new Map(this.#pins).set(pin, value);
  }

  addFork(fork: Fork): void {
    this.#forks = add(this.#forks, fork);
  }

  addStep(step: RuleStep): void {
    this.#steps = add(this.#steps, step);
  }

  /** Stands at the chain's next rule; false at its end. */
  nextRule(): boolean {
    const rule = this.#next;
    this.rule = rule;
    this.#next = rule?.next;
    this.op = 0;
    if (this.effects.length > 0) this.effects = [];
    this.isAssumed = false;
    this.decided = undefined;
    if (this.#pins.size > 0) this.#pins = NO_PINS;
    return rule !== undefined;
  }

  /** The rules after the present one. */
  rulesAhead(): Iterable<WalkedRule> {
    return rulesFrom(this.#next);
  }

  jump(chain: WalkedChain): void {
    this.#callers = { next: this.#next, up: this.#callers };
    this.goto(chain);
  }

  /** Unlike jump, remembers no way back: the chain's end leads to where the present one would have led. */
  goto(chain: WalkedChain): void {
    this.#next = chain.first;
  }

  /** Back to the caller; false where there is none: then the base chain's policy applies. */
  leave(): boolean {
    const caller = this.#callers;
    if (caller === undefined) return false;
    this.#next = caller.next;
    this.#callers = caller.up;
    return true;
  }

  apply({ packet = this.packet, ct }: Change): void {
    this.packet = packet;
    if (ct === undefined) return;
    this.#ctChange = { ...this.#ctChange, ...ct };
    this.ct = changedCt(this.ct, ct);
  }

  /** Keeps for the packet's further way what an unknown match was taken for, or that a set was changed. */
  assume(key: string, value: boolean): void {
    this.assumed = new Map(this.assumed).set(key, value);
  }

  end(verdict: NetfilterVerdict, by: Evidence): NetfilterOutcome {
    const { packet, assumed, tproxy } = this;
    const steps = inOrder(this.#steps);
    const forks = inOrder(this.#forks);
    const ctChange = this.#ctChange;
    const told = verdict.kind === 'accept' && tproxy !== undefined ? tproxy : verdict;
    const outcome = { verdict: told, by, packet, steps, forks, assumed };
    return ctChange === undefined ? outcome : { ...outcome, ctChange };
  }
}
