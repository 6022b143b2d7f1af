/** Sections that are lines and not JSON: sysctls and sockets; and what the JSON of this machine's tools cannot show. */
import { describe, expect, it } from 'vitest';
import {
  parseBridgeVlan,
  parseLinks,
  parseRoutes,
  parseSockets,
  parseSysctls,
} from '../../../src/netstack/parse/index.ts';

describe('parseSysctls', () => {
  it.each([
    ['by grep', '/proc/sys/net/ipv4/ip_forward:1', 'ipv4/ip_forward', '1'],
    ['by sysctl', 'net.ipv4.ip_forward = 1', 'ipv4/ip_forward', '1'],
    ['dots in a device, by grep', '/proc/sys/net/ipv4/conf/eth0.100/rp_filter:2', 'ipv4/conf/eth0.100/rp_filter', '2'],
    ['dots in a device, by sysctl', 'net.ipv4.conf.eth0/100.rp_filter = 2', 'ipv4/conf/eth0.100/rp_filter', '2'],
    ['tabs in a value', 'net.ipv4.ip_local_port_range = 32768\t60999', 'ipv4/ip_local_port_range', '32768\t60999'],
    ['an empty value', 'net.ipv4.ip_local_reserved_ports = ', 'ipv4/ip_local_reserved_ports', ''],
    [
      'colons in a value',
      '/proc/sys/net/ipv6/conf/eth0/stable_secret:fd00::1',
      'ipv6/conf/eth0/stable_secret',
      'fd00::1',
    ],
    ['an equals sign in a value', '/proc/sys/net/core/x:a = b', 'core/x', 'a = b'],
    ['several lines', '/proc/sys/net/a/b:1\n/proc/sys/net/a/b:2', 'a/b', '1\n2'],
    [
      'complaints between',
      'grep: /proc/sys/net/x: Permission denied\nsysctl: permission denied on key x\nnet.a.b = 3',
      'a/b',
      '3',
    ],
  ])('%s', (_name, text, key, value) => {
    expect(parseSysctls(text).get(key)).toBe(value);
  });
});

describe('parseSockets', () => {
  it.each([
    [
      'v4 wildcard',
      'tcp LISTEN 0 128 0.0.0.0:80 0.0.0.0:*',
      { protocol: 'tcp', family: 4, port: 80, ip: { text: '0.0.0.0' }, isFull: false },
    ],
    ['dual stack', 'tcp LISTEN 0 4096 *:10250 *:* users:(("kubelet",pid=99,fd=13))', { family: 'dual', port: 10250 }],
    ['v6 only', 'tcp LISTEN 0 128 [::]:80 [::]:*', { family: 6, ip: { text: '::' } }],
    ['bound device', 'udp UNCONN 0 0 0.0.0.0%eth0:68 0.0.0.0:*', { protocol: 'udp', dev: 'eth0', port: 68 }],
    ['bound device and dual stack', 'tcp LISTEN 0 8 *%eth0:80 *:*', { dev: 'eth0', family: 'dual' }],
    [
      'an address with its device',
      'udp UNCONN 0 0 127.0.0.53%lo:53 0.0.0.0:*',
      { ip: { text: '127.0.0.53' }, dev: 'lo' },
    ],
    [
      'link-local, zone after the bracket',
      'udp UNCONN 0 0 [fe80::1]%eth0:546 [::]:*',
      { ip: { text: 'fe80::1' }, dev: 'eth0' },
    ],
    [
      'link-local, zone inside the bracket',
      'udp UNCONN 0 0 [fe80::1%eth0]:546 [::]:*',
      { ip: { text: 'fe80::1' }, dev: 'eth0' },
    ],
    ['mapped', 'tcp LISTEN 0 8 [::ffff:10.0.0.1]:80 *:*', { ip: { text: '::ffff:10.0.0.1' }, family: 6 }],
    [
      'connected',
      'udp ESTAB 0 0 10.0.0.1:4000 10.0.0.9:53',
      { state: 'ESTAB', peer: { ip: { text: '10.0.0.9' }, port: 53 } },
    ],
    ['a full queue', 'tcp LISTEN 129 128 0.0.0.0:80 0.0.0.0:*', { isFull: true }],
    ['a queue with its last place taken', 'tcp LISTEN 128 128 0.0.0.0:80 0.0.0.0:*', { isFull: false }],
    ['raw', 'raw UNCONN 0 0 0.0.0.0:1 0.0.0.0:*', { protocol: 'raw' }],
  ])('%s', (_name, line, expected) => {
    expect(parseSockets(line)).toMatchObject([{ ...expected, raw: line }]);
  });

  it('an old ss means v4 by an asterisk', () => {
    const sockets = parseSockets('tcp LISTEN 0 128 *:80 *:*\ntcp LISTEN 0 128 :::81 :::*\n');
    expect(sockets.map(({ family, port }) => [family, port])).toEqual([
      [4, 80],
      ['dual', 81],
    ]);
  });
});

describe('what this kernel lacks', () => {
  it('bridge VLANs, new and old form', () => {
    const vlans = [
      { dev: 'veth1', first: 1, last: 1, isPvid: true, isUntagged: true },
      { dev: 'veth1', first: 10, last: 20, isPvid: false, isUntagged: false },
    ];
    expect(
      parseBridgeVlan(
        '[{"ifname":"veth1","vlans":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":20}]}]',
      ),
    ).toEqual(vlans);
    expect(
      parseBridgeVlan('[{"veth1":[{"vlan":1,"flags":["PVID","Egress Untagged"]},{"vlan":10,"vlanEnd":20}]}]'),
    ).toEqual(vlans);
  });

  it.each(['ipip', 'netkit', 'bond', 'vlan', 'ipvlan', 'vrf'])('a %s device is named', (name) => {
    const text = `[{"ifindex":9,"ifname":"x0","flags":["UP"],"mtu":1500,"linkinfo":{"info_kind":"${name}"}}]`;
    expect(parseLinks(text)[0]?.kind).toEqual({ kind: 'unsupported', name });
  });

  it.each([
    ['an unknown key', '{"dst":"10.0.0.0/8","dev":"eth0","teleport":1}', 'unknown key "teleport"'],
    [
      'an unknown key of a nexthop',
      '{"dst":"10.0.0.0/8","nexthops":[{"dev":"eth0","teleport":1,"flags":[]}]}',
      'unknown key "teleport" of a nexthop',
    ],
    [
      'a table without a number',
      '{"dst":"10.0.0.0/8","dev":"eth0","table":"isp2"}',
      'table isp2 has a name but no number',
    ],
    ['an unknown type', '{"type":"12","dst":"10.0.0.0/8"}', 'route type 12'],
    ['MPLS', '{"dst":"10.0.0.0/8","encap":"mpls","dst":"100","gateway":"10.0.0.1","dev":"eth0"}', 'encapsulation mpls'],
  ])('%s makes a route unsupported', (_name, entry, problem) => {
    expect(parseRoutes(`[${entry}]`, 4)).toMatchObject([{ dst: { text: '10.0.0.0/8' }, unsupported: problem }]);
  });
});
