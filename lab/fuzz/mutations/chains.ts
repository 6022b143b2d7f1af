/** Chains of their own: jumps, gotos, returns, one calling the next. */
import type { Mutation } from './mutation.ts';
import { backend, rule, rulePlace } from './iptables.ts';
import { ruleMatch } from './rule-match.ts';

export const chains: Mutation = {
  name: 'chain',
  weight: 5,
  make: (values) => {
    const { random } = values;
    const where = rulePlace(values);
    const name = values.nameOf(where.place);
    const tool = `${backend(values)} -t ${where.table}`;
    const names = Array.from({ length: 1 + random.below(3) }, (_, at) => `C${random.below(1000)}-${at}`);
    const call = (): string => random.pick(['-j', '-j', '-g']);
    const rows = names.flatMap((chain, at) => {
      const next = names[at + 1];
      const own = Array.from({ length: 1 + random.below(3) }, () => `${tool} -A ${chain} ${rule(values, where)}`);
      const jump =
        next === undefined ? [] : [`${tool} -A ${chain} ${ruleMatch(values, where).words} ${call()} ${next}`];
      return random.chance(0.5) ? [...own, ...jump] : [...jump, ...own];
    });
    return [
      ...names.map((chain) => `${tool} -N ${chain}`),
      ...rows,
      `${tool} ${random.pick(['-I', '-A'])} ${where.hook} ${random.chance(0.5) ? ruleMatch(values, where).words : ''} ${call()} ${names[0]!}`,
    ].map((sh) => ({ in: name, sh }));
  },
};
