/** One rule in a built-in chain, or a chain's policy, in either back end. */
import type { Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';
import { ruleMatch, type RulePlace } from './rule-match.ts';
import { ruleTarget } from './rule-target.ts';

const HOOKS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

export const iptables: Mutation = {
  name: 'iptables',
  weight: 22,
  make: (values) => {
    const where = rulePlace(values);
    const name = values.nameOf(where.place);
    const tool = `${backend(values)} -t ${where.table}`;
    if (values.random.chance(0.03))
      return [{ in: name, sh: `${tool} -P ${where.hook} ${values.random.pick(['DROP', 'ACCEPT'])}` }];
    return [{ in: name, sh: `${tool} ${values.random.pick(['-I', '-I', '-A'])} ${where.hook} ${rule(values, where)}` }];
  },
};

export function rulePlace(values: Plausible): RulePlace {
  const { random } = values;
  const table = random.weigh([
    [3, 'raw'],
    [6, 'mangle'],
    [8, 'filter'],
    [1, 'security'],
  ]);
  return { place: values.place(), table, hook: random.pick(HOOKS[table]!) };
}

export function rule(values: Plausible, where: RulePlace): string {
  const match = ruleMatch(values, where);
  return `${match.words} ${ruleTarget(values, where, match)}`;
}

/** The case's own back end more often than the other: a node may have rules in both. */
export function backend({ random, site }: Plausible): string {
  const other = site.backend === 'nft' ? 'legacy' : 'nft';
  return `${site.pick('iptables', 'ip6tables')}-${random.chance(0.85) ? site.backend : other}`;
}
