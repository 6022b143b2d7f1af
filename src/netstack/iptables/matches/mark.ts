/** -m mark and -m connmark. */
import type { MatchModule } from '../match.ts';
import { hasConnection } from '../../netfilter/connection-state.ts';
import { parseMasked } from '../numbers.ts';

export const mark: MatchModule = {
  options: { '--mark': 1 },
  compile(options) {
    const option = options.get('--mark');
    const asked = parseMasked(option?.values[0]);
    if (option === undefined || asked === undefined) return undefined;
    const { value, mask } = asked;
    return ({ packet }) => ((packet.mark & mask) >>> 0 === value) !== option.isInverted;
  },
};

/** Without a connection it never matches, inverted or not (connmark_mt). */
export const connmark: MatchModule = {
  options: { '--mark': 1 },
  compile(options) {
    const option = options.get('--mark');
    const asked = parseMasked(option?.values[0]);
    if (option === undefined || asked === undefined) return undefined;
    const { value, mask } = asked;
    return ({ ct }) => hasConnection(ct) && ((ct.mark & mask) >>> 0 === value) !== option.isInverted;
  },
};
