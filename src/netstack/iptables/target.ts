/** What a target is to the evaluator: an ending, a way through the chains, a change, or nothing. */
import type { Family } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import type { Hook } from '../../model/step.ts';
import type { CtChange, NetfilterVerdict } from '../netfilter/types.ts';
import type { Options, OptionSpec } from './options.ts';
import type { Probe } from './match.ts';

export type Target =
  /** Ends the table. */
  | { readonly kind: 'verdict'; readonly verdict: NetfilterVerdict }
  /** Ends it in a way that depends on the hook. */
  | { readonly kind: 'verdict-at'; verdictAt(hook: Hook): NetfilterVerdict }
  | { readonly kind: 'return' }
  | { readonly kind: 'jump'; readonly chain: string }
  | { readonly kind: 'goto'; readonly chain: string }
  /** Only counts or logs: goes on with the next rule. */
  | { readonly kind: 'nothing' }
  /** Changes the packet or its connection and goes on; undefined where it changes nothing. */
  | { readonly kind: 'change'; change(probe: Probe): Change | undefined }
  /** Adds to or deletes from an ipset and goes on. */
  | { readonly kind: 'touch-set'; readonly sets: readonly string[] }
  | { readonly kind: 'unsupported'; readonly raw: string };

export interface Change {
  readonly packet?: Packet;
  readonly ct?: CtChange;
}

export interface TargetModule {
  readonly options: OptionSpec;
  /** Undefined where the options are not understood: the target is then unsupported. */
  compile(options: Options, context: TargetContext): CompiledTarget | undefined;
}

export interface TargetContext {
  readonly family: Family;
}

export interface CompiledTarget {
  readonly target: Target;
  /** What a step shows: `MARK 0x4000/0x4000`. */
  readonly effect: string;
}

export const NOTHING: Target = { kind: 'nothing' };

/** A target that ends every packet in the same way. */
export function ending(verdict: NetfilterVerdict, effect: string): CompiledTarget {
  return { target: { kind: 'verdict', verdict }, effect };
}
