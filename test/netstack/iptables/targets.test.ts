/** What each target asks for or changes, as save tools print it. */
import { port } from '../../../src/model/packet.ts';
import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { compileRule } from '../../../src/netstack/iptables/compile-rule.ts';
import { SharedParts } from '../../../src/netstack/iptables/shared-parts.ts';
import type { NatRequest } from '../../../src/netstack/netfilter/types.ts';
import type { Asked } from './ask.ts';
import { ask } from './ask.ts';

const range = (first: string, last = first): Pick<NatRequest, 'first' | 'last'> => ({
  first: ip(first),
  last: ip(last),
});

describe('nat targets', () => {
  const base = { random: 'no', isPersistent: false } as const;
  it.each<[string, Asked['hook'], Partial<NatRequest>]>([
    [
      'DNAT --to-destination 10.244.1.2:8080',
      'prerouting',
      { ...base, manip: 'dst', how: 'DNAT', ...range('10.244.1.2'), ports: { min: 8080, max: 8080 } },
    ],
    [
      'DNAT --to-destination 10.244.1.2-10.244.1.5',
      'output',
      { ...base, manip: 'dst', how: 'DNAT', ...range('10.244.1.2', '10.244.1.5') },
    ],
    [
      'DNAT --to-destination :8080-8090',
      'prerouting',
      { ...base, manip: 'dst', how: 'DNAT', ports: { min: 8080, max: 8090 } },
    ],
    [
      'DNAT --to-destination 10.244.1.2:5000-5100/3000 --persistent',
      'prerouting',
      {
        random: 'no',
        isPersistent: true,
        manip: 'dst',
        how: 'DNAT',
        ...range('10.244.1.2'),
        ports: { min: 5000, max: 5100 },
        basePort: 3000,
      },
    ],
    [
      'DNAT --to-destination [fd00::5]:8080',
      'prerouting',
      { ...base, manip: 'dst', how: 'DNAT', ...range('fd00::5'), ports: { min: 8080, max: 8080 } },
    ],
    [
      'DNAT --to-destination fd00::5-fd00::9',
      'prerouting',
      { ...base, manip: 'dst', how: 'DNAT', ...range('fd00::5', 'fd00::9') },
    ],
    [
      'DNAT --to-destination [fd00::5-fd00::9]:80',
      'prerouting',
      { ...base, manip: 'dst', how: 'DNAT', ...range('fd00::5', 'fd00::9'), ports: { min: 80, max: 80 } },
    ],
    [
      'SNAT --to-source 192.168.1.1 --random-fully',
      'postrouting',
      { random: 'random-fully', isPersistent: false, manip: 'src', how: 'SNAT', ...range('192.168.1.1') },
    ],
    [
      'SNAT --to-source 192.168.1.1:1024-65535',
      'input',
      { ...base, manip: 'src', how: 'SNAT', ...range('192.168.1.1'), ports: { min: 1024, max: 65535 } },
    ],
    ['MASQUERADE', 'postrouting', { ...base, manip: 'src', how: 'MASQUERADE' }],
    [
      'MASQUERADE --random-fully',
      'postrouting',
      { random: 'random-fully', isPersistent: false, manip: 'src', how: 'MASQUERADE' },
    ],
    [
      'MASQUERADE --to-ports 1024-2048 --random',
      'postrouting',
      { random: 'random', isPersistent: false, manip: 'src', how: 'MASQUERADE', ports: { min: 1024, max: 2048 } },
    ],
    [
      'REDIRECT --to-ports 15001',
      'output',
      { ...base, manip: 'dst', how: 'REDIRECT', ports: { min: 15001, max: 15001 } },
    ],
    [
      'NETMAP --to 192.168.4.0/24',
      'prerouting',
      { ...base, manip: 'dst', how: 'NETMAP', ...range('192.168.4.0'), prefixLength: 24 },
    ],
    [
      'NETMAP --to 192.168.4.0/24',
      'postrouting',
      { ...base, manip: 'src', how: 'NETMAP', ...range('192.168.4.0'), prefixLength: 24 },
    ],
  ])('%s at %s', (target, hook, request) => {
    const [outcome, ...others] = ask(`-A ${hook!.toUpperCase()} -p tcp -j ${target}`, { hook: hook!, table: 'nat' });
    expect(others).toEqual([]);
    expect(outcome!.verdict).toEqual({ kind: 'nat', request });
  });
});

describe('endings', () => {
  it.each([
    ['REJECT', 4, { kind: 'reject', how: 'icmp-port-unreachable' }],
    ['REJECT', 6, { kind: 'reject', how: 'icmp6-port-unreachable' }],
    ['REJECT --reject-with tcp-reset', 6, { kind: 'reject', how: 'tcp-reset' }],
    ['REJECT --reject-with icmp-host-prohibited', 4, { kind: 'reject', how: 'icmp-host-prohibited' }],
    ['REJECT --reject-with icmp6-adm-prohibited', 6, { kind: 'reject', how: 'icmp6-adm-prohibited' }],
    ['NFQUEUE --queue-num 3 --queue-bypass', 4, { kind: 'queue', bypass: true, queues: port(3) }],
    ['NFQUEUE --queue-balance 0:3', 4, { kind: 'queue', bypass: false, queues: { min: 0, max: 3 } }],
    [
      'TPROXY --on-port 15001 --on-ip 0.0.0.0 --tproxy-mark 0x1/0xff',
      4,
      { kind: 'tproxy', isElseDropped: true, port: 15001, mark: 1, mask: 255 },
    ],
    [
      'TPROXY --on-port 15001 --on-ip ::1 --tproxy-mark 0x0/0x0',
      6,
      { kind: 'tproxy', isElseDropped: true, address: ip('::1'), port: 15001, mark: 0, mask: 0 },
    ],
  ] as const)('%s, IPv%i', (target, family, verdict) => {
    expect(ask(`-A FORWARD -p tcp -j ${target}`, { family }).map((outcome) => outcome.verdict)).toEqual([verdict]);
  });
});

describe('marks', () => {
  it.each([
    ['MARK --set-xmark 0x4000/0x4000', 0x1, 0, 0x4001, undefined],
    ['MARK --set-xmark 0x4000/0x0', 0x4000, 0, 0, undefined],
    ['MARK --set-xmark 0x5/0xffffffff', 0xff, 0, 5, undefined],
    ['MARK --set-mark 0x5', 0xff, 0, 5, undefined],
    ['MARK --set-mark 0x5/0x1', 0xf2, 0, 0xf7, undefined],
    ['MARK --and-mark 0xf0', 0xff, 0, 0xf0, undefined],
    ['MARK --or-mark 0x80000000', 0x1, 0, 0x80000001, undefined],
    ['CONNMARK --set-xmark 0x20/0xff', 0x1, 0x301, 0x1, 0x320],
    ['CONNMARK --save-mark --nfmask 0xffffffff --ctmask 0xffffffff', 0x7, 0, 0x7, 0x7],
    ['CONNMARK --save-mark --nfmask 0xf --ctmask 0xff', 0x17, 0xabcd, 0x17, 0xab07],
    ['CONNMARK --restore-mark --nfmask 0xff --ctmask 0xf0', 0x1234, 0x5a, 0x1250, undefined],
    ['CONNMARK --restore-mark', 0x0, 0x80000000, 0x80000000, undefined],
  ])('%s', (target, mark, ctMark, newMark, newCtMark) => {
    const [outcome] = ask(`-A FORWARD -j ${target}`, { packet: { mark }, ct: { mark: ctMark } });
    expect(outcome!.packet.mark).toBe(newMark);
    expect(outcome!.ctChange?.mark).toBe(newCtMark);
  });

  it('a packet without a connection has no connection mark', () => {
    for (const state of ['INVALID', 'UNTRACKED'] as const) {
      const [outcome] = ask('-A FORWARD -j CONNMARK --set-xmark 0x1/0x1', { ct: { state } });
      expect(outcome!.ctChange).toBeUndefined();
    }
  });
});

describe('other changes', () => {
  it.each([
    ['DSCP --set-dscp 0x2e', { tos: 3 }, { tos: 0xbb }],
    ['TOS --set-tos 0x10/0x3f', { tos: 0xff }, { tos: 0xd0 }],
    ['TTL --ttl-set 1', { ttl: 64 }, { ttl: 1 }],
    ['TTL --ttl-dec 70', { ttl: 64 }, { ttl: 0 }],
    ['HL --hl-inc 200', { ttl: 64 }, { ttl: 255 }],
  ])('%s', (target, before, after) => {
    expect(ask(`-A FORWARD -j ${target}`, { packet: before, table: 'mangle' })[0]!.packet).toMatchObject(after);
  });

  it.each([
    ['CT --notrack', { notrack: true }],
    ['NOTRACK', { notrack: true }],
    ['CT --zone 7', { zone: 7, note: 'CT zone 7' }],
    ['CT --helper ftp', { note: 'CT helper ftp' }],
  ])('%s', (target, change) => {
    const rules = `-A PREROUTING -j ${target}\n-A PREROUTING -j CT --zone 9`;
    const [outcome] = ask(rules, { hook: 'prerouting', table: 'raw', ct: { state: 'INVALID' } });
    // The second one comes too late.
    expect(outcome!.ctChange).toEqual(change);
    expect(outcome!.verdict.kind).toBe('accept');
  });

  it('an untracked packet is so for the rest of the table', () => {
    const rules = '-A PREROUTING -j CT --notrack\n-A PREROUTING -m conntrack --ctstate UNTRACKED -j DROP';
    expect(ask(rules, { hook: 'prerouting', table: 'raw', ct: { state: 'INVALID' } })[0]!.verdict.kind).toBe('drop');
  });

  it.each([
    'CT --zone mark',
    'CT --zone-orig 5',
    'SYNPROXY --mss 1460',
    'HMARK --hmark-mod 4',
    'SET --map-set clients src --map-mark',
    'DNAT --to-destination nowhere',
  ])('%s is not known', (target) => {
    const compiled = compileRule(
      { chain: 'PREROUTING', number: 1, raw: `-A PREROUTING -j ${target}` },
      { family: 4, hasChain: () => false, shared: new SharedParts() },
    );
    expect(compiled.target).toEqual({ kind: 'unsupported', raw: `-j ${target}` });
  });
});
