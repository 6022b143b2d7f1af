/** -m recent: was this address seen lately? Its history is not part of a dump. */
import type { MatchModule } from '../match.ts';

export const recent: MatchModule = {
  options: {
    '--set': 0,
    '--rcheck': 0,
    '--update': 0,
    '--remove': 0,
    '--seconds': 1,
    '--reap': 0,
    '--hitcount': 1,
    '--rttl': 0,
    '--name': 1,
    '--rsource': 0,
    '--rdest': 0,
    '--mask': 1,
  },
  compile(options) {
    const set = options.get('--set');
    if (set !== undefined) return () => !set.isInverted;
    const check = options.get('--rcheck') ?? options.get('--update') ?? options.get('--remove');
    if (check === undefined) return undefined;
    // kube-proxy's session affinity: a client without history takes any endpoint, as if there were no affinity.
    if (options.has('--rcheck') && options.get('--name')?.values[0]?.startsWith('KUBE-SEP-') === true)
      return () => check.isInverted;
    return () => undefined;
  },
};
