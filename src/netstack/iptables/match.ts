/** What a match is to the evaluator: a question to the packet, made once per rule from the match's options. */
import type { Family } from '../../model/address.ts';
import type { CtInfo } from '../../model/flow.ts';
import type { Packet } from '../../model/packet.ts';
import type { Assumptions, NetfilterInput } from '../netfilter/types.ts';
import type { Options, OptionSpec } from './options.ts';

/** The packet as it is when it comes to a rule: earlier rules may have changed it and its connection. */
export interface Probe {
  readonly input: NetfilterInput;
  readonly packet: Packet;
  readonly ct: CtInfo;
  readonly assumed: Assumptions;
}

/**
 * One of the ways in which the kernel's choice may go (`isMatch`), or one part of a port range (`packet`, narrowed to
 * that part: the rule is asked again).
 */
export type SplitOption = { readonly label: string; /** 0–1. */ readonly probability: number } & (
  | { readonly isMatch: boolean }
  | { readonly packet: Packet }
);

/** True, false, not known, or different for parts of what the packet may be. */
export type MatchResult = boolean | undefined | readonly SplitOption[];

export type MatchTest = (probe: Probe) => MatchResult;

/**
 * How long an unknown answer stays the same for one packet.
 * `flow`: for the packet's whole way (time of day, owner, payload); `header`: as long as its header is not rewritten;
 * `never`: each rule answers anew (limit, recent, and everything that is not modelled).
 */
export type Memory = 'flow' | 'header' | 'never';

/** One kind of match. A module is registered by the name that stands after `-m`. */
export interface MatchModule {
  readonly options: OptionSpec;
  readonly memory?: Memory;
  /** Whether the match itself may drop a packet of which it is not known whether it matches (xt_action_param.hotdrop). */
  readonly mayDrop?: (probe: Probe) => boolean;
  /** Undefined where the options are not understood: the match is then unsupported. */
  compile(options: Options, context: MatchContext): MatchTest | undefined;
}

export interface MatchContext {
  readonly family: Family;
}

/** One match of a rule. */
export interface Match {
  readonly name: string;
  /** `-m tcp ! --dport 80`. */
  readonly raw: string;
  /** The raw text without a negation of the whole: two rules that ask the same, one in the negative, share it. */
  readonly question: string;
  readonly isNegated: boolean;
  readonly memory: Memory;
  readonly test: MatchTest;
  readonly mayDrop?: (probe: Probe) => boolean;
}
