/** What the four save tools really print is printed back, and every match and target in it is understood. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { compileRule } from '../../../src/netstack/iptables/compile-rule.ts';
import { SharedParts } from '../../../src/netstack/iptables/shared-parts.ts';
import { parseIptablesSave, printIptablesSave } from '../../../src/netstack/iptables/index.ts';
import { Lab, tool } from './kernel/lab.ts';
import { describeOnKernel } from './kernel/on-kernel.ts';
import { ROWS, SETS } from './kernel/rows.ts';
import { NAT_TARGETS, TARGETS } from './kernel/target-rows.ts';

describeOnKernel('save, parse, print', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab('print');
    lab.far('ipset restore', SETS);
  });
  afterAll(() => lab.close());

  for (const backEnd of ['legacy', 'nft'] as const) {
    for (const family of [4, 6] as const) {
      it(`iptables-${backEnd}, IPv${family}`, () => {
        lab.flush();
        lab.restore(backEnd, family, rulesOf(family));
        for (const counters of ['', ' -c']) {
          const text = lab.far(`${tool(backEnd, family)}-save${counters}`);
          const rules = parseIptablesSave(text, `iptables-${backEnd}`, family);
          expect(printIptablesSave(rules)).toBe(text);
          const all = [...rules.tables.values()].flatMap(({ chains }) =>
            [...chains.values()].flatMap((chain) =>
              chain.rules.map((rule) =>
                compileRule(rule, { family, hasChain: (name) => chains.has(name), shared: new SharedParts() }),
              ),
            ),
          );
          expect(all.length).toBeGreaterThan(200);
          const unread = all.filter(
            ({ matches, target }) =>
              target.kind === 'unsupported' || matches.some(({ name }) => name === 'unsupported'),
          );
          expect(unread.map(({ rule }) => rule.raw)).toEqual([]);
        }
      });
    }
  }
});

function rulesOf(family: Family): string {
  const rows = ROWS.filter(({ only = family }) => only === family).map(
    ({ rule, rule6, chain = 'PREROUTING' }) => `-A ${chain} ${family === 6 ? (rule6 ?? rule) : rule}`,
  );
  const pick = (texts: readonly (readonly [string, string?])[]): string[] =>
    texts.flatMap(([four, six = four]) => (family === 4 ? four : six)).filter((text) => text !== '');
  return [
    '*mangle',
    ':WEB-FRONT - [0:0]',
    ...rows,
    ...pick(TARGETS),
    'COMMIT',
    '*nat',
    ...pick(NAT_TARGETS),
    'COMMIT',
    '*raw',
    '-A PREROUTING -j CT --notrack',
    '-A PREROUTING -j CT --zone 4',
    '-A OUTPUT -j TRACE',
    'COMMIT',
    '',
  ].join('\n');
}
