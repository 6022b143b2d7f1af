/** What the parsers print back, held against the text that the tools themselves print for the same state. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as parse from '../../../src/netstack/parse/index.ts';
import { namespace, readState, whyNoKernel } from '../router/kernel.ts';
import type { Namespace } from '../router/kernel.ts';
import { randomNamespace } from '../router/random-namespace.ts';

const reason = whyNoKernel();
if (reason !== undefined) console.log(`skipped: ${reason}`);

const made: Namespace[] = [];
afterAll(() => made.forEach((ns) => ns.remove()));

/** One thing of each kind that the tools print differently. */
const LINES = [
  'link set lo up',
  'link add v0 type veth peer name v1',
  'link add v2 type veth peer name v3',
  'link add br0 type bridge',
  'link add vx0 type vxlan id 5 dev v0 dstport 8472 local 10.0.0.1 nolearning',
  'link add vx1 type vxlan id 6 group 239.1.1.1 dev v0 dstport 4789',
  'link add vx2 type vxlan external dstport 4790',
  'link add link v0 name mv0 type macvlan mode bridge',
  ...['v0', 'v1', 'v2', 'br0', 'vx0', 'vx2'].flatMap((dev) => [
    `link set ${dev} addrgenmode none`,
    `link set ${dev} up`,
  ]),
  'link set v1 master br0',
  'link set v2 group 9',
  'addr add 10.0.0.1/24 brd + dev v0',
  'addr add 10.0.0.2/24 dev v0',
  'addr add 10.9.9.1 peer 10.9.9.2 dev v2',
  'addr add 169.254.1.1/16 scope link dev v0',
  'addr add 10.5.5.5/32 scope 200 dev lo label lo:x',
  'addr add 10.0.7.1/24 dev v0 noprefixroute',
  'addr add fd00::1/64 dev v0 nodad',
  'addr add fd01::1/64 dev v0 nodad preferred_lft 0 valid_lft forever',
  'addr add fd09::1 peer fd09::2/128 dev v2 nodad',
  '-4 route add 10.1.0.0/16 nexthop via 10.0.0.3 weight 3 nexthop via 10.0.0.4 dev v0 nexthop dev v2',
  '-4 route add 10.2.0.0/16 via inet6 fe80::1 dev v0',
  '-4 route add 10.3.0.0/16 via 10.77.1.0 dev vx0 onlink',
  '-4 route add unreachable 10.4.0.0/16 metric 5',
  '-4 route add blackhole 10.5.0.0/16 table 100',
  '-4 route add prohibit 10.6.0.0/16',
  '-4 route add throw 10.7.0.0/16 table 100',
  '-4 route add multicast 239.0.0.0/8 dev v0',
  '-4 route add 10.8.0.0/16 tos 0x10 via 10.0.0.3 metric 5 src 10.0.0.2 realm 3/4 mtu 1400 advmss 1000 rtt 5ms hoplimit 4 initcwnd 10 quickack 1 congctl reno window 9000 cwnd 10',
  '-4 route add 10.12.0.0/16 encap ip id 5 dst 10.0.0.9 dev vx2',
  '-4 route add 10.14.0.0/16 dev v0 proto static',
  '-4 route add 10.15.0.0/16 dev v0 proto 99 table 1000',
  '-4 route add 10.16.0.0/16 nexthop encap ip id 7 dst 10.0.0.8 dev vx2 nexthop via 10.0.0.3 dev v0',
  '-6 route add fd05::/64 nexthop via fe80::5 dev v0 weight 2 nexthop via fe80::6 dev v0',
  '-6 route add fd06::/64 via fe80::9 dev v0 pref high metric 4',
  '-6 route add fd06::/64 via fe80::8 dev v0 from fd00::/64',
  '-6 route add unreachable fd07::/64',
  '-6 route add blackhole fd08::/64 table 7',
  '-6 route add default via fe80::1 dev v0',
  '-6 route add fd0c::/64 encap seg6 mode encap segs fd00::7 dev v0',
  '-4 nexthop add id 1 via 10.0.0.3 dev v0',
  '-4 nexthop add id 2 via 10.0.0.4 dev v0',
  '-4 nexthop add id 3 blackhole',
  '-4 nexthop add id 5 dev v0',
  '-6 nexthop add id 4 via fe80::7 dev v0',

  '-4 rule add from 10.0.0.0/8 to 10.1.0.0/16 iif v0 fwmark 0x4000/0xff00 tos 0x10 ipproto tcp sport 10-20 dport 80 uidrange 5-10 lookup 100 pref 100 protocol static',
  '-4 rule add not from 10.0.0.0/8 oif v2 lookup main suppress_prefixlength 0 pref 101',
  '-4 rule add l3mdev pref 102',
  '-4 rule add prohibit pref 103 from 1.1.1.1',
  '-4 rule add unreachable pref 104 to 1.1.1.2',
  '-4 rule add blackhole pref 105 fwmark 7',
  '-4 rule add goto 32766 pref 106',
  '-4 rule add goto 200 pref 107',
  '-4 rule add nop pref 108',
  '-4 rule add realms 5/6 from 10.9.0.0/16 lookup 100 pref 109',
  '-4 rule add lookup main suppress_ifgroup 5 pref 110',
  '-4 rule add tun_id 5 pref 111 lookup 100',
  '-4 rule add iif nope lookup 100 pref 113',
  '-6 rule add from fd00::/64 ipproto ipv6-icmp tos 0x20 lookup 9 pref 50',
  '-6 rule add fwmark 0/0x1 oif v0 lookup 9 pref 51',
  'neigh add 10.0.0.3 lladdr 02:00:00:00:00:03 dev v0',
  'neigh add proxy 10.0.0.77 dev v0',
  '-6 neigh add proxy fd00::77 dev v0',
  'neigh add fe80::1 lladdr 02:00:00:00:00:04 dev v0 nud stale router',
  'neigh add 10.0.0.4 dev v0 nud failed',
  'neigh add 10.0.0.5 lladdr 02:00:00:00:00:05 dev v0 nud noarp extern_learn',
];

/** Groups have no family, and their members must be there. */
const GROUPS = [
  'nexthop add id 12 group 1,3/2',
  'nexthop add id 11 group 1/2 type resilient buckets 8',
  'nexthop add id 8 via 10.0.0.8 fdb',
  'nexthop add id 13 group 8 fdb',
];

const BY_OBJECT = [
  '-4 route add 10.20.0.0/16 nhid 1',
  '-4 route add 10.21.0.0/16 nhid 12',
  '-4 route add 10.22.0.0/16 nhid 3',
  '-4 route add 10.24.0.0/16 nhid 4',
  '-6 route add fd10::/64 nhid 4',
];

const FDB = [
  'fdb add 02:00:00:00:00:aa dev vx0 dst 10.0.0.9 vni 7 port 999 via v0',
  'fdb append 00:00:00:00:00:00 dev vx0 dst 10.0.0.10',
  'fdb add 02:00:00:00:00:ac dev v1 master dynamic',
  'fdb add 02:00:00:00:00:ae dev v1 master static',
  'fdb add 02:00:00:00:00:ad dev vx0 nhid 13',
];

function build(): Namespace {
  const ns = namespace();
  made.push(ns);
  for (const lines of [LINES, GROUPS, BY_OBJECT]) ns.batch(lines);
  ns.attempt('bridge -force -batch -', `${FDB.join('\n')}\n`);
  return ns;
}

/** One line an entry, blanks evened out; `mtu lock` is not in the JSON, nor is what an encapsulation's keys are called. */
function entries(text: string): readonly string[] {
  return text
    .replaceAll(/\n\t+nexthop/g, ' nexthop')
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/\s+/g, ' ')
        .replace(/encap (ip|seg6) .*? dev/, 'encap $1 … dev')
        .trim(),
    )
    .filter((line) => line !== '');
}

function raws(list: readonly { readonly raw: string }[]): readonly string[] {
  return list.flatMap(({ raw }) => entries(raw));
}

/** `ip -o addr` without the interface, the label's backslash and the life times. */
function addressEntries(text: string): readonly string[] {
  return entries(text).map((line) =>
    line
      .replace(/^\d+: \S+ /, '')
      .replace(/ ?\\ valid_lft.*$/, '')
      .replace(/\\$/, '')
      .replace(/ dynamic/, '')
      .trim(),
  );
}

describe.skipIf(reason !== undefined).each([true, false])('numeric names %s', (numeric) => {
  let ns: Namespace;
  let state: ReturnType<typeof readState>;
  beforeAll(() => {
    ns = build();
    state = readState(ns, { numeric });
  });

  it.each([
    ['IPv4 routes', () => raws(state.routes4), 'ip -4 route show table all'],
    ['IPv6 routes', () => raws(state.routes6), 'ip -6 route show table all'],
    ['IPv4 rules', () => raws(state.rules4), 'ip -4 rule'],
    ['IPv6 rules', () => raws(state.rules6), 'ip -6 rule'],
    ['neighbours', () => raws(state.neighbours ?? []), 'ip neigh; ip neigh show proxy'],
    ['forwarding entries', () => raws(parse.parseFdb(ns.run('bridge -j fdb'))), 'bridge fdb'],
  ])('%s print as the tool prints them', (_name, printed, command) => {
    const expected = entries(ns.run(command));
    expect(expected.length).toBeGreaterThan(2);
    expect(printed()).toEqual(expected);
  });

  it('addresses print as the tool prints them', () => {
    expect(raws(state.addresses)).toEqual(addressEntries(ns.run('ip -o addr')));
  });

  it('what changes the packet in an unknown way is marked, and nothing else', () => {
    const marked = [...state.routes4, ...state.routes6].filter((route) => route.unsupported !== undefined);
    expect(marked.map((route) => `${route.dst.text} ${route.unsupported}`).sort()).toEqual([
      '10.12.0.0/16 encapsulation ip',
      '10.16.0.0/16 encapsulation ip',
      'fd0c::/64 encapsulation seg6',
    ]);
    expect(state.rules4.filter((rule) => rule.unsupported !== undefined).map((rule) => rule.priority)).toEqual([111]);
  });

  it('links keep what the walk needs', () => {
    const byName = Object.fromEntries(state.links.map((link) => [link.name, link]));
    expect(byName['lo']?.kind).toEqual({ kind: 'loopback' });
    expect(byName['v0']).toMatchObject({
      kind: { kind: 'veth' },
      isUp: true,
      hasCarrier: true,
      linkIndex: byName['v1']?.ifindex,
    });
    expect(byName['v1']).toMatchObject({
      master: 'br0',
      port: { state: 'forwarding', hairpin: false, learning: true, flood: true },
    });
    expect(byName['v2']).toMatchObject({ isUp: true, hasCarrier: false, group: '9' });
    expect(byName['vx0']?.kind).toMatchObject({
      kind: 'vxlan',
      vni: 5,
      port: 8472,
      dev: 'v0',
      learning: false,
      external: false,
      local: { text: '10.0.0.1' },
    });
    expect(byName['vx1']?.kind).toMatchObject({ kind: 'vxlan', vni: 6, group: { text: '239.1.1.1' }, learning: true });
    expect(byName['vx2']?.kind).toMatchObject({ kind: 'vxlan', external: true });
    expect(byName['mv0']?.kind).toEqual({ kind: 'macvlan', mode: 'bridge' });
    expect(byName['br0']?.kind).toMatchObject({
      kind: 'bridge',
      stp: false,
      nfCallIptables: false,
      ageingSeconds: 300,
    });
  });

  it('nexthop objects keep groups and weights', () => {
    const byId = Object.fromEntries((state.nexthops ?? []).map((object) => [object.id, object]));
    expect(byId[12]).toMatchObject({
      group: [
        { id: 1, weight: 3 },
        { id: 2, weight: 1 },
      ],
      isResilient: false,
    });
    expect(byId[11]).toMatchObject({ isResilient: true });
    expect(byId[3]).toMatchObject({ isBlackhole: true });
    expect(byId[4]).toMatchObject({ via: { text: 'fe80::7' }, dev: 'v0' });
    expect(byId[8]).toMatchObject({ isFdb: true });
  });
});

describe.skipIf(reason !== undefined)('random state', () => {
  it('numbers and names parse to the same routes and rules', () => {
    const { ns, peer } = randomNamespace(3);
    made.push(ns, peer);
    const numeric = readState(ns, { numeric: true });
    const named = readState(ns, { numeric: false });
    expect(numeric.routes4).toEqual(named.routes4);
    expect(numeric.routes6).toEqual(named.routes6);
    expect(numeric.rules4).toEqual(named.rules4);
    expect(numeric.rules6).toEqual(named.rules6);
    expect(raws(numeric.routes4)).toEqual(entries(ns.run('ip -4 route show table all')));
    expect(raws(numeric.rules6)).toEqual(entries(ns.run('ip -6 rule')));
  });
});
