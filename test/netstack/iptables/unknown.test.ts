/** What is not known, and what the kernel picks: forks, their labels and shares, and when there is none. */
import { describe, expect, it } from 'vitest';
import { evaluateTable, MOST_UNKNOWN_WAYS, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import { ask, input, sayOutcome, tableText } from './ask.ts';

const BPF = '-m bpf --object-pinned /run/web';

interface Row {
  readonly name: string;
  readonly rules: string;
  readonly policy?: 'ACCEPT' | 'DROP';
  readonly outcomes: readonly string[];
}

const ROWS: readonly Row[] = [
  {
    name: 'an unknown match forks',
    rules: `-A FORWARD ${BPF} -j DROP`,
    outcomes: [`drop (ignorance: ${BPF} matches)`, `accept (ignorance: ${BPF} does not match)`],
  },
  { name: 'another condition that fails settles it', rules: `-A FORWARD ${BPF} -p udp -j DROP`, outcomes: ['accept'] },
  {
    name: 'also a match that comes after it',
    rules: `-A FORWARD ${BPF} -m mark --mark 0x1 -j DROP`,
    outcomes: ['accept'],
  },
  {
    name: 'two unknown matches of a rule are one fork',
    rules: `-A FORWARD ${BPF} -m time --weekdays Mon -j DROP`,
    outcomes: [
      `drop (ignorance: ${BPF} -m time --weekdays Mon matches)`,
      `accept (ignorance: ${BPF} -m time --weekdays Mon does not match)`,
    ],
  },
  {
    name: 'a match nobody knows forks',
    rules: '-A FORWARD -m geoip --source-country XX -j DROP',
    outcomes: [
      'drop (ignorance: -m geoip --source-country XX matches)',
      'accept (ignorance: -m geoip --source-country XX does not match)',
    ],
  },
  {
    name: 'a known match with an option nobody knows forks',
    rules: '-A FORWARD -p tcp -m tcp --colour blue -j DROP',
    outcomes: [
      'drop (ignorance: -m tcp --colour blue matches)',
      'accept (ignorance: -m tcp --colour blue does not match)',
    ],
  },
  {
    name: 'with a log it makes no difference',
    rules: `-A FORWARD ${BPF} -j LOG\n-A FORWARD ${BPF}\n-A FORWARD -m limit --limit 1/min -j NFLOG --nflog-group 1`,
    outcomes: ['accept'],
  },
  {
    name: 'nor with a chain that only logs',
    rules: `-A FORWARD ${BPF} -j A\n-A A -m limit --limit 3/min -j LOG\n-A A -j B\n-A A -j RETURN\n-A B`,
    outcomes: ['accept'],
  },
  {
    name: 'nor with a RETURN that leaves nothing out',
    rules: '-A FORWARD -j A\n-A FORWARD -j DROP\n-A A -m limit --limit 3/min -j RETURN\n-A A -j LOG',
    outcomes: ['drop'],
  },
  {
    name: 'but with one that leaves something out',
    rules: '-A FORWARD -j A\n-A A -m limit --limit 3/min -j RETURN\n-A A -j DROP',
    outcomes: [
      'accept (ignorance: -m limit --limit 3/min matches)',
      'drop (ignorance: -m limit --limit 3/min does not match)',
    ],
  },
  {
    name: 'nor with a mark that is there already',
    rules: `-A FORWARD -j MARK --set-xmark 0x1/0x1\n-A FORWARD ${BPF} -j MARK --set-xmark 0x1/0x1`,
    outcomes: ['accept'],
  },
  { name: 'ways that end alike are one', rules: `-A FORWARD ${BPF} -j ACCEPT`, outcomes: ['accept'] },
  {
    name: 'ways that end alike after more forks are one',
    rules: `-A FORWARD ${BPF} -j A\n-A A -m time --weekdays Mon -j ACCEPT\n-A A -m string --string x --algo bm -j ACCEPT`,
    outcomes: ['accept'],
  },
  {
    name: 'of nested forks only those that matter stay',
    rules: `-A FORWARD ${BPF} -j A\n-A FORWARD -m geoip --source-country XX -j DROP\n-A A -j ACCEPT`,
    outcomes: [
      `accept (ignorance: ${BPF} matches)`,
      `drop (ignorance: ${BPF} does not match; ignorance: -m geoip --source-country XX matches)`,
      `accept (ignorance: ${BPF} does not match; ignorance: -m geoip --source-country XX does not match)`,
    ],
  },
  {
    name: 'the same question gets the same answer',
    rules:
      '-A FORWARD -m time --weekdays Mon -j MARK --set-xmark 0x1/0x1\n-A FORWARD -m time --weekdays Mon -m mark --mark 0x0/0x1 -j DROP\n-A FORWARD -m mark --mark 0x1/0x1 -j REJECT',
    outcomes: [
      'reject icmp-port-unreachable (ignorance: -m time --weekdays Mon matches)',
      'accept (ignorance: -m time --weekdays Mon does not match)',
    ],
  },
  {
    name: 'also in the negative',
    rules:
      '-A FORWARD -m mac --mac-source 02:00:00:00:00:01 -j A\n-A FORWARD -j DROP\n-A A -m mac ! --mac-source 02:00:00:00:00:01 -j DROP\n-A A -j ACCEPT',
    outcomes: [
      'accept (ignorance: -m mac --mac-source 02:00:00:00:00:01 matches)',
      'drop (ignorance: -m mac --mac-source 02:00:00:00:00:01 does not match)',
    ],
  },
  {
    name: 'but not of what changes by itself',
    rules:
      '-A FORWARD -m limit --limit 1/sec -j A\n-A FORWARD -j DROP\n-A A -m limit --limit 1/sec -j ACCEPT\n-A A -j DROP',
    outcomes: [
      'accept (ignorance: -m limit --limit 1/sec matches; ignorance: -m limit --limit 1/sec matches)',
      'drop (ignorance: -m limit --limit 1/sec matches; ignorance: -m limit --limit 1/sec does not match)',
      'drop (ignorance: -m limit --limit 1/sec does not match)',
    ],
  },
  {
    name: 'an unknown target goes on or does something else',
    rules: '-A FORWARD -p tcp -j WEBPROXY --port 3\n-A FORWARD -j DROP',
    outcomes: [
      'drop (ignorance: -j WEBPROXY --port 3 lets the packet go on)',
      'unknown (ignorance: -j WEBPROXY --port 3 does something else)',
    ],
  },
  {
    name: 'an unknown target of a rule that does not match is nothing',
    rules: '-A FORWARD -p udp -j WEBPROXY --port 3\n-A FORWARD -j DROP',
    outcomes: ['drop'],
  },
  {
    name: 'a set that a rule changed is not known any more',
    rules: '-A FORWARD -j SET --add-set clients src\n-A FORWARD -m set --match-set clients src -j DROP',
    outcomes: [
      'drop (ignorance: -m set --match-set clients src matches)',
      'accept (ignorance: -m set --match-set clients src does not match)',
    ],
  },
  {
    name: "chance is the kernel's choice",
    rules:
      '-A FORWARD -m statistic --mode random --probability 0.33333333349 -j A\n-A FORWARD -m statistic --mode random --probability 0.50000000000 -j DROP\n-A FORWARD -j ACCEPT\n-A A -j REJECT',
    outcomes: [
      'reject icmp-port-unreachable (choice 0.333: statistic picks this rule)',
      'drop (choice 0.667: statistic passes this rule by; choice 0.5: statistic picks this rule)',
      'accept (choice 0.667: statistic passes this rule by; choice 0.5: statistic passes this rule by)',
    ],
  },
  {
    name: 'so is a count',
    rules: '-A FORWARD -m statistic --mode nth --every 4 --packet 1 -j DROP',
    outcomes: ['drop (choice 0.25: statistic picks this rule)', 'accept (choice 0.75: statistic passes this rule by)'],
  },
  {
    name: 'chance that only logs is no fork',
    rules: '-A FORWARD -m statistic --mode random --probability 0.5 -j LOG',
    outcomes: ['accept'],
  },
  {
    name: 'a source port range that is cut is a choice',
    rules: '-A FORWARD -p tcp -m tcp --sport 32768:46883 -j DROP',
    outcomes: ['drop (choice 0.5: source port is 32768-46883)', 'accept (choice 0.5: source port is 46884-60999)'],
  },
  {
    name: 'later rules see the narrower range',
    rules:
      '-A FORWARD -p tcp -m tcp --sport 1:46883 -j A\n-A FORWARD -p tcp -m tcp --sport 46884: -j ACCEPT\n-A FORWARD -j REJECT\n-A A -p tcp -m tcp --sport 40000:65535 -j RETURN\n-A A -j DROP',
    outcomes: [
      'drop (choice 0.5: source port is 32768-46883; choice 0.512: source port is 32768-39999)',
      'reject icmp-port-unreachable (choice 0.5: source port is 32768-46883; choice 0.488: source port is 40000-46883)',
      'accept (choice 0.5: source port is 46884-60999)',
    ],
  },
  {
    name: 'a range that is inside as a whole is not cut',
    rules: '-A FORWARD -p tcp -m tcp --sport 1024:65535 -j DROP',
    outcomes: ['drop'],
  },
  {
    name: 'a list of ports cuts it in several',
    rules: '-A FORWARD -p tcp -m multiport ! --sports 40000,50000:50999 -j ACCEPT\n-A FORWARD -j DROP',
    outcomes: [
      'accept (choice 0.256: source port is 32768-39999)',
      'drop (choice 0: source port is 40000)',
      'accept (choice 0.354: source port is 40001-49999)',
      'drop (choice 0.035: source port is 50000-50999)',
      'accept (choice 0.354: source port is 51000-60999)',
    ],
  },
  {
    name: 'either side of --ports',
    rules: '-A FORWARD -p tcp -m multiport --ports 46884:60999 -j DROP',
    outcomes: ['accept (choice 0.5: source port is 32768-46883)', 'drop (choice 0.5: source port is 46884-60999)'],
  },
];

describe('forks', () => {
  it.each(ROWS)('$name', ({ rules, policy, outcomes }) => {
    expect(ask(rules, policy === undefined ? {} : { policy }).map(sayOutcome)).toEqual(outcomes);
  });
});

it('a rule that is taken to match is marked so, and its fork names it', () => {
  const [matched, missed] = ask(`-A FORWARD ${BPF} -j DROP`);
  expect(matched!.steps).toMatchObject([{ number: 1, effect: 'DROP', assumed: true }]);
  expect(missed!.steps).toMatchObject([{ number: 0, effect: 'ACCEPT' }]);
  expect(matched!.forks[0]).toMatchObject({
    id: missed!.forks[0]!.id,
    option: 0,
    evidence: { raw: `-A FORWARD ${BPF} -j DROP` },
  });
});

it("what was assumed is carried to the packet's later tables", () => {
  const [matched] = ask('-A FORWARD -m owner --uid-owner 0 -j DROP', { meta: { isLocal: true } });
  const later = ask('-A FORWARD -m owner --uid-owner 0 -j REJECT', {
    meta: { isLocal: true },
    assumed: matched!.assumed,
  });
  expect(later.map(sayOutcome)).toEqual(['reject icmp-port-unreachable']);
  expect(later[0]!.steps[0]!.assumed).toBe(true);
});

it('what depends on the header is asked again after it changed', () => {
  const [matched] = ask(`-A FORWARD ${BPF} -j DROP`);
  expect(ask(`-A FORWARD ${BPF} -j DROP`, { assumed: matched!.assumed }).map(sayOutcome)).toEqual(['drop']);
  expect(ask(`-A FORWARD ${BPF} -j DROP`, { assumed: matched!.assumed, packet: { ttl: 9 } })).toHaveLength(2);
});

it('more ways than can be followed are one that says so', () => {
  const marks = Array.from(
    { length: 20 },
    (_, i) =>
      `-A FORWARD -m limit --limit ${i + 1}/sec -j MARK --set-xmark 0x${(2 ** i).toString(16)}/0x${(2 ** i).toString(16)}`,
  );
  for (const count of [7, 20]) {
    const outcomes = ask(marks.slice(0, count).join('\n'));
    expect(outcomes).toHaveLength(1);
    expect(outcomes[0]!.verdict).toMatchObject({
      kind: 'unknown',
      reason: expect.stringMatching(/more than \d+ ways through table filter/) as string,
    });
  }
  expect(ask(marks.slice(0, 5).join('\n')).length).toBeLessThanOrEqual(MOST_UNKNOWN_WAYS);
});

it('a service of 300 endpoints has 300 ways of equal share', () => {
  const count = 300;
  const rules = Array.from({ length: count }, (_, i) => {
    const share = i === count - 1 ? '' : ` -m statistic --mode random --probability ${(1 / (count - i)).toFixed(11)}`;
    return `-A PREROUTING${share} -p tcp -j DNAT --to-destination 10.244.${i >> 8}.${i & 255}:80`;
  });
  const outcomes = ask(rules.join('\n'), { hook: 'prerouting', table: 'nat' });
  expect(outcomes).toHaveLength(count);
  for (const { forks } of outcomes)
    expect(forks.reduce((share, { probability }) => share * probability!, 1)).toBeCloseTo(1 / count, 6);
});

it('a table that the save tool could not print is unknown', () => {
  const rules = parseIptablesSave("# Table `filter' is incompatible, use 'nft' tool.\n", 'iptables-nft', 4);
  expect(evaluateTable(rules, 'filter', input(4, {}))[0]!.verdict.kind).toBe('unknown');
  expect(evaluateTable(rules, 'nat', input(4, { hook: 'prerouting' }))[0]!.verdict.kind).toBe('accept');
});

it('tables of both families keep apart what they call themselves', () => {
  const rules = parseIptablesSave(tableText('-A FORWARD -j DROP'), 'iptables-legacy', 6);
  expect(evaluateTable(rules, 'filter', input(6, {}))[0]!.by!.where).toBe('ip6tables-legacy filter FORWARD 1');
});
