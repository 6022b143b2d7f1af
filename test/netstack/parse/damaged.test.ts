/** Damaged sections give one error with section and line, never a crash or a wrong value. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as parse from '../../../src/netstack/parse/index.ts';

const PARSERS = {
  'ip-link': (text: string) => parse.parseLinks(text),
  'ip-addr': parse.parseAddresses,
  'ip4-route': (text: string) => parse.parseRoutes(text, 4),
  'ip6-route': (text: string) => parse.parseRoutes(text, 6),
  'ip4-rule': (text: string) => parse.parseRules(text, 4),
  'ip6-rule': (text: string) => parse.parseRules(text, 6),
  'ip-neigh': (text: string) => parse.parseNeighbours(text),
  'bridge-fdb': parse.parseFdb,
  'bridge-vlan': parse.parseBridgeVlan,
  'ip-nexthop': parse.parseNexthops,
  'ip-netns-ids': parse.parseNetnsIds,
  'ip-netconf': parse.parseNetconf,
  'ip4-local': parse.parseLocalRoutes,
  'ip4-tries': (text: string) => Object.values(parse.parseTries(text)).filter((count) => count > 0),
  nfqueue: (text: string) => [...parse.parseQueues(text)],
  sockets: parse.parseSockets,
  sysctl: (text: string) => [parse.parseSysctls(text).get('ipv4/ip_forward') ?? []].flat(),
} as const;

type Name = keyof typeof PARSERS;

/** What the tools print, one example a section. */
const HEALTHY: Readonly<Record<Name, string>> = {
  'ip-link':
    '[{"ifindex":2,"link_index":4,"ifname":"eth0","flags":["UP","LOWER_UP"],"mtu":1500,"address":"0a:00:00:00:00:01","link_netnsid":0,"linkinfo":{"info_kind":"vxlan","info_data":{"id":1,"local":"10.0.0.1","port":8472,"learning":false,"ttl":0}}}]',
  'ip-addr':
    '[{"ifindex":2,"ifname":"eth0","addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24,"broadcast":"10.0.0.255","scope":"0","label":"eth0"}]}]',
  'ip4-route':
    '[{"type":"1","dst":"10.1.0.0/16","table":"100","flags":[],"metrics":[{"mtu":1400}],"nexthops":[{"via":{"family":"inet6","host":"fe80::1"},"dev":"eth0","weight":3,"flags":["linkdown"]}]}]',
  'ip6-route':
    '[{"dst":"fd00::/64","from":"fd01::/64","gateway":"fe80::1","dev":"eth0","metric":1024,"flags":[],"pref":"medium"}]',
  'ip4-rule':
    '[{"priority":100,"not":null,"src":"10.0.0.0","srclen":8,"fwmark":"0x4000","fwmask":"0xff00","ipproto":"ipproto-6","sport_start":10,"sport_end":20,"table":"100"}]',
  'ip6-rule': '[{"priority":5,"src":"all","dst":"fd00::","dstlen":64,"goto":10}]',
  'ip-neigh': '[{"dst":"10.0.0.3","dev":"eth0","lladdr":"02:00:00:00:00:03","router":null,"state":["STALE"]}]',
  'bridge-fdb':
    '[{"mac":"02:00:00:00:00:aa","ifname":"vx0","dst":"10.0.0.9","port":999,"vni":7,"viaIf":"eth0","flags":["self"],"state":"permanent"}]',
  'bridge-vlan': '[{"ifname":"eth0","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":20}]}]',
  'ip-nexthop':
    '[{"id":10,"group":[{"id":1,"weight":3},{"id":2}],"flags":[]},{"id":1,"gateway":"10.0.0.3","dev":"eth0","flags":[]}]',
  'ip-netns-ids': '[{"nsid":0,"name":"web"},{"nsid":1}]',
  'ip-netconf': '[{"family":"inet","interface":"eth0","forwarding":false},{"family":"inet6","interface":"all"}]',
  'ip4-local': '[{"type":"2","dst":"10.0.0.1","dev":"eth0","table":"255"},{"type":"2","dst":"127.0.0.0/8","dev":"lo"}]',
  'ip4-tries': 'Main:\n\tPrefixes:       7\nLocal:\n\tPrefixes:       5\n',
  nfqueue: '4660\n    9  29392     0 0 65531     0     0        0  1\n',
  sockets:
    'tcp LISTEN 0 128 127.0.0.1%lo:53 0.0.0.0:* users:(("dns",pid=1,fd=3))\nudp UNCONN 0 0 [fe80::1]%eth0:546 [::]:*\n',
  sysctl: '/proc/sys/net/ipv4/ip_forward:1\n/proc/sys/net/ipv4/conf/eth0.100/rp_filter:2\n',
};
const NAMES = Object.keys(PARSERS) as Name[];

describe('damaged input', () => {
  it.each<[string, Name, string, RegExp]>([
    ['cut off', 'ip4-route', '[{"dst":"default","dev":"eth0"},{"dst":"10.0', /^ip4-route, line 1: broken JSON/],
    [
      'cut off in the third line',
      'ip-neigh',
      '[\n{"dst":"10.0.0.3","dev":"eth0"},\n{"dst":',
      /^ip-neigh, line 3: broken JSON/,
    ],
    ['NUL', 'ip-addr', '[\n\0]', /^ip-addr, line 2: NUL byte/],
    ['NUL in text', 'sysctl', '/proc/sys/net/a:1\n\0\n', /^sysctl, line 2: NUL byte/],
    ['not a list', 'ip-link', '{"ifindex":1}', /^ip-link, line 1: a list was expected, found object/],
    ['not objects', 'ip4-rule', '[1]', /^ip4-rule, line 1: entry #0: an object was expected, found 1/],
    [
      'wrong type',
      'ip6-rule',
      '[{"priority":"first"}]',
      /^ip6-rule, line 1: entry #0: a number was expected in "priority", found "first"/,
    ],
    ['missing', 'ip-link', '[{"ifindex":1,"ifname":"lo","flags":[]}]', /a number was expected in "mtu", found nothing/],
    ['no prefix', 'ip4-route', '[{"dst":"10.0.0.0/33"}]', /an IPv4 prefix was expected in "dst", found "10.0.0.0\/33"/],
    ['other family', 'ip4-route', '[{"dst":"fd00::/64"}]', /an IPv4 prefix was expected in "dst"/],
    [
      'no address',
      'ip-neigh',
      '[{"dst":"010.1.1.1","dev":"eth0"}]',
      /an address was expected in "dst", found "010.1.1.1"/,
    ],
    [
      'a length too long',
      'ip4-rule',
      '[{"priority":1,"src":"10.0.0.0","srclen":40,"table":"254"}]',
      /a prefix length was expected in "srclen"/,
    ],
    ['a bomb', 'bridge-fdb', '['.repeat(100_000), /^bridge-fdb, line 1: nested deeper than 16/],
    [
      'no socket',
      'sockets',
      'tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:*\nError: mutated\n',
      /^sockets, line 2: not a socket: Error: mutated/,
    ],
    ['a port too large', 'sockets', 'tcp LISTEN 0 128 0.0.0.0:99999 0.0.0.0:*', /^sockets, line 1: not a socket/],
    ['no queue', 'nfqueue', '9\nnone\n', /^nfqueue, line 2: not a queue: none/],
    ['no sysctl', 'sysctl', 'hello', /^sysctl, line 1: neither PATH:VALUE nor KEY = VALUE: hello/],
  ])('%s: %s', (_what, name, text, message) => {
    expect(() => PARSERS[name](text)).toThrow(parse.SectionError);
    expect(() => PARSERS[name](text)).toThrow(message);
  });

  it.each(NAMES)('%s: nothing is an empty list', (name) => {
    expect([...PARSERS[name]('')]).toEqual([]);
    expect([...PARSERS[name]('\n')]).toEqual([]);
  });

  it.each(NAMES)('%s: what the tool prints is read', (name) => {
    expect([...PARSERS[name](HEALTHY[name])].length).toBeGreaterThan(0);
  });

  it.each(NAMES)('%s: a change anywhere is read or refused', (name) => {
    const healthy = HEALTHY[name];
    const change = fc.record({
      at: fc.nat(healthy.length),
      remove: fc.nat(8),
      insert: fc.oneof(
        fc.string({ maxLength: 4 }),
        fc.constantFrom('"', '{', ']', '-1', '1e9', 'null', '__proto__', '\0', '\n'),
      ),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        const text = changes.reduce(
          (so, { at, remove, insert }) => so.slice(0, at) + insert + so.slice(at + remove),
          healthy,
        );
        expect(problemOf(name, text)).toBeUndefined();
      }),
      { numRuns: 600, seed: 1 },
    );
  });

  it.each(NAMES)('%s: any JSON is read or refused', (name) => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(problemOf(name, text)).toBeUndefined();
      }),
      { numRuns: 400, seed: 1 },
    );
  });
});

/** Anything that a parser throws other than its own error. */
function problemOf(name: Name, text: string): unknown {
  try {
    PARSERS[name](text);
    return undefined;
  } catch (error) {
    return error instanceof parse.SectionError ? undefined : error;
  }
}
