import { describe, expect, it } from 'vitest';
import { explain, isExplained, listCodes } from '../../src/ui/explain/index.ts';
import { FINDING_GROUPS, SUSPICIONS } from '../../src/ui/findings/index.ts';
import { findingIndex, findingPage } from '../../src/ui/findings/page.ts';
import { remedyOf } from '../../src/ui/findings/remedy.ts';

const entries = Object.entries(SUSPICIONS);
const commandsIn = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map(([, command]) => command!);

describe('the texts of findings', () => {
  it('stand in exactly one group each', () => {
    expect(FINDING_GROUPS.flatMap((group) => Object.keys(group.entries)).toSorted()).toEqual(
      Object.keys(SUSPICIONS).toSorted(),
    );
  });

  it.each(entries)(
    '%s says what it means and what to do, and gives a command that confirms it',
    (_, { title, meaning, confirm, fix }) => {
      expect(title).toMatch(/^[A-Z][^.]{8,70}$/);
      expect(meaning).toMatch(/^.{60,}\.$/);
      expect(fix.length).toBeGreaterThan(40);
      expect(commandsIn(confirm).length).toBeGreaterThan(0);
      for (const text of [meaning, confirm, fix]) expect(text.split('`').length % 2, text).toBe(1);
    },
  );

  it('have titles that tell them apart', () => {
    expect(new Set(entries.map(([, { title }]) => title)).size).toBe(entries.length);
  });
});

describe('remedyOf', () => {
  it.each([
    ['its own, with real names', { remedy: 'restart flannel on kl-node1' }, 'restart flannel on kl-node1'],
    ["the code's, where it has none", {}, SUSPICIONS.VTEP_FDB_WRONG.fix],
  ])('%s', (_, own, remedy) => {
    expect(remedyOf({ level: 3, code: 'VTEP_FDB_WRONG', message: '', evidence: [], ...own })).toBe(remedy);
  });
});

describe('explain', () => {
  it.each(entries)('%s holds all of its texts', (code, { title, meaning, confirm, fix }) => {
    const words = explain(code).split(/[\s·]+/);
    for (const word of `${code}: ${title} ${meaning} ${confirm} ${fix}`.split(/\s+/)) expect(words).toContain(word);
  });

  it('keeps a command in one piece', () => {
    for (const [code, { confirm }] of entries) {
      for (const command of commandsIn(confirm)) expect(explain(code)).toContain(command);
    }
  });

  it.each([
    ['connection_refused', 'CONNECTION_REFUSED: Nothing listens'],
    [' vtep-fdb-wrong ', 'VTEP_FDB_WRONG: '],
    ['CONECTION_REFUSED', 'CONNECTION_REFUSED  '],
    ['VTEP', 'VTEP_NEIGHBOUR_WRONG  '],
    ['REVERSE_PATH', 'REVERSE_PATH_FILTERED  '],
    ['zzz', 'There is no finding "zzz"; `skoop explain` lists them all.'],
    ['\u001b[31m', 'There is no finding "\\x1b[31m"'],
  ])('%j', (asked, part) => {
    expect(explain(asked)).toContain(part);
  });

  it.each([
    ['packet-dropped', true],
    ['PACKET', false],
    ['constructor', false],
    ['', false],
  ])('knows %j: %s', (code, isKnown) => {
    expect(isExplained(code)).toBe(isKnown);
  });

  it('lists every code', () => {
    for (const [code, { title }] of entries) {
      expect(listCodes()).toMatch(new RegExp(`^ {2}${code} +${title.replaceAll(/[()]/g, '\\$&')}$`, 'm'));
    }
  });
});

describe('pages', () => {
  it('link to one another', () => {
    for (const [code, info] of entries) {
      expect(findingIndex()).toContain(`[${code}](${code}.md)`);
      expect(findingPage(code, info)).toContain('(README.md)');
    }
  });
});
