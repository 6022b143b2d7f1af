/** Tracked connections as the tool lists them on this kernel, and lines of real nodes. */
import { afterAll, describe, expect, it } from 'vitest';
import { parseConntrack } from '../../../src/netstack/parse/index.ts';
import { namespace, whyNoKernel } from '../router/kernel.ts';
import type { Namespace } from '../router/kernel.ts';

const ROWS = [
  [
    'a connection with an answer',
    'ipv4     2 tcp      6 299 ESTABLISHED src=192.168.77.10 dst=192.168.77.11 sport=6443 dport=49312 src=192.168.77.11 dst=192.168.77.10 sport=49312 dport=6443 [ASSURED] mark=0 use=1',
    { family: 4, protocol: 6, isUnreplied: false, original: { sport: 6443, dport: 49312 }, reply: { dport: 6443 } },
  ],
  [
    'a protocol without ports, without an answer',
    'ipv4     2 unknown  2 593 src=0.0.0.0 dst=224.0.0.22 [UNREPLIED] src=224.0.0.22 dst=0.0.0.0 mark=0 use=1',
    {
      protocol: 2,
      isUnreplied: true,
      original: { dst: { text: '224.0.0.22' } },
      reply: { src: { text: '224.0.0.22' } },
    },
  ],
  [
    'IPv6, translated',
    'ipv6     10 udp      17 25 src=fd77::4 dst=fd96::72d4 sport=40001 dport=53 src=fd77:0:0:1::2 dst=fd77::4 sport=5353 dport=40001 mark=0 use=1',
    {
      family: 6,
      original: { dst: { text: 'fd96::72d4' }, dport: 53 },
      reply: { src: { text: 'fd77:0:0:1::2' }, sport: 5353 },
    },
  ],
] as const;

describe('parseConntrack', () => {
  it.each(ROWS)('%s', (_name, line, wanted) => {
    expect(parseConntrack(`${line}\n`)).toMatchObject([wanted]);
  });

  it('names the line that is none', () => {
    expect(() => parseConntrack(`${ROWS[0][1]}\nudp 17 src=10.0.0.1\n`)).toThrow(/line 2.*no connection/s);
  });
});

const reason = whyNoKernel();
const made: Namespace[] = [];
afterAll(() => made.forEach((ns) => ns.remove()));

describe.skipIf(reason !== undefined)('on this kernel', () => {
  it.each([
    { family: 4, service: '10.96.0.10', backend: '10.244.1.7', source: '10.244.0.1', length: 32 },
    { family: 6, service: 'fd96::10', backend: 'fd44:1::7', source: 'fd44::1', length: 128 },
  ])('a datagram that DNAT sent on (IPv$family)', ({ family, service, backend, source, length }) => {
    const ns = namespace();
    made.push(ns);
    const tables = family === 4 ? 'iptables' : 'ip6tables';
    ns.batch([
      'link set lo up',
      'link add eth0 type veth peer name eth1',
      'link set eth0 up',
      'link set eth1 up',
      `addr add ${source}/${length} dev eth0${family === 6 ? ' nodad' : ''}`,
      `-${family} route add default dev eth0`,
    ]);
    ns.run(
      `${tables}-legacy -t nat -A OUTPUT -p udp -d ${service} --dport 53 -j DNAT --to-destination ${family === 4 ? `${backend}:5353` : `[${backend}]:5353`}`,
    );
    ns.run(
      `python3 -c 'import socket; socket.socket(socket.${family === 4 ? 'AF_INET' : 'AF_INET6'}, socket.SOCK_DGRAM).sendto(b"x", ("${service}", 53))'`,
    );
    const found = parseConntrack(ns.run('conntrack -L -o extended 2>/dev/null'));
    expect(found.filter((one) => one.protocol === 17)).toMatchObject([
      {
        family,
        isUnreplied: true,
        original: { src: { text: source }, dst: { text: service }, dport: 53 },
        reply: { src: { text: backend }, dst: { text: source }, sport: 5353 },
      },
    ]);
  });
});
