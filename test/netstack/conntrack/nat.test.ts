import { describe, expect, it } from 'vitest';
import { formatHostPort, ip } from '../../../src/model/address.ts';
import type { Packet } from '../../../src/model/packet.ts';
import { formatPorts, port } from '../../../src/model/packet.ts';
import { firstPacket, replyTo } from '../../../src/diagnostor/first-packet.ts';
import { findConnection, newConnection, type Connection } from '../../../src/netstack/conntrack/connection.ts';
import { applyNat, setUpNat } from '../../../src/netstack/conntrack/nat.ts';
import { natRequest } from '../../../src/netstack/netfilter/nat-request.ts';
import type { NatRequest } from '../../../src/netstack/netfilter/types.ts';

const DNAT = natRequest({ manip: 'dst', how: 'DNAT', random: 'no', isPersistent: false });
const SNAT = natRequest({ manip: 'src', how: 'SNAT', random: 'no', isPersistent: false });

function show(packet: Packet): string {
  return `${formatHostPort(packet.src, formatPorts(packet.sport))} > ${formatHostPort(packet.dst, formatPorts(packet.dport))}`;
}

function bound(connection: Connection, request: NatRequest, masquerade?: string): Connection {
  const result = setUpNat(connection, request, masquerade === undefined ? {} : { masquerade: ip(masquerade) });
  if (result.kind !== 'set') throw new Error(result.reason);
  return result.options[0]!;
}

const FAMILIES = [
  { family: 'v4', pod: '10.244.1.7', service: '10.96.0.10', backend: '10.244.2.9', node: '192.168.1.11' },
  { family: 'v6', pod: 'fd00:244:1::7', service: 'fd00:96::a', backend: 'fd00:244:2::9', node: 'fd00:1::11' },
];

describe.each(FAMILIES)('NAT of a connection, $family', ({ pod, service, backend, node }) => {
  const at = (address: string, ports: string): string => formatHostPort(ip(address), ports);
  const first = firstPacket({ src: ip(pod), dst: ip(service), protocol: 'tcp', port: 80 });
  const range = { first: ip(backend), last: ip(backend) };

  it('DNAT and MASQUERADE rewrite the packet there, and are undone on its reply', () => {
    const connection = bound(
      bound(newConnection(first, 0), { ...DNAT, ...range, ports: port(8080) }),
      { ...SNAT, how: 'MASQUERADE', random: 'random-fully' },
      node,
    );
    const afterDst = applyNat(connection, 'original', 'dst', first);
    expect(show(afterDst)).toBe(`${at(pod, '32768-60999')} > ${at(backend, '8080')}`);
    const onWire = applyNat(connection, 'original', 'src', afterDst);
    expect(show(onWire)).toBe(`${at(node, '1024-65535')} > ${at(backend, '8080')}`);
    const reply = replyTo(onWire);
    expect(findConnection([connection], reply, 0)).toEqual({ index: 0, direction: 'reply' });
    const back = applyNat(connection, 'reply', 'src', applyNat(connection, 'reply', 'dst', reply));
    expect(show(back)).toBe(`${at(service, '80')} > ${at(pod, '32768-60999')}`);
  });

  it('a connection without NAT leaves both directions alone', () => {
    const connection = newConnection(first, 0);
    expect(applyNat(connection, 'original', 'dst', first)).toBe(first);
    expect(applyNat(connection, 'reply', 'src', replyTo(first))).toEqual(replyTo(first));
  });

  it('a narrowed source port still belongs to its connection, and stays narrow through NAT that keeps ports', () => {
    const connection = bound(newConnection(first, 0), { ...DNAT, ...range, ports: port(8080) });
    const narrow = { ...applyNat(connection, 'original', 'dst', first), sport: { min: 40000, max: 40999 } };
    const reply = replyTo(narrow);
    expect(findConnection([connection], reply, 0)?.direction).toBe('reply');
    expect(show(applyNat(connection, 'reply', 'src', reply))).toBe(`${at(service, '80')} > ${at(pod, '40000-40999')}`);
  });

  it('another zone does not know the connection', () => {
    expect(findConnection([newConnection(first, 0)], replyTo(first), 7)).toBeUndefined();
  });
});

const PORTS = [
  ['an ordinary port is kept', 'no', { min: 32768, max: 60999 }, undefined, '32768-60999'],
  ['--random-fully keeps none', 'random-fully', { min: 32768, max: 60999 }, undefined, '1024-65535'],
  ['a port below 512 stays in its class', 'random', { min: 111, max: 111 }, undefined, '1-511'],
  ['a port below 1024 stays in its class', 'random', { min: 700, max: 700 }, undefined, '600-1023'],
  ['a range of the rule', 'no', { min: 32768, max: 60999 }, { min: 2000, max: 2999 }, '2000-2999'],
  ['a port inside of the rule’s range is kept', 'no', { min: 2500, max: 2500 }, { min: 2000, max: 2999 }, '2500'],
] as const;

describe('SNAT chooses the source port', () => {
  it.each(PORTS)('%s', (_, random, sport, ports, expected) => {
    const first = {
      ...firstPacket({ src: ip('10.244.1.7'), dst: ip('192.168.1.1'), protocol: 'tcp', port: 80 }),
      sport,
    };
    const address = { first: ip('192.168.1.11'), last: ip('192.168.1.11') };
    const connection = bound(newConnection(first, 0), {
      ...SNAT,
      random,
      ...address,
      ...(ports === undefined ? {} : { ports }),
    });
    expect(formatPorts(applyNat(connection, 'original', 'src', first).sport)).toBe(expected);
  });
});
