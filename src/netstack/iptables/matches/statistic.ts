/** -m statistic: the kernel's own choice, by chance or by count. */
import type { MatchModule, SplitOption } from '../match.ts';
import { parseNumber } from '../numbers.ts';

export const statistic: MatchModule = {
  options: { '--mode': 1, '--probability': 1, '--every': 1, '--packet': 1 },
  compile(options) {
    const share =
      options.get('--mode')?.values[0] === 'random'
        ? chance(options.get('--probability')?.values[0])
        : everyNth(options.get('--every')?.values[0]);
    const isInverted = options.get('--probability')?.isInverted ?? options.get('--every')?.isInverted ?? false;
    if (share === undefined) return undefined;
    const probability = isInverted ? 1 - share : share;
    if (probability <= 0) return () => false;
    if (probability >= 1) return () => true;
    const split: readonly SplitOption[] = [
      { isMatch: true, probability, label: 'statistic picks this rule' },
      { isMatch: false, probability: 1 - probability, label: 'statistic passes this rule by' },
    ];
    return () => split;
  },
};

/** The kernel keeps 31 bits of it (xt_statistic). */
function chance(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text) || Number(text) > 1) return undefined;
  return Math.round(Number(text) * 0x80000000) / 0x80000000;
}

/** Where the count stands is not known: a new flow may be any of the N. */
function everyNth(text: string | undefined): number | undefined {
  const every = parseNumber(text);
  return every === undefined || every === 0 ? undefined : 1 / every;
}
