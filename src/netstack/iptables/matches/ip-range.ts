/** -m iprange: an address between two, both included. */
import { compareIP, parseIP } from '../../../model/address.ts';
import type { MatchModule, MatchTest } from '../match.ts';
import type { Option } from '../options.ts';

export const iprange: MatchModule = {
  options: { '--src-range': 1, '--dst-range': 1 },
  memory: 'header',
  compile(options) {
    const tests: MatchTest[] = [];
    for (const [name, option] of options) {
      const test = rangeTest(option, name === '--src-range' ? 'src' : 'dst');
      if (test === undefined) return undefined;
      tests.push(test);
    }
    return tests.length === 0 ? undefined : (probe) => tests.every((test) => test(probe) === true);
  },
};

function rangeTest({ values, isInverted }: Option, end: 'src' | 'dst'): MatchTest | undefined {
  const [firstText = '', lastText = firstText] = values[0]!.split('-');
  const first = parseIP(firstText);
  const last = parseIP(lastText);
  if (first === undefined || last === undefined || first.family !== last.family) return undefined;
  return ({ packet }) => (compareIP(packet[end], first) >= 0 && compareIP(packet[end], last) <= 0) !== isInverted;
}
