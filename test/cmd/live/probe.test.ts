import { describe, expect, it } from 'vitest';
import { judge } from '../../../src/cmd/live/probe.ts';
import { readProbe } from '../../../src/collector/live/probe.ts';
import { parseIP } from '../../../src/model/address.ts';
import type { PacketPath } from '../../../src/model/path.ts';
import type { ProbeOutcome } from '../../../src/model/probe.ts';

/** What the tools really print. */
const PRINTED = [
  ['bash 0 ', 'tcp', 'open'],
  [
    'bash 1 /bin/bash: connect: Connection refused /bin/bash: line 1: /dev/tcp/10.77.0.3/81: Connection refused ',
    'tcp',
    'refused',
  ],
  ['bash 1 bash: connect: No route to host', 'tcp', 'unreachable'],
  ['bash 1 bash: connect: Network is unreachable', 'tcp', 'unreachable'],
  ['bash 124 ', 'tcp', 'timeout'],
  ['bash 142 ', 'udp', 'silent'],
  ['bash 1 bash: line 1: printf: write error: Connection refused', 'udp', 'refused'],
  ['ping 1 PING 10.77.0.3 (10.77.0.3) 56(84) bytes of data. 1 packets transmitted, 0 received', 'icmp', 'timeout'],
  ['ping 1 From 10.77.0.1 icmp_seq=1 Destination Host Unreachable', 'icmp', 'unreachable'],
  ['nc 1 nc: 10.77.0.3 (10.77.0.3:81): Connection refused', 'tcp', 'refused'],
  ['none 1 there is no ping, neither in the image nor on the node', 'icmp', 'not-tried'],
  ['', 'tcp', 'not-tried'],
] as const;

describe('what a tool prints', () => {
  it.each(PRINTED)('%j of %s is %s', (printed, protocol, expected) => {
    expect(readProbe(printed, protocol).outcome).toBe(expected);
  });
});

function pathOf(
  verdict: PacketPath['verdict'],
  protocol: 'tcp' | 'udp',
  reason: PacketPath['reason'] = 'ok',
): PacketPath {
  const end = (id: string, ip: string): PacketPath['question']['src'] => ({
    type: 'pod',
    id,
    ip: parseIP(ip)!,
    asked: id,
  });
  return {
    question: { src: end('shop/client', '10.77.1.3'), dst: end('shop/solo', '10.77.0.3'), port: 80, protocol },
    verdict,
    reason,
    summary: '',
    decidedBy: [],
    branches: [],
    nodes: [],
    links: [],
    suspicions: [],
    assumptions: [],
    detected: [],
  };
}

const JUDGED: readonly (readonly [PacketPath['verdict'], 'tcp' | 'udp', ProbeOutcome, boolean | undefined])[] = [
  ['reachable', 'tcp', 'open', true],
  ['reachable', 'tcp', 'refused', false],
  ['reachable', 'tcp', 'timeout', false],
  ['unreachable', 'tcp', 'open', false],
  ['unreachable', 'tcp', 'timeout', true],
  ['unreachable', 'udp', 'open', false],
  ['reachable', 'udp', 'silent', undefined],
  ['undetermined', 'tcp', 'open', undefined],
  ['reachable', 'tcp', 'not-tried', undefined],
];

describe('a probe', () => {
  it.each(JUDGED)('of what is %s by %s and was %s agrees: %s', (verdict, protocol, outcome, expected) => {
    expect(judge(pathOf(verdict, protocol), { outcome, said: 'no tool', milliseconds: 3 }).agrees).toBe(expected);
  });

  it('says nothing about a connection that works now and then', () => {
    const judged = judge(pathOf('unreachable', 'tcp', 'intermittent'), { outcome: 'open', said: '', milliseconds: 3 });
    expect(judged).toEqual({
      outcome: 'open',
      message: 'a real connection from shop/client to 10.77.0.3:80 was answered',
    });
  });
});
