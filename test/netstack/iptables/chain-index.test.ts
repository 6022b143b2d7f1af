/** A chain that is long enough for an index answers as the same rules do in chains that are too short for one. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { ask, sayOutcome } from './ask.ts';

const addresses = ['10.0.0.1', '10.0.0.2', '10.0.0.3', '192.168.0.1'] as const;
const interfaces = ['eth0', 'eth1', 'cali7'] as const;

const condition = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('', '! '),
      fc.constantFrom('-s', '-d'),
      fc.constantFrom(...addresses),
      fc.constantFrom('/32', '/24', '/0'),
    )
    .map((parts) => `${parts[0]}${parts[1]} ${parts[2]}${parts[3]}`),
  fc
    .tuple(fc.constantFrom('', '! '), fc.constantFrom('-i', '-o'), fc.constantFrom(...interfaces, 'eth+', 'cali+'))
    .map((parts) => `${parts[0]}${parts[1]} ${parts[2]}`),
  fc
    .tuple(
      fc.constantFrom('-p tcp -m tcp', '-p udp -m udp'),
      fc.constantFrom('', ' !'),
      fc.constantFrom('80', '443', '80:90', '1:65535'),
    )
    .map((parts) => `${parts[0]}${parts[1]} --dport ${parts[2]}`),
  fc
    .tuple(fc.constantFrom('-p tcp', '-p udp'), fc.constantFrom('80', '80,443', '1:9,443', '1:1000'))
    .map((parts) => `${parts[0]} -m multiport --dports ${parts[1]}`),
  fc.constantFrom(
    '-p tcp -m tcp --sport 32768:40000',
    '-m mark --mark 0x1/0x1',
    '-p tcp',
    '! -p tcp -m limit --limit 1/sec',
    '-m statistic --mode random --probability 0.5',
  ),
);
const rule = fc
  .tuple(
    fc.uniqueArray(condition, { maxLength: 2, selector: (text) => text.replace('! ', '').split(' ')[0]! }),
    fc.constantFrom('-j ACCEPT', '-j DROP', '-j MARK --set-xmark 0x1/0x1', '-j MARK --set-xmark 0x0/0x1', '-j LOG', ''),
  )
  .map(([conditions, target]) => [...conditions, target].join(' '));

const packet = fc.record({
  src: fc.constantFrom(...addresses).map(ip),
  dst: fc.constantFrom(...addresses).map(ip),
  protocol: fc.constantFrom(6, 17, 1),
  dport: fc.constantFrom({ min: 80, max: 80 }, { min: 443, max: 443 }, { min: 5, max: 5 }, { min: 60, max: 500 }),
});

it('whatever the rules and the packet', () => {
  fc.assert(
    fc.property(
      fc.array(rule, { minLength: 12, maxLength: 24 }),
      packet,
      fc.constantFrom(...interfaces),
      fc.constantFrom(...interfaces),
      (rules, packet, iif, oif) => {
        const asked = { packet, meta: { iif, oif } };
        const long = ask(rules.map((text) => `-A FORWARD ${text}`).join('\n'), asked);
        const jumps = Array.from({ length: Math.ceil(rules.length / 8) }, (_, i) => `-A FORWARD -j PART${i}`);
        const short = ask(
          [...jumps, ...rules.map((text, i) => `-A PART${Math.floor(i / 8)} ${text}`)].join('\n'),
          asked,
        );
        const hits = (outcomes: typeof long) =>
          outcomes.map(({ steps }) =>
            steps
              .filter(({ effect }) => !effect.startsWith('->'))
              .map(
                ({ effect, chain, number }) =>
                  `${number === 0 ? 0 : number + (chain === 'FORWARD' ? 0 : 8 * Number(chain.slice(4)))} ${effect}`,
              ),
          );
        expect(long.map(sayOutcome)).toEqual(short.map(sayOutcome));
        expect(hits(long)).toEqual(hits(short));
        expect(long.map((outcome) => outcome.packet)).toEqual(short.map((outcome) => outcome.packet));
      },
    ),
    { numRuns: 1500 },
  );
});
