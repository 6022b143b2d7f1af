/** What `ip route get` cannot show: shares, what is not known, and the questions beside the lookup. */
import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { port } from '../../../src/model/packet.ts';
import {
  parseAddresses,
  parseLinks,
  parseNexthops,
  parseRoutes,
  parseRules,
  parseSysctls,
} from '../../../src/netstack/parse/index.ts';
import { createRouter } from '../../../src/netstack/router/index.ts';
import type { FlowKey, RouteAnswer, Router, RouterState } from '../../../src/netstack/router/index.ts';

interface Text {
  readonly routes?: string;
  readonly rules?: string;
  readonly nexthops?: string;
  readonly sysctls?: string;
  readonly extraLinks?: string;
  readonly kernel?: string;
  readonly tries?: RouterState['tries'];
  readonly neighbours?: RouterState['neighbours'];
}

const DEFAULT_RULES =
  '{"priority":0,"src":"all","table":"255"},{"priority":32766,"src":"all","table":"254"},{"priority":32767,"src":"all","table":"253"}';
const LOCAL4 =
  '{"type":"2","dst":"10.0.0.1","dev":"eth0","table":"255","protocol":"2","scope":"254","prefsrc":"10.0.0.1"},' +
  '{"type":"3","dst":"10.0.0.255","dev":"eth0","table":"255","protocol":"2","scope":"253","prefsrc":"10.0.0.1"},' +
  '{"type":"2","dst":"127.0.0.0/8","dev":"lo","table":"255","protocol":"2","scope":"254","prefsrc":"127.0.0.1"},' +
  '{"dst":"10.0.0.0/24","dev":"eth0","protocol":"2","scope":"253","prefsrc":"10.0.0.1"},' +
  '{"dst":"10.1.0.0/24","dev":"eth1","protocol":"2","scope":"253","prefsrc":"10.1.0.1"}';

/** A node with eth0 10.0.0.1/24 and eth1 10.1.0.1/24. */
function routerOf(text: Text): Router {
  const device = (ifindex: number, name: string): string =>
    `{"ifindex":${ifindex},"ifname":"${name}","flags":["UP","LOWER_UP"],"mtu":1500,"linkinfo":{"info_kind":"veth"}}`;
  const state: RouterState = {
    links: parseLinks(
      `[{"ifindex":1,"ifname":"lo","flags":["LOOPBACK","UP"],"mtu":65536},${device(2, 'eth0')},${device(3, 'eth1')}${text.extraLinks ?? ''}]`,
    ),
    addresses: parseAddresses(
      '[{"ifname":"lo","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8,"scope":"254"}]},{"ifname":"eth0","addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"scope":"0"}]},{"ifname":"eth1","addr_info":[{"family":"inet","local":"10.1.0.1","prefixlen":24,"scope":"0"}]}]',
    ),
    routes4: parseRoutes(`[${LOCAL4}${text.routes === undefined ? '' : `,${text.routes}`}]`, 4),
    routes6: [],
    rules4: parseRules(`[${text.rules ?? DEFAULT_RULES}]`, 4),
    rules6: [],
    nexthops: parseNexthops(`[${text.nexthops ?? ''}]`),
    sysctls: parseSysctls(text.sysctls ?? ''),
    ...(text.tries !== undefined && { tries: text.tries }),
    ...(text.kernel !== undefined && { kernel: text.kernel }),
    ...(text.neighbours !== undefined && { neighbours: text.neighbours }),
  };
  return createRouter(state);
}

function key(dst: string, more: Partial<FlowKey> = {}): FlowKey {
  return {
    dst: ip(dst),
    iif: 'lo',
    mark: 0,
    tos: 0,
    protocol: 6,
    sport: { min: 32_768, max: 60_999 },
    dport: port(80),
    uid: 0,
    ...more,
  };
}

/** `via 10.0.0.9 dev eth0 0.25`, or the kind. */
function words(answer: RouteAnswer): string {
  const way = answer.kind === 'unicast' ? `via ${answer.nexthopIp?.text} dev ${answer.dev}` : answer.kind;
  return answer.probability === undefined ? way : `${way} ${answer.probability.toFixed(2)}`;
}

const ECMP =
  '{"dst":"10.9.0.0/16","nexthops":[{"gateway":"10.0.0.9","dev":"eth0","weight":1},{"gateway":"10.1.0.9","dev":"eth1","weight":3}]}';
const GROUP =
  '{"id":1,"gateway":"10.0.0.9","dev":"eth0"},{"id":2,"gateway":"10.1.0.9","dev":"eth1"},{"id":7,"group":[{"id":1,"weight":3},{"id":2}]}';

describe('choices', () => {
  it.each<[string, Text, FlowKey, readonly string[]]>([
    [
      'weights are shares',
      { routes: ECMP },
      key('10.9.1.1'),
      ['via 10.0.0.9 dev eth0 0.25', 'via 10.1.0.9 dev eth1 0.75'],
    ],
    ['a bound device leaves no choice', { routes: ECMP }, key('10.9.1.1', { oif: 'eth1' }), ['via 10.1.0.9 dev eth1']],
    [
      'a dead nexthop leaves its share',
      { routes: ECMP.replace('"weight":1', '"weight":1,"flags":["dead"]') },
      key('10.9.1.1'),
      ['via 10.1.0.9 dev eth1'],
    ],
    [
      'without carrier it still counts',
      { routes: ECMP.replace('"weight":1', '"weight":1,"flags":["linkdown"]') },
      key('10.9.1.1'),
      ['via 10.0.0.9 dev eth0 0.25', 'via 10.1.0.9 dev eth1 0.75'],
    ],
    [
      'unless the device says otherwise',
      {
        routes: ECMP.replace('"weight":1', '"weight":1,"flags":["linkdown"]'),
        sysctls: '/proc/sys/net/ipv4/conf/eth0/ignore_routes_with_linkdown:1',
      },
      key('10.9.1.1'),
      ['via 10.1.0.9 dev eth1'],
    ],
    [
      "a new kernel prefers the source's own nexthop",
      { routes: ECMP, kernel: '6.18.1' },
      key('10.9.1.1', { src: ip('10.0.0.1') }),
      ['via 10.0.0.9 dev eth0'],
    ],
    [
      'an old one does not',
      { routes: ECMP, kernel: '6.1.0-18-amd64' },
      key('10.9.1.1', { src: ip('10.0.0.1') }),
      ['via 10.0.0.9 dev eth0 0.25', 'via 10.1.0.9 dev eth1 0.75'],
    ],
    [
      'of an unknown one both are possible',
      { routes: ECMP },
      key('10.9.1.1', { src: ip('10.0.0.1') }),
      ['via 10.0.0.9 dev eth0', 'via 10.1.0.9 dev eth1'],
    ],
    [
      'a group that the route does not spell out',
      { routes: '{"dst":"10.9.0.0/16","nhid":7}', nexthops: GROUP },
      key('10.9.1.1'),
      ['via 10.0.0.9 dev eth0 0.75', 'via 10.1.0.9 dev eth1 0.25'],
    ],
    [
      'a group passes over a failed neighbour',
      {
        routes: '{"dst":"10.9.0.0/16","nhid":7}',
        nexthops: GROUP,
        neighbours: [{ ip: ip('10.0.0.9'), dev: 'eth0', state: 'FAILED', isProxy: false, isRouter: false, raw: '' }],
      },
      key('10.9.1.1'),
      ['via 10.1.0.9 dev eth1'],
    ],
    [
      'a rule on source ports',
      {
        rules: `{"priority":5,"src":"all","sport_start":32768,"sport_end":46883,"table":"100"},${DEFAULT_RULES}`,
        routes:
          '{"dst":"10.9.0.0/16","gateway":"10.0.0.9","dev":"eth0"},{"dst":"default","gateway":"10.1.0.9","dev":"eth1","table":"100"}',
      },
      key('10.9.1.1'),
      ['via 10.1.0.9 dev eth1 0.50', 'via 10.0.0.9 dev eth0 0.50'],
    ],
  ])('%s', (_name, text, asked, expected) => {
    expect(routerOf(text).lookup(asked).map(words)).toEqual(expected);
  });

  it('a blackhole object that the route does not spell out', () => {
    expect(
      routerOf({ routes: '{"dst":"10.9.0.0/16","nhid":3}', nexthops: '{"id":3,"blackhole":null}' }).lookup(
        key('10.9.1.1'),
      ),
    ).toMatchObject([{ kind: 'blackhole', errno: 'EINVAL' }]);
  });
});

describe('what is not known', () => {
  const unknownRule = (table: string): string =>
    `{"priority":5,"src":"all","teleport":1,"table":"${table}"},${DEFAULT_RULES}`;
  const two =
    '{"dst":"default","gateway":"10.0.0.9","dev":"eth0"},{"dst":"default","gateway":"10.1.0.9","dev":"eth1","table":"100"}';

  it('a rule that may match gives both ways and names itself', () => {
    const answers = routerOf({ rules: unknownRule('100'), routes: two }).lookup(key('8.8.8.8'));
    expect(answers).toMatchObject([{ kind: 'unknown', reason: expect.stringContaining('unknown key "teleport"') }]);
    expect(answers[0]?.alternatives?.map(words)).toEqual(['via 10.1.0.9 dev eth1', 'via 10.0.0.9 dev eth0']);
  });

  it.each([
    [
      'to the same place',
      unknownRule('200'),
      `${two},{"dst":"default","gateway":"10.0.0.9","dev":"eth0","table":"200"}`,
    ],
    ['to an empty table', unknownRule('300'), two],
    ['and another selector says no', unknownRule('100').replace('"teleport"', '"iif":"eth1","teleport"'), two],
  ])('is certain where the rule leads %s', (_name, rules, routes) => {
    expect(routerOf({ rules, routes }).lookup(key('8.8.8.8')).map(words)).toEqual(['via 10.0.0.9 dev eth0']);
  });

  it('a route that is not understood is unknown with its device', () => {
    const answers = routerOf({
      routes: '{"dst":"10.9.0.0/16","encap":"mpls","dst":"100","gateway":"10.0.0.9","dev":"eth0"}',
    }).lookup(key('10.9.1.1'));
    expect(answers).toMatchObject([{ kind: 'unknown', dev: 'eth0', route: { dst: { text: '10.9.0.0/16' } } }]);
  });

  it('many rules that may match do not multiply', () => {
    const rules = Array.from(
      { length: 300 },
      (_, i) => `{"priority":${i + 1},"src":"all","teleport":1,"table":"${i % 2 === 0 ? 100 : 300}"}`,
    ).join();
    const started = performance.now();
    expect(routerOf({ rules: `${rules},${DEFAULT_RULES}`, routes: two }).lookup(key('8.8.8.8'))).toMatchObject([
      { kind: 'unknown' },
    ]);
    expect(performance.now() - started).toBeLessThan(2000);
  });

  it('a uidrange asks who sends', () => {
    const rules = `{"priority":5,"src":"all","uid_start":1000,"uid_end":1000,"table":"100"},${DEFAULT_RULES}`;
    const router = routerOf({ rules, routes: two });
    const { uid: _, ...unknownUser } = key('8.8.8.8');
    expect(router.lookup(unknownUser)).toMatchObject([
      { kind: 'unknown', reason: expect.stringContaining("the sender's user is not known") },
    ]);
    expect(router.lookup(key('8.8.8.8', { uid: 1000 })).map(words)).toEqual(['via 10.1.0.9 dev eth1']);
  });

  it('whether local and main are one trie matters where main is longer', () => {
    // The kernel of a new namespace gives the first, one whose rules were ever changed the second: both were seen.
    const routes =
      '{"type":"2","dst":"10.7.0.0/16","dev":"lo","table":"255","scope":"254"},{"dst":"10.7.1.0/24","gateway":"10.0.0.8","dev":"eth0"}';
    const answers = routerOf({ routes }).lookup(key('10.7.1.1'));
    expect(answers).toMatchObject([{ kind: 'unknown' }]);
    expect(answers[0]?.alternatives?.map(words)).toEqual(['local', 'via 10.0.0.8 dev eth0']);
    expect(
      routerOf({ routes, rules: `{"priority":5,"src":"1.1.1.1","table":"7"},${DEFAULT_RULES}` })
        .lookup(key('10.7.1.1'))
        .map(words),
    ).toEqual(['local']);
  });

  it.each<[string, NonNullable<RouterState['tries']>, readonly string[] | 'not known']>([
    ['each counts the routes of both: one trie', { local: 7, main: 7 }, ['via 10.0.0.8 dev eth0']],
    ['each counts its own: apart since rules were changed once', { local: 4, main: 3 }, ['local']],
    ['a route came or went between the two looks', { local: 8, main: 8 }, 'not known'],
  ])('of the tables local and main %s', (_, tries, expected) => {
    const routes =
      '{"type":"2","dst":"10.7.0.0/16","dev":"lo","table":"255","scope":"254"},{"dst":"10.7.1.0/24","gateway":"10.0.0.8","dev":"eth0"}';
    const answers = routerOf({ routes, tries }).lookup(key('10.7.1.1'));
    if (expected === 'not known') expect(answers).toMatchObject([{ kind: 'unknown' }]);
    else expect(answers.map(words)).toEqual(expected);
  });
});

describe('answers carry what decided', () => {
  it.each([
    [
      'a route',
      key('10.0.0.9'),
      ['32766: from all lookup main', '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1'],
    ],
    [
      'an address',
      key('10.0.0.1'),
      ['0: from all lookup local', 'local 10.0.0.1 dev eth0 table local proto kernel scope host src 10.0.0.1'],
    ],
    [
      'nothing',
      key('8.8.8.8'),
      ['0: from all lookup local', '32766: from all lookup main', '32767: from all lookup default'],
    ],
  ])('%s', (_name, asked, expected) => {
    expect(
      routerOf({})
        .lookup(asked)[0]
        ?.evidence.map(({ raw }) => raw),
    ).toEqual(expected);
  });

  it.each([
    ['unreachable', 'ENETUNREACH'],
    ['prohibit', 'EACCES'],
    ['blackhole', 'EINVAL'],
  ] as const)('a policy rule that says %s gives %s', (action, errno) => {
    const answers = routerOf({ rules: `{"priority":5,"src":"all","action":"${action}"},${DEFAULT_RULES}` }).lookup(
      key('8.8.8.8'),
    );
    expect(answers).toMatchObject([{ kind: action, errno, evidence: [{ raw: `5: from all ${action}` }] }]);
  });
});

describe('the other questions', () => {
  it('output routes again with the source that it chose', () => {
    const rules = `{"priority":5,"src":"10.0.0.1","table":"100"},${DEFAULT_RULES}`;
    const routes =
      '{"dst":"default","gateway":"10.0.0.9","dev":"eth0"},{"dst":"default","gateway":"10.1.0.9","dev":"eth1","table":"100"}';
    const router = routerOf({ rules, routes });
    expect(router.lookup(key('8.8.8.8')).map(words)).toEqual(['via 10.0.0.9 dev eth0']);
    expect(router.output(key('8.8.8.8')).map(({ answer, source }) => [words(answer), source?.ip.text])).toEqual([
      ['via 10.1.0.9 dev eth1', '10.0.0.1'],
    ]);
  });

  it.each([
    ['its own', '10.0.0.1', undefined, 'LOCAL', true],
    ['on the other device', '10.0.0.1', 'eth1', 'UNICAST', true],
    ['loopback', '127.9.9.9', undefined, 'LOCAL', true],
    ['broadcast', '10.0.0.255', undefined, 'BROADCAST', false],
    ['all ones', '255.255.255.255', undefined, 'BROADCAST', false],
    ['nobody', '0.0.0.0', undefined, 'BROADCAST', true],
    ['a group', '224.0.0.1', undefined, 'MULTICAST', false],
    ['elsewhere', '8.8.8.8', undefined, 'UNICAST', false],
    ['a blackhole in main', '10.66.0.1', undefined, 'UNICAST', false],
  ] as const)('%s: addrtype of %s', (_name, address, dev, type, isLocal) => {
    const router = routerOf({ routes: '{"type":"6","dst":"10.66.0.0/16"}' });
    expect(router.addressType(ip(address), dev)).toBe(type);
    expect(router.isLocal(ip(address))).toBe(isLocal);
  });

  it.each([
    ['by its own device', '10.0.0.9', 'eth0', {}, true],
    ['by the other one', '10.0.0.9', 'eth1', {}, false],
    ['loose', '10.0.0.9', 'eth1', { loose: true }, true],
    ['no way back', '8.8.8.8', 'eth0', { loose: true }, false],
    ['own address', '10.0.0.1', 'eth0', {}, false],
    ['own address, accepted', '10.0.0.1', 'eth0', { acceptLocal: true }, true],
    ['by loopback', '8.8.8.8', 'lo', {}, true],
  ] as const)('rpfilter %s', (_name, src, iif, options, expected) => {
    const packet = {
      family: 4,
      src: ip(src),
      dst: ip('10.0.0.1'),
      protocol: 6,
      sport: port(1),
      dport: port(2),
      tcpFlags: 2,
      mark: 0,
      tos: 0,
      ttl: 64,
      length: 40,
      df: false,
    } as const;
    expect(
      routerOf({}).hasReversePath(packet, iif, { loose: false, acceptLocal: false, validmark: false, ...options }),
    ).toBe(expected);
  });

  it('the evidence of a refused source is the switch and the way back', () => {
    const router = routerOf({
      sysctls: '/proc/sys/net/ipv4/conf/all/rp_filter:0\n/proc/sys/net/ipv4/conf/eth1/rp_filter:1',
    });
    const check = router.checkSource({
      src: ip('10.0.0.9'),
      dst: ip('10.1.0.1'),
      iif: 'eth1',
      mark: 0,
      tos: 0,
      protocol: 6,
      sport: port(1),
      dport: port(2),
    });
    expect(check).toMatchObject({ ok: false, reason: 'reverse-path' });
    expect(check.ok === false && check.evidence.map(({ raw }) => raw)).toEqual([
      'net.ipv4.conf.all.rp_filter = 0',
      'net.ipv4.conf.eth1.rp_filter = 1',
      '32766: from all lookup main',
      '10.0.0.0/24 dev eth0 proto kernel scope link src 10.0.0.1',
    ]);
  });

  it.each([
    ['multicast', 'ff02::1', 'fd00::1', undefined, 'martian-source'],
    ['loopback', '::1', 'fd00::1', undefined, 'martian-source'],
    ['mapped', '::ffff:10.0.0.1', 'fd00::1', undefined, 'martian-source'],
    ['to loopback', 'fd00::2', '::1', undefined, 'martian-destination'],
    ['to a group of scope 1', 'fd00::2', 'ff01::1', undefined, 'martian-destination'],
    ['link-local, forwarded', 'fe80::1', 'fd00::1', 'eth1', 'martian-source'],
    ['link-local, for this host', 'fe80::1', 'fd00::1', undefined, undefined],
    ['a usual one', 'fd00::2', 'fd00::1', 'eth1', undefined],
  ] as const)('IPv6 source: %s', (_name, src, dst, oif, reason) => {
    const check = routerOf({}).checkSource({
      src: ip(src),
      dst: ip(dst),
      iif: 'eth0',
      ...(oif !== undefined && { oif }),
      mark: 0,
      tos: 0,
      protocol: 6,
      sport: port(1),
      dport: port(2),
    });
    expect(check.ok === false ? check.reason : undefined).toBe(reason);
  });

  it("MASQUERADE takes the address in the gateway's subnet, whatever the route says", () => {
    const router = routerOf({});
    expect(router.interfaceAddress(4, 'eth1', ip('10.1.0.9'))?.text).toBe('10.1.0.1');
    expect(router.interfaceAddress(4, 'lo', ip('8.8.8.8'))?.text).toBe('10.0.0.1');
  });
});
