/** Sets on the real kernel: `-m set` rules are hit or not, and the evaluator must say the same of each packet. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { parseIpsetSave, printIpsetSave, testSet } from '../../../src/netstack/ipset/index.ts';
import type { IpSets } from '../../../src/netstack/ipset/index.ts';
import { parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import { Lab } from '../iptables/kernel/lab.ts';
import { describeOnKernel } from '../iptables/kernel/on-kernel.ts';
import { questionOf } from '../iptables/kernel/question.ts';
import { QUERIES, SETS, WIRES } from './kernel-rows.ts';

describeOnKernel('sets agree with the kernel', () => {
  let lab: Lab;
  let sets: IpSets;
  beforeAll(() => {
    lab = new Lab('set');
    lab.far('ipset restore', SETS);
    sets = parseIpsetSave(lab.far('ipset save'));
  });
  afterAll(() => lab.close());

  it('ipset save is printed back', () => {
    const text = lab.far('ipset save');
    expect(printIpsetSave(parseIpsetSave(text))).toBe(text);
    expect(sets.sets.size).toBeGreaterThan(20);
  });

  for (const family of [4, 6] as const) {
    it(`IPv${family}: ${QUERIES.length} questions about ${Object.keys(WIRES[family]).length} packets`, () => {
      const queries = QUERIES.filter(({ only = family }) => only === family);
      const rules = queries.map(
        ({ set, flags, nomatch = false }) =>
          `-A PROBE -m set --match-set ${set} ${flags}${nomatch ? ' --return-nomatch' : ''}`,
      );
      lab.restore(
        'legacy',
        family,
        ['*mangle', ':PROBE - [0:0]', '-A PREROUTING -i eth7 -j PROBE', ...rules, 'COMMIT', ''].join('\n'),
      );
      const wrong: string[] = [];
      for (const [name, wire] of Object.entries(WIRES[family])) {
        const before = hits(lab.save('legacy', family), family);
        lab.send([wire]);
        const after = hits(lab.save('legacy', family), family);
        const { packet, meta } = questionOf(wire, 'prerouting', sets);
        for (const [i, { set, flags, nomatch = false }] of queries.entries()) {
          const skoop = testSet(sets, set, {
            packet,
            meta,
            flags: flags.split(',') as ('src' | 'dst')[],
            returnNomatch: nomatch,
          });
          const kernel = after[i]! > before[i]!;
          if (skoop !== kernel)
            wrong.push(
              `${set} ${flags}${nomatch ? ' --return-nomatch' : ''}: ${name} is ${kernel} for the kernel, ${skoop} for skoop`,
            );
        }
      }
      expect(wrong).toEqual([]);
    });
  }
});

function hits(text: string, family: Family): readonly number[] {
  const probe = parseIptablesSave(text, 'iptables-legacy', family).tables.get('mangle')!.chains.get('PROBE')!;
  return probe.rules.map(({ counters }) => Number(counters!.split(':')[0]));
}
