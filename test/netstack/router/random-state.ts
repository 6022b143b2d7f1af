/** Random addresses, routes, nexthop objects and policy rules in one small universe, so that they overlap. */
import type { random } from './kernel.ts';

type Random = ReturnType<typeof random>;
type Family = 4 | 6;

export const DEVICES = ['d0', 'd1', 'd2', 'd3', 'd4'] as const;

/** d3 has no carrier, d4 no IPv4 address. The far ends are in a namespace of their own. */
export function deviceLines(peer: string): readonly string[] {
  return [
    'link set lo up',
    ...DEVICES.flatMap((dev) => [
      `link add ${dev} type veth peer name p${dev} netns ${peer}`,
      `link set ${dev} addrgenmode none`,
      `link set ${dev} up`,
    ]),
    'link set d1 group 7',
  ];
}

export function peerLines(): readonly string[] {
  return DEVICES.filter((dev) => dev !== 'd3').map((dev) => `link set p${dev} up`);
}

export const ADDRESSES: readonly string[] = [
  'addr add 10.0.0.1/24 brd + dev d0',
  'addr add 10.0.0.2/24 dev d0',
  'addr add 10.0.5.1/24 dev d0',
  'addr add 10.1.0.1/16 brd + dev d1',
  'addr add 169.254.7.1/16 scope link dev d1',
  'addr add 10.1.8.1/24 dev d1',
  'addr add 10.2.0.1 peer 10.2.0.9/30 dev d2',
  'addr add 10.3.0.1/24 dev d3',
  'addr add 10.9.9.9/32 dev lo',
  'addr add 10.9.9.8/32 scope host dev lo',
  'addr add fd00:0::1/64 dev d0 nodad',
  'addr add fd00:0::2/64 dev d0 nodad preferred_lft 0 valid_lft forever',
  'addr add fd00:5::1/64 dev d0 nodad',
  'addr add fd00:1::1/64 dev d1 nodad',
  'addr add 2001:db8:1::1/64 dev d1 nodad',
  'addr add fe80::d1/64 dev d1 nodad',
  'addr add fd00:2::1 peer fd00:2::9/128 dev d2 nodad',
  'addr add fd00:3::1/64 dev d3 nodad',
  'addr add fd00:9::9/128 dev lo nodad',
  'addr add fe80::d0/64 dev d0 nodad',
  'addr add fe80::d2/64 dev d2 nodad',
  'addr add fd00:4::1/64 dev d4 nodad',
  'addr add fe80::d4/64 dev d4 nodad',
  'addr add 2002:a00:1::1/48 dev d4 nodad',
];

const TABLES = ['main', 'main', 'main', '100', '100', '101', '102', 'local', 'default'] as const;

/** An address inside the universe. */
export function anyAddress(r: Random, family: Family): string {
  if (family === 4) {
    if (r.chance(0.1))
      return r.pick([
        '8.8.8.8',
        '192.0.2.1',
        '10.0.0.255',
        '10.1.255.255',
        '10.255.255.255',
        '127.0.0.1',
        '127.5.0.1',
        '172.16.0.1',
        '169.254.9.9',
      ]);
    return `10.${r.below(4)}.${r.below(9)}.${r.below(12)}`;
  }
  if (r.chance(0.15))
    return r.pick([
      '2001:db8::1',
      '2001:db8:1::7',
      'fe80::1',
      'fe80::d0',
      'ff02::1',
      'ff05::2',
      '::1',
      'fd00:0::',
      '2002:a00:1::5',
      '64:ff9b::1',
    ]);
  return `fd00:${r.below(6)}:${r.below(2)}:${r.below(2)}::${r.below(12).toString(16)}`;
}

export function localAddress(r: Random, family: Family): string {
  return family === 4
    ? r.pick([
        '10.0.0.1',
        '10.0.0.2',
        '10.0.5.1',
        '10.1.0.1',
        '10.2.0.1',
        '10.3.0.1',
        '10.9.9.9',
        '169.254.7.1',
        '10.1.8.1',
      ])
    : r.pick(['fd00:0::1', 'fd00:5::1', 'fd00:1::1', 'fd00:2::1', 'fd00:9::9', '2001:db8:1::1', 'fd00:4::1']);
}

function anyPrefix(r: Random, family: Family): string {
  if (r.chance(0.06)) return 'default';
  const length =
    family === 4
      ? r.pick([8, 12, 14, 16, 16, 20, 22, 24, 24, 28, 30, 32])
      : r.pick([8, 16, 32, 32, 48, 48, 64, 64, 96, 124, 128]);
  return maskText(anyAddress(r, family), length, family);
}

/** iproute2 masks v6 by itself and refuses host bits in v4. */
function maskText(address: string, length: number, family: Family): string {
  if (family === 6) return `${address}/${length}`;
  const value = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  const masked = Math.floor(value / 2 ** (32 - length)) * 2 ** (32 - length);
  return `${[24, 16, 8, 0].map((shift) => Math.floor(masked / 2 ** shift) % 256).join('.')}/${length}`;
}

function gateway(r: Random, family: Family): string {
  if (family === 4) {
    if (r.chance(0.1)) return `via inet6 fe80::${r.below(9) + 1} dev ${r.pick(DEVICES)}`;
    return r.pick([
      `via 10.0.0.${10 + r.below(5)} dev d0`,
      `via 10.1.0.${10 + r.below(5)} dev d1`,
      'via 10.2.0.10 dev d2',
      `via 10.0.5.${10 + r.below(5)} dev d0`,
      `via 10.3.0.7 dev d3`,
      `via 10.77.0.${r.below(9)} dev ${r.pick(DEVICES)} onlink`,
      `dev ${r.pick(DEVICES)}`,
    ]);
  }
  return r.pick([
    `via fe80::${r.below(9) + 1} dev ${r.pick(DEVICES)}`,
    'via fd00:0::77 dev d0',
    'via fd00:1::77 dev d1',
    `dev ${r.pick(DEVICES)}`,
  ]);
}

function nexthops(r: Random, family: Family): string {
  return Array.from({ length: 2 + r.below(3) }, () => `nexthop ${gateway(r, family)} weight ${1 + r.below(5)}`).join(
    ' ',
  );
}

/** Single nexthops; the groups, which have no family, come after them. */
export function nexthopLines(r: Random, family: Family): readonly string[] {
  const base = family * 100;
  return [
    ...Array.from({ length: 6 }, (_, i) => `-${family} nexthop add id ${base + i} ${gateway(r, family)}`),
    `-${family} nexthop add id ${base + 30} blackhole`,
  ];
}

export function groupLines(r: Random, family: Family): readonly string[] {
  const base = family * 100;
  const group = (id: number, extra = ''): string =>
    `nexthop add id ${base + id} group ${Array.from(new Set([r.below(6), r.below(6), r.below(6)]), (i) => `${base + i},${1 + r.below(4)}`).join('/')}${extra}`;
  // A member that the kernel refused makes it refuse the group, so more than one of each is tried.
  return [20, 21, 23, 24, 25]
    .flatMap((id) => [group(id), group(id), group(id)])
    .concat([group(22, ' type resilient buckets 16'), group(22, ' type resilient buckets 16')]);
}

export function routeLine(r: Random, family: Family): string {
  const table = r.pick(TABLES);
  // Appended v6 routes become one, of which only the first one's source address is printed.
  const isAppended = family === 4 && r.chance(0.1);
  const head = `-${family} route ${isAppended ? 'append' : 'add'}`;
  const metric = r.chance(0.4) ? ` metric ${r.pick([1, 5, 20, 100, 1024])}` : '';
  const dst = anyPrefix(r, family);
  const kind = r.below(20);
  if (kind < 3)
    return `${head} ${r.pick(['unreachable', 'blackhole', 'prohibit', 'throw'])} ${dst} table ${table}${metric}`;
  if (kind < 4)
    return `${head} local ${dst === 'default' ? maskText(anyAddress(r, family), family === 4 ? 32 : 128, family) : dst} dev ${r.pick(['lo', ...DEVICES])} table ${r.pick([table, 'local'])}${metric}`;
  if (kind < 5 && family === 4)
    return `${head} broadcast ${dst === 'default' ? '10.3.3.0/24' : dst} dev ${r.pick(DEVICES)} table ${table}${metric}`;
  const tos = family === 4 && r.chance(0.12) ? ` tos ${r.pick(['0x04', '0x08', '0x10', '0x1c'])}` : '';
  const from = family === 6 && r.chance(0.12) ? ` from ${anyPrefix(r, 6).replace('default', '::/0')}` : '';
  const src = r.chance(0.15) ? ` src ${localAddress(r, family)}` : '';
  const pref = family === 6 && r.chance(0.3) ? ` pref ${r.pick(['low', 'medium', 'high'])}` : '';
  if (kind < 8) return `${head} ${dst}${tos} table ${table}${metric}${src} ${nexthops(r, family)}`;
  if (kind < 10)
    return `${head} ${dst}${tos} table ${table}${metric}${src} nhid ${family * 100 + r.pick([0, 1, 2, 3, 4, 5, 20, 21, 22, 23, 24, 25, 30])}`;
  return `${head} ${dst}${from}${tos} ${gateway(r, family)} table ${table}${metric}${src}${pref}`;
}

export function ruleLine(r: Random, family: Family): string {
  const out = [`-${family} rule add pref ${10 + r.below(300)}`];
  const selectors: string[] = [];
  if (r.chance(0.4))
    selectors.push(`from ${anyPrefix(r, family).replace('default', family === 4 ? '10.0.0.0/8' : 'fd00::/16')}`);
  if (r.chance(0.3))
    selectors.push(`to ${anyPrefix(r, family).replace('default', family === 4 ? '10.0.0.0/8' : 'fd00::/16')}`);
  if (r.chance(0.2)) selectors.push(`iif ${r.pick([...DEVICES, 'lo', 'gone0'])}`);
  if (r.chance(0.15)) selectors.push(`oif ${r.pick([...DEVICES, 'gone1'])}`);
  if (r.chance(0.25)) selectors.push(`fwmark ${r.pick(['0x1', '0x4000/0x4000', '0x2/0xff', '7'])}`);
  if (r.chance(0.15)) selectors.push(`tos ${r.pick(['0x04', '0x08', '0x10'])}`);
  if (r.chance(0.1)) selectors.push(`ipproto ${r.pick(['tcp', 'udp'])} dport ${r.pick(['80', '1-1000'])}`);
  if (r.chance(0.1)) selectors.push(`uidrange ${r.pick(['0-0', '5-10', '0-100'])}`);
  const not = selectors.length > 0 && r.chance(0.15) ? 'not ' : '';
  const action = r.below(20);
  const what =
    action < 1
      ? 'prohibit'
      : action < 2
        ? 'unreachable'
        : action < 3
          ? 'blackhole'
          : action < 4
            ? 'nop'
            : action < 6
              ? `goto ${r.pick([150, 200, 250, 320, 32766])}`
              : `lookup ${r.pick(['100', '101', '102', 'main', '77', 'local'])}${r.chance(0.25) ? ` suppress_prefixlength ${r.pick([0, 8, 16])}` : ''}${r.chance(0.1) ? ' suppress_ifgroup 7' : ''}`;
  // An error for everything would hide all that comes after it.
  if (action < 3 && selectors.length === 0) selectors.push(family === 4 ? 'to 10.3.3.0/24' : 'to fd00:3::/64');
  return `${out.join(' ')} ${not}${selectors.join(' ')} ${what}`;
}
