/** -m set: membership in an ipset, in several if given more than once. */
import type { MatchModule } from '../match.ts';
import { touchedSetKey } from '../touched-set.ts';

export const set: MatchModule = {
  options: {
    '--match-set': 2,
    '--return-nomatch': 0,
    '--update-counters': 0,
    '--update-subcounters': 0,
    '--packets-eq': 1,
    '--packets-lt': 1,
    '--packets-gt': 1,
    '--bytes-eq': 1,
    '--bytes-lt': 1,
    '--bytes-gt': 1,
  },
  memory: 'header',
  compile(options) {
    const option = options.get('--match-set');
    if (option === undefined) return undefined;
    const [name = '', flagText = ''] = option.values;
    const flags = flagText.split(',');
    if (!flags.every((flag) => flag === 'src' || flag === 'dst')) return undefined;
    const returnNomatch = options.has('--return-nomatch');
    const hasCounters = [...options.keys()].some((key) => key.startsWith('--packets') || key.startsWith('--bytes'));
    const touched = touchedSetKey(name);
    return (probe) => {
      if (probe.assumed.has(touched)) return undefined;
      const isMember = probe.input.env.testSet(name, {
        packet: probe.packet,
        meta: probe.input.meta,
        flags,
        returnNomatch,
      });
      if (isMember === undefined) return undefined;
      // An element's counters go on while the dump is taken.
      if (isMember && hasCounters) return undefined;
      return isMember !== option.isInverted;
    };
  },
};
