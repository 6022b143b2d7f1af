/** Every match is asked of the real kernel: packets are sent, and the rules' counters must say what the evaluator says. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { parseIpsetSave } from '../../../src/netstack/ipset/index.ts';
import type { IpSets } from '../../../src/netstack/ipset/index.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import type { IPTables } from '../../../src/netstack/iptables/index.ts';
import { Lab } from './kernel/lab.ts';
import { describeOnKernel } from './kernel/on-kernel.ts';
import type { WirePacket } from './kernel/lab.ts';
import { PACKETS } from './kernel/packets.ts';
import { questionOf } from './kernel/question.ts';
import { ROWS, SETS } from './kernel/rows.ts';
import type { Row } from './kernel/rows.ts';

type Answer = 'hit' | 'miss' | 'unknown' | 'choice';

describeOnKernel('matches agree with the kernel', () => {
  let lab: Lab;
  let sets: IpSets;

  beforeAll(() => {
    lab = new Lab('match');
    lab.far('ipset restore', SETS);
    sets = parseIpsetSave(lab.far('ipset save'));
  });
  afterAll(() => lab.close());

  for (const backEnd of ['legacy', 'nft'] as const) {
    for (const family of [4, 6] as const) {
      for (const chain of ['PREROUTING', 'INPUT', 'FORWARD', 'POSTROUTING'] as const) {
        const rows = ROWS.filter((row) => isFor(row, family, chain));
        if (rows.length === 0) continue;
        it(`${backEnd} IPv${family} ${chain}: ${rows.length} rules`, () => {
          lab.flush();
          lab.restore(backEnd, family, textOf(rows, chain, family));
          const printed = parseIptablesSave(
            lab.save(backEnd, family),
            backEnd === 'legacy' ? 'iptables-legacy' : 'iptables-nft',
            family,
          );
          const wrong: string[] = [];
          for (const [name, wire] of Object.entries(PACKETS[family])) {
            if (chain !== 'PREROUTING' && (chain === 'INPUT') !== isForFar(wire, family)) continue;
            const before = hits(lab.save(backEnd, family), family);
            lab.far('conntrack -F 2>/dev/null; true');
            lab.send([wire]);
            const after = hits(lab.save(backEnd, family), family);
            if (after.jumps === before.jumps) throw new Error(`${name} did not arrive in ${chain}`);
            for (const [i, row] of rows.entries()) {
              const kernel: Answer = after.rules[i]! > before.rules[i]! ? 'hit' : 'miss';
              const skoop = ask(printed, i, chain, wire);
              const expected = row.answer ?? 'definite';
              const isRight = expected === 'definite' ? skoop === kernel : skoop === expected || skoop === kernel;
              if (!isRight) wrong.push(`${row.rule}: ${name} is a ${kernel} for the kernel, ${skoop} for skoop`);
            }
          }
          expect(wrong).toEqual([]);
        });
      }
    }
  }

  /** The rule alone, with a target that tells: as the save tool printed it. */
  function ask(rules: IPTables, index: number, chain: Row['chain'] & string, wire: WirePacket): Answer {
    const raw = rules.tables.get('mangle')!.chains.get('PROBE')!.rules[index]!.raw.replace('-A PROBE', `-A ${chain}`);
    const text = `*mangle\n:${chain} DROP [0:0]\n${raw} -j ACCEPT\nCOMMIT\n`;
    const hook = chain.toLowerCase() as 'prerouting';
    const outcomes = evaluateTable(
      parseIptablesSave(text, rules.ruleSet, rules.family),
      'mangle',
      questionOf(wire, hook, sets),
    );
    if (outcomes.length === 1) return outcomes[0]!.verdict.kind === 'accept' ? 'hit' : 'miss';
    return outcomes.some(({ forks }) => forks.some(({ cause }) => cause === 'ignorance')) ? 'unknown' : 'choice';
  }
});

function isFor(row: Row, family: Family, chain: string): boolean {
  return (row.only ?? family) === family && (row.chain ?? 'PREROUTING') === chain;
}

function isForFar(wire: WirePacket, family: Family): boolean {
  return wire.dst === PACKETS[family]['syn']!.dst;
}

function textOf(rows: readonly Row[], chain: string, family: Family): string {
  const source = family === 4 ? '10.99.0.1' : 'fd99::1';
  const rules = rows.map((row) => `-A PROBE ${ruleFor(row, family)}`);
  return ['*mangle', ':PROBE - [0:0]', `-A ${chain} -s ${source} -j PROBE`, ...rules, 'COMMIT', ''].join('\n');
}

function ruleFor({ rule, rule6 }: Row, family: Family): string {
  return family === 6 && rule6 !== undefined ? rule6 : rule;
}

interface Hits {
  readonly jumps: number;
  readonly rules: readonly number[];
}

function hits(text: string, family: Family): Hits {
  const { tables } = parseIptablesSave(text, 'iptables-nft', family);
  const mangle = tables.get('mangle')!;
  const count = (counters: string | undefined): number => Number(counters?.split(':')[0]);
  const jumps = [...mangle.chains.values()]
    .flatMap(({ rules }) => rules)
    .filter(({ jump }) => jump === 'PROBE')
    .map(({ counters }) => count(counters))[0]!;
  return { jumps, rules: mangle.chains.get('PROBE')!.rules.map(({ counters }) => count(counters)) };
}
