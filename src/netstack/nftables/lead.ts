/** Verdicts of rules and of verdict maps. */
import type { NetfilterVerdict } from '../netfilter/types.ts';
import type { Lead } from './op.ts';
import { leadOn, leadTo, verdictEffect } from './op.ts';

const ACCEPT: NetfilterVerdict = { kind: 'accept' };
const DROP: NetfilterVerdict = { kind: 'drop' };

/** Undefined for what is no verdict. */
export function leadOf(verdict: { readonly kind: string; readonly chain?: string }): Lead | undefined {
  switch (verdict.kind) {
    case 'accept':
      return verdictEffect(ACCEPT, 'accept');
    case 'drop':
      return verdictEffect(DROP, 'drop');
    case 'return':
    case 'continue':
      return leadOn(verdict.kind);
    case 'jump':
    case 'goto':
      return leadTo(verdict.kind, verdict.chain ?? '');
    default:
      return undefined;
  }
}
