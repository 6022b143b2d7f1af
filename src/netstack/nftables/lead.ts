/** Verdicts of rules and of verdict maps. */
import type { NetfilterVerdict } from '../netfilter/types.ts';
import type { Lead } from './op.ts';

const ACCEPT: NetfilterVerdict = { kind: 'accept' };
const DROP: NetfilterVerdict = { kind: 'drop' };

/** Undefined for what is no verdict. */
export function leadOf(verdict: { readonly kind: string; readonly chain?: string }): Lead | undefined {
  switch (verdict.kind) {
    case 'accept':
      return { kind: 'verdict', verdict: ACCEPT, effect: 'accept' };
    case 'drop':
      return { kind: 'verdict', verdict: DROP, effect: 'drop' };
    case 'return':
      return { kind: 'return', effect: 'return' };
    case 'continue':
      return { kind: 'continue', effect: 'continue' };
    case 'jump':
      return { kind: 'jump', chain: verdict.chain ?? '', effect: `-> ${verdict.chain ?? ''}`, to: undefined };
    case 'goto':
      return { kind: 'goto', chain: verdict.chain ?? '', effect: `goto ${verdict.chain ?? ''}`, to: undefined };
    default:
      return undefined;
  }
}
