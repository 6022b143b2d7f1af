/** A set of any type that skoop models, some elements, and a rule that asks it. */
import { KNOWN_TYPES } from '../../../src/netstack/ipset/test-set.ts';
import type { Place, Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';
import { backend, rulePlace } from './iptables.ts';
import { not, ruleMatch } from './rule-match.ts';
import { ruleTarget } from './rule-target.ts';

const V4_ONLY = new Set<string>(['bitmap:ip', 'bitmap:ip,mac']);

export const ipsets: Mutation = {
  name: 'ipset',
  weight: 6,
  make: (values) => {
    const { random, site } = values;
    const type = random.pick([...KNOWN_TYPES].filter((one) => site.family === 4 || !V4_ONLY.has(one)));
    const where = rulePlace(values);
    const name = `S${random.below(10_000)}`;
    const elements = Array.from({ length: 1 + random.below(4) }, () => element(values, type, where.place));
    const sets =
      type === 'list:set'
        ? [
            create(values, `${name}m`, 'hash:ip'),
            ...add(`${name}m`, elements),
            create(values, name, type),
            `ipset add ${name} ${name}m`,
          ]
        : [create(values, name, type), ...add(name, elements)];
    const parts = type === 'list:set' ? 1 : type.split(':')[1]!.split(',').length;
    const flags = Array.from({ length: parts }, () => random.pick(['src', 'dst'])).join(',');
    const match = ruleMatch(values, where);
    const asks = `-m set ${not(values)}--match-set ${name} ${flags}${random.chance(0.1) ? ' --return-nomatch' : ''}`;
    return [
      ...sets,
      `${backend(values)} -t ${where.table} -I ${where.hook} ${match.words} ${asks} ${ruleTarget(values, where, match)}`,
    ].map((sh) => ({ in: values.nameOf(where.place), sh }));
  },
};

function create({ site, random }: Plausible, name: string, type: string): string {
  const options = type.startsWith('hash:')
    ? type === 'hash:mac'
      ? ''
      : ` family ${site.pick('inet', 'inet6')}${type === 'hash:ip' && random.chance(0.1) ? ` netmask ${site.pick('30', '126')}` : ''}`
    : type === 'bitmap:port'
      ? ' range 0-65535'
      : type.startsWith('bitmap:ip')
        ? ' range 10.77.0.0/16'
        : '';
  return `ipset create ${name} ${type}${options}`;
}

const add = (name: string, elements: readonly string[]): string[] =>
  elements.map((element) => `ipset add ${name} ${element} -exist`);

function element(values: Plausible, type: string, place: Place): string {
  if (type === 'list:set') return values.ip();
  const parts = type.split(':')[1]!.split(',');
  const isBitmap = type.startsWith('bitmap');
  const words = parts.map((part) => word(values, part, { place, isBitmap }));
  const canExclude = parts.includes('net');
  return `${words.join(',')}${canExclude && values.random.chance(0.2) ? ' nomatch' : ''}`;
}

function word(
  values: Plausible,
  part: string,
  { place, isBitmap }: { readonly place: Place; readonly isBitmap: boolean },
): string {
  const { random, site } = values;
  switch (part) {
    case 'ip':
      return isBitmap ? values.pod().ip : values.ip();
    case 'net':
      return values.block();
    case 'port': {
      if (isBitmap) return String(values.port());
      const icmp = site.pick('icmp:echo-request', 'icmpv6:echo-request');
      return random.weigh([
        [5, `tcp:${values.port()}`],
        [3, `udp:${values.port()}`],
        [1, icmp],
        [1, 'tcp:8000-8100'],
      ]);
    }
    case 'iface':
      return values.device(place);
    case 'mark':
      return random.pick(['0x1', '0x7', '0x0']);
    case 'mac':
      return values.mac();
    default:
      throw new Error(`a set has no part ${part}`);
  }
}
