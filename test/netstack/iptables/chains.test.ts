/** Ways through chains: jump, goto, return, policy, and what is written down about them. */
import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import { ask, input, sayOutcome } from './ask.ts';

interface Row {
  readonly name: string;
  readonly rules: string;
  readonly policy?: 'ACCEPT' | 'DROP';
  readonly verdict: string;
  /** Chain and number of each hit, in order; 0 is the policy. */
  readonly steps: string;
}

const ROWS: readonly Row[] = [
  { name: 'an empty chain takes its policy', rules: '', policy: 'DROP', verdict: 'drop', steps: 'FORWARD 0' },
  { name: 'no rule matches: the policy', rules: '-A FORWARD -p udp -j DROP', verdict: 'accept', steps: 'FORWARD 0' },
  {
    name: 'the first ending wins',
    rules: '-A FORWARD -p tcp -j ACCEPT\n-A FORWARD -j DROP',
    verdict: 'accept',
    steps: 'FORWARD 1',
  },
  {
    name: "a chain's end comes back to the caller",
    rules: '-A FORWARD -j A\n-A FORWARD -j DROP\n-A A -p udp -j ACCEPT',
    verdict: 'drop',
    steps: 'FORWARD 1, FORWARD 2',
  },
  {
    name: 'RETURN comes back to the caller',
    rules: '-A FORWARD -j A\n-A FORWARD -j DROP\n-A A -j RETURN\n-A A -j ACCEPT',
    verdict: 'drop',
    steps: 'FORWARD 1, A 1, FORWARD 2',
  },
  {
    name: 'RETURN of a nested chain comes back to the nested caller',
    rules: '-A FORWARD -j A\n-A FORWARD -j DROP\n-A A -j B\n-A A -j ACCEPT\n-A B -j RETURN',
    verdict: 'accept',
    steps: 'FORWARD 1, A 1, B 1, A 2',
  },
  {
    name: 'RETURN in the base chain takes the policy',
    rules: '-A FORWARD -j RETURN\n-A FORWARD -j ACCEPT',
    policy: 'DROP',
    verdict: 'drop',
    steps: 'FORWARD 1, FORWARD 0',
  },
  {
    name: 'goto from the base chain ends in the policy',
    rules: '-A FORWARD -g A\n-A FORWARD -j ACCEPT\n-A A -j RETURN',
    policy: 'DROP',
    verdict: 'drop',
    steps: 'FORWARD 1, A 1, FORWARD 0',
  },
  {
    name: 'goto from a called chain ends at its caller',
    rules: '-A FORWARD -j A\n-A FORWARD -j ACCEPT\n-A A -g B\n-A A -j DROP\n-A B -p udp',
    policy: 'DROP',
    verdict: 'accept',
    steps: 'FORWARD 1, A 1, FORWARD 2',
  },
  {
    name: 'a jump after a goto comes back to where the goto led',
    rules: '-A FORWARD -g A\n-A A -j B\n-A A -j DROP\n-A B -j RETURN',
    verdict: 'drop',
    steps: 'FORWARD 1, A 1, B 1, A 2',
  },
  {
    name: 'rules with no target and logs go on',
    rules: '-A FORWARD\n-A FORWARD -j LOG --log-prefix "seen "\n-A FORWARD -j TRACE\n-A FORWARD -j DROP',
    verdict: 'drop',
    steps: 'FORWARD 1, FORWARD 2, FORWARD 3, FORWARD 4',
  },
  {
    name: 'a mark is seen by later rules',
    rules: '-A FORWARD -j MARK --set-xmark 0x4000/0x4000\n-A FORWARD -m mark --mark 0x4000/0x4000 -j DROP',
    verdict: 'drop',
    steps: 'FORWARD 1, FORWARD 2',
  },
];

describe('ways through chains', () => {
  it.each(ROWS)('$name', ({ rules, policy, verdict, steps }) => {
    for (const family of [4, 6] as const) {
      const outcomes = ask(rules, { family, ...(policy && { policy }) });
      expect(outcomes.map(sayOutcome)).toEqual([verdict]);
      expect(outcomes[0]!.steps.map(({ chain, number }) => `${chain} ${number}`).join(', ')).toBe(steps);
    }
  });
});

it('what decided is named as the tools print it', () => {
  const [byRule] = ask('-A FORWARD -s 10.244.0.0/16 -j DROP');
  expect(byRule!.by).toEqual({
    kind: 'rule',
    raw: '-A FORWARD -s 10.244.0.0/16 -j DROP',
    where: 'iptables-nft filter FORWARD 1',
  });
  const [byPolicy] = ask('', { family: 6, policy: 'DROP' });
  expect(byPolicy!.by).toEqual({ kind: 'policy', raw: '-P FORWARD DROP', where: 'ip6tables-nft filter FORWARD' });
  expect(byPolicy!.steps).toEqual([
    {
      kind: 'rule',
      ruleSet: 'iptables-nft',
      family: 6,
      hook: 'forward',
      table: 'filter',
      chain: 'FORWARD',
      number: 0,
      raw: '-P FORWARD DROP',
      effect: 'DROP',
    },
  ]);
});

it('without a chain at the hook the packet passes and nothing is written down', () => {
  const rules = parseIptablesSave('*filter\n:FORWARD DROP [0:0]\nCOMMIT\n', 'iptables-legacy', 4);
  const asked = input(4, { hook: 'prerouting' });
  expect(evaluateTable(rules, 'filter', asked)).toEqual([
    { verdict: { kind: 'accept' }, packet: asked.packet, steps: [], forks: [], assumed: asked.assumed },
  ]);
  expect(evaluateTable(rules, 'mangle', asked)[0]!.by).toBeUndefined();
});

describe('a long chain is looked up, and answers as if it were scanned', () => {
  const services = Array.from(
    { length: 400 },
    (_, i) => `-A FORWARD -d 10.96.${i >> 8}.${i & 255}/32 -p tcp -m tcp --dport ${80 + (i % 3)} -j DROP`,
  );
  it.each([
    ['a rule for the address', '10.96.1.9', 80 + (265 % 3), ['-A FORWARD -p udp -j DROP'], 'drop'],
    ['the address, another port', '10.96.1.9', 99, [], 'accept'],
    ['a general rule before it wins', '10.96.1.9', 80 + (265 % 3), ['-A FORWARD -p tcp -j ACCEPT'], 'accept'],
    ['another address', '10.97.1.9', 80, [], 'accept'],
  ])('%s', (_name, dst, dport, before, verdict) => {
    const outcomes = ask([...before, ...services].join('\n'), {
      packet: { dst: ip(dst), dport: { min: dport, max: dport } },
    });
    expect(outcomes.map(sayOutcome)).toEqual([verdict]);
  });
});
