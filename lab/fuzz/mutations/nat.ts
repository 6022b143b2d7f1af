/** Translations by hand, before or behind those of services: forwards, redirects, maps, other sources. */
import type { Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';
import { backend } from './iptables.ts';
import { ruleMatch, type RuleMatch } from './rule-match.ts';

export const nat: Mutation = {
  name: 'nat',
  weight: 10,
  make: (values) => {
    const { random } = values;
    const place = values.place();
    const hook = random.pick(['PREROUTING', 'PREROUTING', 'POSTROUTING', 'POSTROUTING', 'OUTPUT', 'INPUT']);
    const match = ruleMatch(values, { place, table: 'nat', hook });
    const target = random.chance(0.15)
      ? random.pick(['ACCEPT', 'RETURN', 'MARK --or-mark 0x4000'])
      : hook === 'PREROUTING' || hook === 'OUTPUT'
        ? destination(values, match)
        : source(values, match, hook);
    return [
      {
        in: values.nameOf(place),
        sh: `${backend(values)} -t nat ${random.pick(['-I', '-A'])} ${hook} ${match.words} -j ${target}`,
      },
    ];
  },
};

function destination(values: Plausible, { protocol }: RuleMatch): string {
  const { random } = values;
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  const port = protocol === 'udp' ? 5353 : random.pick([8080, 8080, 81, 10250]);
  return random.weigh<() => string>([
    [5, () => `DNAT --to-destination ${hasPorts ? withPort(values, port) : values.ip()}${flags(values)}`],
    [2, () => `DNAT --to-destination ${values.ip()}`],
    [0.5, () => `DNAT --to-destination ${values.range()}`],
    [hasPorts ? 2 : 0, () => `REDIRECT --to-ports ${port}`],
    [1, () => 'REDIRECT'],
    [1, () => `NETMAP --to ${values.node().podCIDR}`],
  ])();
}

function source(values: Plausible, { protocol }: RuleMatch, hook: string): string {
  const { random, site } = values;
  const hasPorts = protocol === 'tcp' || protocol === 'udp';
  return random.weigh<() => string>([
    [4, () => `SNAT --to-source ${values.node().ip}${flags(values)}`],
    [2, () => `SNAT --to-source ${values.ip()}`],
    [0.5, () => `SNAT --to-source ${values.range()}`],
    [hasPorts ? 1 : 0, () => `SNAT --to-source ${site.pick(values.node().ip, `[${values.node().ip}]`)}:40000-41000`],
    [hook === 'POSTROUTING' ? 4 : 0, () => `MASQUERADE${flags(values)}`],
    [hook === 'POSTROUTING' && hasPorts ? 1 : 0, () => 'MASQUERADE --to-ports 30000-31000'],
    [0.7, () => `NETMAP --to ${values.node().podCIDR}`],
  ])();
}

const withPort = (values: Plausible, port: number): string => {
  const ip = values.ip();
  return `${values.site.pick(ip, `[${ip}]`)}:${port}`;
};

const flags = ({ random }: Plausible): string =>
  random.chance(0.2) ? random.pick([' --random', ' --persistent']) : '';
