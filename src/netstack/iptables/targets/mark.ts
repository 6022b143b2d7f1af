/** MARK and CONNMARK: the packet's mark and its connection's (xt_mark, xt_connmark). */
import { hasConnection } from '../../netfilter/connection-state.ts';
import type { Probe } from '../match.ts';
import { formatMasked, parseMasked, parseNumber } from '../numbers.ts';
import type { Options } from '../options.ts';
import { value } from '../options.ts';
import type { Change, CompiledTarget, TargetModule } from '../target.ts';

/** `mark = (mark & ~mask) ^ value` is what every spelling comes down to. */
interface Xmark {
  readonly value: number;
  readonly mask: number;
}

const SPELLINGS = { '--set-xmark': 1, '--set-mark': 1, '--and-mark': 1, '--or-mark': 1, '--xor-mark': 1 } as const;

export const MARK: TargetModule = {
  options: SPELLINGS,
  compile(options) {
    const asked = readXmark(options);
    if (asked === undefined) return undefined;
    return {
      target: { kind: 'change', change: ({ packet }) => marked({ packet }, apply(packet.mark, asked)) },
      effect: `MARK ${formatMasked(asked.value, asked.mask)}`,
    };
  },
};

export const CONNMARK: TargetModule = {
  options: {
    ...SPELLINGS,
    '--save-mark': 0,
    '--restore-mark': 0,
    '--nfmask': 1,
    '--ctmask': 1,
    '--mask': 1,
    '--left-shift-mark': 1,
    '--right-shift-mark': 1,
  },
  compile(options) {
    const both = parseNumber(value(options, '--mask')) ?? 0xffffffff;
    const nfmask = options.has('--nfmask') ? parseNumber(value(options, '--nfmask')) : both;
    const ctmask = options.has('--ctmask') ? parseNumber(value(options, '--ctmask')) : both;
    const shift = readShift(options);
    if (nfmask === undefined || ctmask === undefined || shift === undefined) return undefined;
    if (options.has('--save-mark'))
      return change('CONNMARK save', ({ packet, ct }) => ({
        ct: { mark: ((ct.mark & ~ctmask) ^ shift(packet.mark & nfmask)) >>> 0 },
      }));
    if (options.has('--restore-mark'))
      return change('CONNMARK restore', ({ packet, ct }) =>
        marked({ packet }, ((packet.mark & ~nfmask) ^ shift(ct.mark & ctmask)) >>> 0),
      );
    const asked = readXmark(options);
    if (asked === undefined) return undefined;
    return change(`CONNMARK ${formatMasked(asked.value, asked.mask)}`, ({ ct }) => ({
      ct: { mark: shift(apply(ct.mark, asked)) },
    }));
  },
};

/** Nothing happens to a packet without a connection. */
function change(effect: string, of: (probe: Probe) => Change | undefined): CompiledTarget {
  const changed = (probe: Probe): Change | undefined => {
    if (!hasConnection(probe.ct)) return undefined;
    const result = of(probe);
    return result?.ct?.mark === probe.ct.mark ? undefined : result;
  };
  return { target: { kind: 'change', change: changed }, effect };
}

function apply(mark: number, { value, mask }: Xmark): number {
  return ((mark & ~mask) ^ value) >>> 0;
}

function marked({ packet }: Pick<Probe, 'packet'>, mark: number): Change | undefined {
  return mark === packet.mark ? undefined : { packet: { ...packet, mark } };
}

function readXmark(options: Options): Xmark | undefined {
  const name = [...options.keys()].find((key) => key in SPELLINGS);
  const asked = name === undefined ? undefined : parseMasked(value(options, name));
  if (asked === undefined) return undefined;
  switch (name) {
    case '--set-xmark':
      return asked;
    case '--set-mark':
      return { value: asked.value, mask: (asked.mask | asked.value) >>> 0 };
    case '--and-mark':
      return { value: 0, mask: ~asked.value >>> 0 };
    case '--or-mark':
      return { value: asked.value, mask: asked.value };
    default:
      return { value: asked.value, mask: 0 };
  }
}

function readShift(options: Options): ((mark: number) => number) | undefined {
  const left = options.has('--left-shift-mark');
  if (!left && !options.has('--right-shift-mark')) return (mark) => mark >>> 0;
  const bits = parseNumber(value(options, left ? '--left-shift-mark' : '--right-shift-mark'));
  if (bits === undefined || bits > 31) return undefined;
  return left ? (mark) => (mark << bits) >>> 0 : (mark) => mark >>> bits;
}
