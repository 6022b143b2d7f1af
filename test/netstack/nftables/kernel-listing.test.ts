/** What the real nft lists of rules that the real kernel took: JSON and text are read as the same, and printed back. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseNftJson } from '../../../src/netstack/nftables/parse-json.ts';
import { parseNftText } from '../../../src/netstack/nftables/parse-text.ts';
import { printRuleSet } from '../../../src/netstack/nftables/print.ts';
import { printRule } from '../../../src/netstack/nftables/print-statement.ts';
import type { Rule, RuleSet } from '../../../src/netstack/nftables/types.ts';
import { describeOnKernel } from '../iptables/kernel/on-kernel.ts';
import { ACTION_RULES } from './listing/action-rules.ts';
import { MATCH_RULES } from './listing/match-rules.ts';
import { NftNamespace } from './listing/nft.ts';
import { OTHER_RULES } from './listing/other-rules.ts';
import { plain, plainOfBoth } from './listing/plain.ts';
import { SURROUNDINGS } from './listing/rule-group.ts';
import { RULE_SETS } from './listing/rule-sets.ts';

const GROUPS = [...MATCH_RULES, ...ACTION_RULES, ...OTHER_RULES];
/** Expressions that are kept as text, and statements of no effect that is known. */
const KEPT_AS_TEXT = /^(rt (classid|ip|ip6|mtu|ipsec)|socket|osf|ipsec|reset$|fwd |synproxy)/;

describeOnKernel('what nft lists', () => {
  let nft: NftNamespace;
  beforeAll(() => {
    nft = new NftNamespace();
  });
  afterAll(() => nft.close());

  it('more than 250 rules are tried', () => {
    expect(
      new Set(GROUPS.flatMap(({ family, rules }) => rules.map((rule) => `${family} ${rule}`))).size,
    ).toBeGreaterThan(250);
  });

  for (const { family, chain, rules, mayBeRefused = [] } of GROUPS) {
    it(`${family}, ${chain}: ${rules.length} rules`, () => {
      const lineOf = (rule: string): string => `add rule ${family} t probe ${rule}`;
      const refused = nft.loadLines([...SURROUNDINGS(family, chain), ...[...rules, ...mayBeRefused].map(lineOf)]);
      expect(refused.filter((line) => !mayBeRefused.some((rule) => lineOf(rule) === line))).toEqual([]);
      const byText = parseNftText(nft.list('-a'));
      const byJson = parseNftJson(nft.list('-j'));
      expect(rulesOf(byText)).toHaveLength(rules.length + mayBeRefused.length - refused.length);
      for (const [i, rule] of rulesOf(byText).entries()) {
        expect(printRule(rule)).toBe(rule.raw);
        expect(rulesOf(byJson)[i]!.raw).toBe(rule.raw);
        expect(unknownIn(rule), rule.raw).toEqual([]);
      }
      expect(plainOfBoth(byJson)).toEqual(plainOfBoth(byText));
      expectPrintedBack(nft);
    });
  }

  describe.each(RULE_SETS)('$name', ({ text, refusedWithout }) => {
    it('is read the same by both listings, and printed back', ({ skip }) => {
      const words = nft.load(text);
      if (words !== undefined && refusedWithout !== undefined) skip(`needs ${refusedWithout}`);
      expect(words).toBeUndefined();
      const byText = parseNftText(nft.list('-a'));
      expect(plainOfBoth(parseNftJson(nft.list('-j')))).toEqual(plainOfBoth(byText));
      expect(rulesOf(byText, undefined).flatMap(unknownIn)).toEqual([]);
      expectPrintedBack(nft);
    });

    it.each(['-n', '-s', '-S', '-y', '-nn'])('is read as listed with %s', (option) => {
      if (nft.load(text) !== undefined) return;
      const listing = parseNftText(nft.list(option));
      expect(rulesOf(listing, undefined)).toHaveLength(rulesOf(parseNftText(nft.list()), undefined).length);
      expect(rulesOf(listing, undefined).flatMap(unknownIn)).toEqual([]);
    });
  });
});

/** Of the chain that the rules under test are in, or of all. */
function rulesOf({ tables }: RuleSet, only: string | undefined = 'probe'): readonly Rule[] {
  return tables.flatMap(({ chains }) =>
    [...chains.values()].filter(({ name }) => only === undefined || name === only).flatMap(({ rules }) => rules),
  );
}

function unknownIn(rule: Rule): readonly string[] {
  const found: string[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { kind, raw } = value as { readonly kind?: string; readonly raw?: string };
    if (kind === 'unknown' && !KEPT_AS_TEXT.test(raw ?? '')) found.push(raw ?? '');
    Object.values(value).forEach(look);
  };
  look(rule.statements);
  return found;
}

/** The text as nft lists it, and the kernel takes it again. */
function expectPrintedBack(nft: NftNamespace): void {
  const listing = nft.list();
  const printed = printRuleSet(parseNftText(listing));
  expect(timeless(printed)).toBe(timeless(listing));
  expect(nft.load(printed)).toBeUndefined();
  expect(timeless(nft.list())).toBe(timeless(listing));
  expect(plain(parseNftText(timeless(nft.list())))).toEqual(plain(parseNftText(timeless(listing))));
}

/** Elements grow older while they are looked at. */
function timeless(text: string): string {
  return text.replaceAll(/ expires \S+?(?=[ ,\n])/g, '');
}
