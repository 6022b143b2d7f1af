/** What one statement of a compiled rule is to the evaluator. */
import type { Family } from '../../model/address.ts';
import type { CtChange, NetfilterVerdict } from '../netfilter/types.ts';
import type { Packet } from '../../model/packet.ts';
import type { NftBranch } from './branch.ts';
import type { Hook, RuleStep } from '../../model/step.ts';
import type { Hit, WalkedChain } from './walked.ts';

/**
 * How long an unknown answer stays the same for one packet: for its whole way, as long as its header is not rewritten,
 * or not at all.
 */
export type Memory = 'flow' | 'header' | 'never';

export interface Change {
  readonly packet?: Packet;
  readonly ct?: CtChange;
}

/** One of the parts of a port that the rule tells apart. */
export interface PacketOption {
  readonly label: string;
  /** 0–1. */
  readonly probability: number;
  readonly packet: Packet;
}

/** One of the values that the kernel may pick, with all others that come to the same. */
export interface PickOption {
  readonly value: number;
  /** How many of the kernel's values these are, as a part of all: 0–1. */
  readonly probability: number;
  readonly label: string;
  /** What the statement does then; undefined where it is to be asked again. */
  readonly effect: Effect | undefined;
}

/**
 * The step that the last packet left which went the same way, and what it is a step of: most need no other. Of a cold
 * step nothing is read.
 */
interface Shown {
  readonly effect: string;
  shownBy: Hit | undefined;
  shownFor: Family | undefined;
  shownAt: Hook | undefined;
  shown: RuleStep | undefined;
}

/** Where a verdict leads. */
export type Lead = Shown &
  (
    | { readonly kind: 'verdict'; readonly verdict: NetfilterVerdict }
    | {
        readonly kind: 'jump' | 'goto';
        readonly chain: string;
        /** The chain itself, looked up when a packet first goes there. */
        to: WalkedChain | undefined;
      }
    | { readonly kind: 'return' }
    /** On with the next rule. */
    | { readonly kind: 'continue' }
  );

export function verdictEffect(verdict: NetfilterVerdict, effect: string): Lead {
  return {
    kind: 'verdict',
    verdict,
    effect,
    shownBy: undefined,
    shownFor: undefined,
    shownAt: undefined,
    shown: undefined,
  };
}

export function leadTo(kind: 'jump' | 'goto', chain: string): Lead {
  return {
    kind,
    chain,
    effect: kind === 'jump' ? `-> ${chain}` : `goto ${chain}`,
    to: undefined,
    shownBy: undefined,
    shownFor: undefined,
    shownAt: undefined,
    shown: undefined,
  };
}

export function leadOn(kind: 'return' | 'continue'): Lead {
  return { kind, effect: kind, shownBy: undefined, shownFor: undefined, shownAt: undefined, shown: undefined };
}

/** There is one object of each of these, and it is compared as such. */
declare const sole: unique symbol;

export type Effect =
  | Lead
  /** On with the next statement. */
  | { readonly kind: 'next'; readonly [sole]: true }
  /** The rule does not match. */
  | { readonly kind: 'break'; readonly [sole]: true }
  | { readonly kind: 'change'; readonly change: Change }
  /** What the packet may be falls apart: the statement is asked again of each part. */
  | { readonly kind: 'split'; readonly options: readonly PacketOption[] }
  /** The kernel picks: the statement is asked again with each value. */
  | {
      readonly kind: 'pick';
      readonly pin: object;
      readonly options: readonly PickOption[];
      readonly cause: 'choice' | 'ignorance';
    }
  /** Whether it matches is not known. */
  | { readonly kind: 'unknown'; readonly question: string; readonly isNegated: boolean; readonly memory: Memory }
  /** One of these happens, and it is not known which. */
  | { readonly kind: 'one-of'; readonly options: readonly { readonly label: string; readonly effect: Effect }[] }
  /** Not modelled: the packet may go on as if it were not there, or anything else may happen. */
  | { readonly kind: 'unsupported' }
  /** Elements of sets come or go; `isSure` where that certainly happens. */
  | { readonly kind: 'touch'; readonly key: string; readonly value: boolean | undefined }
  /** A local socket is to take the packet, if it is accepted in the end. */
  | { readonly kind: 'tproxy'; readonly verdict: Extract<NetfilterVerdict, { kind: 'tproxy' }> };

export const NEXT = { kind: 'next' } as Extract<Effect, { kind: 'next' }>;
export const BREAK = { kind: 'break' } as Extract<Effect, { kind: 'break' }>;

export interface Op {
  /** As nft prints it. */
  readonly raw: string;
  /**
   * `test`: matches or not and does nothing; `quiet`: does nothing that a walk looks at; `act`: all else.
   */
  readonly role: 'test' | 'quiet' | 'act';
  /** Where it leads, if it does nothing but lead there whatever the packet is. */
  readonly lead?: Lead;
  /** It does nothing but change the packet or its connection. */
  readonly isChange?: boolean;
  /** What it does depends on nothing of the packet but what the kernel picks. */
  readonly onlyPicks?: boolean;
  /** No packet gets past it. */
  readonly isNever?: boolean;
  /** It does nothing but change the set of this name. */
  readonly touches?: string;
  run(branch: NftBranch): Effect;
}

/** An `onlyPicks` that is worked out for the first packet alone. */
export class AskedOnce implements Op {
  readonly raw: string;
  readonly role: Op['role'];
  readonly onlyPicks = true;
  readonly #op: Op;
  #known: Effect | undefined = undefined;

  constructor(op: Op) {
    this.raw = op.raw;
    this.role = op.role;
    this.#op = op;
  }

  run(branch: NftBranch): Effect {
    return branch.hasPins ? this.#op.run(branch) : (this.#known ??= this.#op.run(branch));
  }
}

/** What compiling a statement may look at. */
export interface CompileContext {
  /** Family of the table. */
  readonly family: 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';
  /** Family of the packets, where the table's leaves it open. */
  readonly packetFamily?: Family;
}
