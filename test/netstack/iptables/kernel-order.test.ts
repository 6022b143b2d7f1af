/** Random chains on the real kernel: the rules that it counts are those that the evaluator steps through, the policy included. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { randomFrom } from '../../../scripts/bench/kube-proxy.ts';
import type { Family } from '../../../src/model/address.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import { ADDRESS, Lab } from './kernel/lab.ts';
import { describeOnKernel } from './kernel/on-kernel.ts';
import type { BackEnd, WirePacket } from './kernel/lab.ts';
import { PACKETS } from './kernel/packets.ts';
import { questionOf } from './kernel/question.ts';
import { randomTable } from './kernel/random-chains.ts';

const TABLES = 12;

describeOnKernel("rules are visited in the kernel's order", () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab('order');
  });
  afterAll(() => lab.close());

  for (const backEnd of ['legacy', 'nft'] as const) {
    for (const family of [4, 6] as const) {
      it(`${TABLES} random tables, ${backEnd} IPv${family}`, () => {
        lab.flush();
        for (let seed = 1; seed <= TABLES; seed++) {
          const random = randomFrom(seed * 8 + family + (backEnd === 'nft' ? 1 : 0));
          const text = randomTable((limit) => Math.floor(random() * limit), ADDRESS[family].near);
          lab.restore(backEnd, family, text);
          for (const name of ['syn', 'udp'] as const)
            compare(backEnd, family, PACKETS[family][name]!, `${text}\n# seed ${seed}, ${name}`);
        }
      });
    }
  }

  function compare(backEnd: BackEnd, family: Family, wire: WirePacket, context: string): void {
    lab.far('conntrack -F 2>/dev/null; true');
    const before = counts(lab.save(backEnd, family), family);
    lab.send([wire]);
    const printed = lab.save(backEnd, family);
    const after = counts(printed, family);
    const kernel = [...after].filter(([place, count]) => count > before.get(place)!).map(([place]) => place);
    const rules = parseIptablesSave(printed, backEnd === 'legacy' ? 'iptables-legacy' : 'iptables-nft', family);
    const outcomes = evaluateTable(rules, 'mangle', questionOf(wire, 'prerouting'));
    expect(outcomes.length, context).toBe(1);
    const skoop = new Set(outcomes[0]!.steps.map(({ chain, number }) => `${chain} ${number}`));
    expect(kernel.toSorted(), context).toEqual([...skoop].toSorted());
  }
});

/** Packets counted by each rule (`CHAIN 3`) and by the base chain's policy (`CHAIN 0`). */
function counts(text: string, family: Family): Map<string, number> {
  const found = new Map<string, number>();
  for (const chain of parseIptablesSave(text, 'iptables-nft', family).tables.get('mangle')!.chains.values()) {
    if (chain.name === 'PREROUTING') found.set('PREROUTING 0', Number(chain.counters!.split(':')[0]));
    for (const rule of chain.rules) found.set(`${chain.name} ${rule.number}`, Number(rule.counters!.split(':')[0]));
  }
  return found;
}
