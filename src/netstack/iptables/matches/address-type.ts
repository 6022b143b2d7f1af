/** -m addrtype: what the routing tables say about an address (xt_addrtype). */
import { isMulticast, isUnspecified } from '../../../model/address.ts';
import type { IP } from '../../../model/address.ts';
import type { AddressType } from '../../netfilter/types.ts';
import type { MatchModule, MatchTest, Probe } from '../match.ts';
import type { Option } from '../options.ts';

export const addrtype: MatchModule = {
  options: { '--src-type': 1, '--dst-type': 1, '--limit-iface-in': 0, '--limit-iface-out': 0 },
  memory: 'header',
  compile(options) {
    const limit = options.has('--limit-iface-in') ? 'iif' : options.has('--limit-iface-out') ? 'oif' : undefined;
    const tests: MatchTest[] = [];
    for (const [name, option] of options) {
      if (name !== '--src-type' && name !== '--dst-type') continue;
      const test = typeTest(option, name === '--src-type' ? 'src' : 'dst', limit);
      if (test === undefined) return undefined;
      tests.push(test);
    }
    const [first, second] = tests;
    if (first === undefined) return () => true;
    return second === undefined
      ? first
      : (probe) => both(first(probe) as boolean | undefined, () => second(probe) as boolean | undefined);
  },
};

function both(x: boolean | undefined, other: () => boolean | undefined): boolean | undefined {
  if (x === false) return false;
  const y = other();
  return y === false ? false : x === undefined ? undefined : y;
}

const TYPES: ReadonlySet<string> = new Set<AddressType>([
  'UNSPEC',
  'UNICAST',
  'LOCAL',
  'BROADCAST',
  'ANYCAST',
  'MULTICAST',
  'BLACKHOLE',
  'UNREACHABLE',
  'PROHIBIT',
  'THROW',
  'NAT',
  'XRESOLVE',
]);

function typeTest(
  { values, isInverted }: Option,
  end: 'src' | 'dst',
  limit: 'iif' | 'oif' | undefined,
): MatchTest | undefined {
  const names = values[0]!.toUpperCase().split(',');
  if (!names.every((name) => TYPES.has(name))) return undefined;
  const types = new Set(names as AddressType[]);
  return (probe) => {
    const address = probe.packet[end];
    const dev = limit === undefined ? undefined : (probe.input.meta[limit] ?? '');
    const isType = address.family === 4 ? isType4(probe, address, types, dev) : isType6(probe, address, types, dev);
    return isType === undefined ? undefined : isType !== isInverted;
  };
}

type Types = ReadonlySet<AddressType>;

function isType4(probe: Probe, address: IP, types: Types, dev: string | undefined): boolean | undefined {
  const type = lookup(probe, address, dev);
  return type === undefined ? undefined : types.has(type);
}

/** IPv6 asks what the address looks like for each of three types, all of which must hold, and looks up only the others (match_type6). */
function isType6(probe: Probe, address: IP, types: Types, dev: string | undefined): boolean | undefined {
  if (types.has('MULTICAST') && !isMulticast(address)) return false;
  if (types.has('UNICAST') && !looksUnicast(address)) return false;
  if (types.has('UNSPEC') && !isUnspecified(address)) return false;
  if (!LOOKED_UP.some((type) => types.has(type))) return true;
  const type = lookup(probe, address, dev);
  return type === undefined ? undefined : types.has(type) && LOOKED_UP.includes(type);
}

const LOOKED_UP: readonly AddressType[] = ['LOCAL', 'ANYCAST', 'UNREACHABLE'];

/** ipv6_addr_type: everything but multicast, :: and IPv4-mapped addresses counts as unicast. */
function looksUnicast(address: IP): boolean {
  const isMapped = address.a === 0 && address.b === 0 && address.c === 0xffff;
  return !isMulticast(address) && !isUnspecified(address) && !isMapped;
}

function lookup({ input }: Probe, address: IP, dev: string | undefined): AddressType | undefined {
  return dev === undefined ? input.env.addressType(address) : input.env.addressType(address, dev);
}
