/** CT and NOTRACK: what the raw table decides about the connection before there is one (xt_CT). */
import type { CtChange } from '../../netfilter/types.ts';
import { hasConnection } from '../../netfilter/connection-state.ts';
import { parseNumber } from '../numbers.ts';
import type { Options } from '../options.ts';
import { value } from '../options.ts';
import type { CompiledTarget, TargetModule } from '../target.ts';

export const NOTRACK: TargetModule = { options: {}, compile: () => once({ notrack: true }, 'NOTRACK') };

export const CT: TargetModule = {
  options: { '--notrack': 0, '--zone': 1, '--helper': 1, '--timeout': 1, '--ctevents': 1, '--expevents': 1 },
  compile(options) {
    if (options.has('--notrack')) return once({ notrack: true }, 'NOTRACK');
    const zone = options.has('--zone') ? parseNumber(value(options, '--zone')) : undefined;
    // A zone that is the packet's mark, or of one direction alone, can't be said in a CtChange.
    if (options.has('--zone') && (zone === undefined || zone > 65535)) return undefined;
    const text = describe(options);
    return once({ ...(zone !== undefined && { zone }), note: text }, text);
  },
};

function describe(options: Options): string {
  return ['CT', ...[...options].map(([name, { values }]) => [name.slice(2), ...values].join(' '))].join(' ');
}

/** Only the first such rule counts, and none for a packet that has its connection already (it came back by loopback). */
function once(ct: CtChange, effect: string): CompiledTarget {
  return {
    target: {
      kind: 'change',
      change: (probe) => (hasConnection(probe.ct) || probe.ct.state === 'UNTRACKED' ? undefined : { ct }),
    },
    effect,
  };
}
