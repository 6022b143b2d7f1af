/** Every match is asked of the real kernel: packets are sent, and the rules' counters must say what the evaluator says. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { baseChainsOf, evaluateBaseChain, parseNftJson } from '../../../src/netstack/nftables/index.ts';
import type { Chain, RuleSet } from '../../../src/netstack/nftables/types.ts';
import type { Hook } from '../../../src/model/step.ts';
import { Lab } from '../iptables/kernel/lab.ts';
import type { WirePacket } from '../iptables/kernel/lab.ts';
import { describeOnKernel } from '../iptables/kernel/on-kernel.ts';
import { PACKETS } from '../iptables/kernel/packets.ts';
import { questionOf } from '../iptables/kernel/question.ts';
import { ROWS, SETS } from './kernel/rows.ts';
import type { Row } from './kernel/rows.ts';

type Answer = 'hit' | 'miss' | 'unknown' | 'choice';

describeOnKernel('matches of nftables agree with the kernel', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab('nft');
  });
  afterAll(() => lab.close());

  for (const tableFamily of ['own', 'inet'] as const) {
    for (const family of [4, 6] as const) {
      for (const hook of ['prerouting', 'input', 'forward', 'postrouting'] as const) {
        const rows = ROWS.filter(
          (row) =>
            (row.only ?? family) === family &&
            (row.hook ?? 'prerouting') === hook &&
            (row.table ?? tableFamily) === tableFamily,
        );
        it(`IPv${family} ${hook} in a table of family ${tableFamily}: ${rows.length} rules`, () => {
          const words = tableFamily === 'inet' ? 'inet' : family === 4 ? 'ip' : 'ip6';
          lab.flush();
          if (!loads(lab, words, family, hook, rows)) {
            const refused = rows.filter((row) => !loads(lab, words, family, hook, [row]));
            expect(refused.map((row) => ruleFor(row, family))).toEqual([]);
          }
          const listed = lab.far('nft -j list ruleset');
          const rules = parseNftJson(listed);
          const wrong: string[] = [];
          for (const [name, wire] of Object.entries(PACKETS[family])) {
            const isForFar = wire.dst === PACKETS[family]['syn']!.dst;
            if (hook !== 'prerouting' && (hook === 'input') !== isForFar) continue;
            lab.far('conntrack -F 2>/dev/null; nft reset counters >/dev/null; true');
            const before = countedIn(lab.far('nft -j list ruleset'));
            lab.send([wire]);
            const after = countedIn(lab.far('nft -j list ruleset'));
            for (const [i, row] of rows.entries()) {
              const [was, is] = [before.get(`row${i}`)!, after.get(`row${i}`)!];
              if (is.jumps <= was.jumps) throw new Error(`${name} did not arrive in ${hook}`);
              const kernel: Answer = is.hits > was.hits ? 'hit' : 'miss';
              const skoop = ask(rules, i, hook, wire);
              const expected = row.answer ?? 'definite';
              const isRight = expected === 'definite' ? skoop === kernel : skoop === expected || skoop === kernel;
              if (!isRight)
                wrong.push(`${ruleFor(row, family)}: ${name} is a ${kernel} for the kernel, ${skoop} for skoop`);
            }
          }
          expect(wrong).toEqual([]);
        });
      }
    }
  }
});

/**
 * Each rule stands in a chain of its own; one with a verdict map in a table of its own. The counter behind it says whether
 * it matched. What it set of marks is taken back before the next.
 */
function textOf(words: string, family: Family, hook: string, rows: readonly Row[]): string {
  const source = family === 4 ? 'ip saddr 10.99.0.1' : 'ip6 saddr fd99::1';
  const table = (name: string, priority: number, all: readonly (readonly [number, Row])[]): string =>
    [
      `table ${words} ${name} {`,
      '  chain hit {',
      '    counter',
      '  }',
      SETS(family),
      ...all.flatMap(([i, row]) => [
        `  chain row${i} {`,
        `    ${ruleFor(row, family)}${row.isMap === true ? '' : ' counter'}`,
        '  }',
      ]),
      '  chain base {',
      `    type filter hook ${hook} priority ${priority}; policy accept;`,
      ...all.map(([i]) => `    ${source} meta mark set 0 ct mark set 0 counter jump row${i}`),
      '  }',
      '}',
      '',
    ].join('\n');
  const numbered = rows.map((row, i) => [i, row] as const);
  const maps = numbered.filter(([, row]) => row.isMap === true);
  return [
    ...maps.map((one) => table(`map${one[0]}`, -151, [one])),
    table(
      't',
      -150,
      numbered.filter(([, row]) => row.isMap !== true),
    ),
  ].join('');
}

function loads(lab: Lab, words: string, family: Family, hook: string, rows: readonly Row[]): boolean {
  try {
    lab.far('nft flush ruleset; nft -f -', textOf(words, family, hook, rows));
    return true;
  } catch (error) {
    if (rows.length === 1) process.stderr.write(`${String((error as { stderr?: string }).stderr)}\n`);
    return false;
  }
}

function ruleFor({ rule, rule6 }: Row, family: Family): string {
  return family === 6 && rule6 !== undefined ? rule6 : rule;
}

interface Counted {
  readonly jumps: number;
  readonly hits: number;
}

/** By chain. */
function countedIn(listed: string): ReadonlyMap<string, Counted> {
  const { nftables } = JSON.parse(listed) as { nftables: readonly { rule?: ListedRule }[] };
  const counted = new Map<string, Counted>();
  const add = (chain: string, what: Partial<Counted>): void => {
    const { jumps, hits } = counted.get(chain) ?? { jumps: 0, hits: 0 };
    counted.set(chain, { jumps: jumps + (what.jumps ?? 0), hits: hits + (what.hits ?? 0) });
  };
  for (const { rule } of nftables) {
    if (rule === undefined) continue;
    const packets = rule.expr.find((one) => one.counter !== undefined)?.counter?.packets ?? 0;
    const target = rule.expr.find((one) => one.jump !== undefined)?.jump?.target;
    if (rule.chain === 'base') add(target!, { jumps: packets });
    else add(rule.chain === 'hit' ? rule.table.replace('map', 'row') : rule.chain, { hits: packets });
  }
  return counted;
}

interface ListedRule {
  readonly table: string;
  readonly chain: string;
  readonly expr: readonly {
    readonly counter?: { readonly packets: number };
    readonly jump?: { readonly target: string };
  }[];
}

/** The row's chain alone, with a verdict behind it that tells. */
function ask(rules: RuleSet, index: number, hook: Hook, wire: WirePacket): Answer {
  const name = `row${index}`;
  const table = rules.tables.find(({ chains }) => chains.has(name))!;
  const accept = { kind: 'verdict', verdict: { kind: 'accept' }, raw: 'accept' } as const;
  const telling = (chain: Chain): Chain => ({
    ...chain,
    rules: chain.rules.map((rule) => ({ ...rule, statements: [...rule.statements, accept] })),
  });
  const row = table.chains.get(name)!;
  const isMap = table.name.startsWith('map');
  const jump = { kind: 'verdict', verdict: { kind: 'jump', chain: name }, raw: 'jump' } as const;
  const base = table.chains.get('base')!;
  const chains = new Map<string, Chain>([
    [name, isMap ? row : telling(row)],
    ['hit', telling(table.chains.get('hit')!)],
    [
      'base',
      {
        ...base,
        base: { ...base.base!, policy: 'drop' },
        rules: [{ raw: 'jump', statements: [jump], shape: 'other' }],
      },
    ],
  ]);
  const [chain] = baseChainsOf({ tables: [{ ...table, chains }] });
  const outcomes = evaluateBaseChain(chain!, questionOf(wire, hook));
  const verdicts = new Set(outcomes.map(({ verdict }) => verdict.kind));
  if (verdicts.size === 1) return verdicts.has('accept') ? 'hit' : verdicts.has('drop') ? 'miss' : 'unknown';
  return outcomes.some(({ forks }) => forks.some(({ cause }) => cause === 'ignorance')) ? 'unknown' : 'choice';
}
