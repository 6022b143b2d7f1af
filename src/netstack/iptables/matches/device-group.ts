/** `-m devgroup`: the groups of the devices that the packet comes in and leaves by (xt_devgroup). */
import type { MatchModule, Probe } from '../match.ts';
import { parseMasked } from '../numbers.ts';
import type { Options } from '../options.ts';
import { every } from '../../netfilter/every.ts';

export const devgroup: MatchModule = {
  options: { '--src-group': 1, '--dst-group': 1 },
  memory: 'flow',
  compile(options) {
    const tests = (['--src-group', '--dst-group'] as const).flatMap((name) => {
      if (!options.has(name)) return [];
      return [testOf(options, name)];
    });
    if (tests.length === 0 || !tests.every((test) => test !== undefined)) return undefined;
    return (probe) => every(tests, (test) => test(probe));
  },
};

function testOf(
  options: Options,
  name: '--src-group' | '--dst-group',
): ((probe: Probe) => boolean | undefined) | undefined {
  const option = options.get(name);
  // A name is of a file of the node; this one is in every system's.
  const group = option?.values[0] === 'default' ? '0' : option?.values[0];
  const asked = parseMasked(group);
  if (option === undefined || asked === undefined) return undefined;
  return ({ input: { env, meta } }) => {
    const device = name === '--src-group' ? meta.iif : meta.oif;
    const found = device === undefined ? undefined : env.deviceGroup?.(device);
    if (found === undefined) return undefined;
    return ((found & asked.mask) >>> 0 === asked.value) !== option.isInverted;
  };
}
