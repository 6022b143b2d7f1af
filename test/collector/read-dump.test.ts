import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, printDump, readDump, readDumpStream } from '../../src/collector/index.ts';
import { SECTION_COMMANDS } from '../../src/model/dump.ts';
import type { SectionName } from '../../src/model/dump.ts';
import { plain, smallDump } from './dumps.ts';

const text = printDump(smallDump()).toString();
const nonce = text.split('\n', 1)[0]!.split(' ')[2]!;

function read(changed: string | Buffer): unknown {
  return readDump(Buffer.from(changed), { file: 'node-a.dump' });
}

function errorOf(changed: string | Buffer): InputError {
  try {
    read(changed);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    expect(error.remedy, error.message).toBeTruthy();
    return error;
  }
  throw new Error('no error');
}

describe('readDump', () => {
  it('says what was printed', () => {
    expect(plain(readDump(Buffer.from(text), { file: 'node-a.dump' }))).toEqual(plain(smallDump()));
  });

  it('prints back what was read', () => {
    expect(printDump(readDump(Buffer.from(text), { file: 'node-a.dump' })).toString()).toBe(text);
  });

  it('keeps any text of any section', () => {
    const section = fc.record({
      command: fc.stringMatching(/^[ -~]{0,30}$/),
      exitCode: fc.integer({ min: 0, max: 255 }),
      stdout: fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\0', '')),
      stderr: fc.string({ unit: 'grapheme' }).map((s) => s.replaceAll('\0', '')),
      milliseconds: fc.nat(100_000),
    });
    const sections = fc.dictionary(fc.constantFrom(...(Object.keys(SECTION_COMMANDS) as SectionName[])), section, {
      noNullPrototype: true,
    });
    fc.assert(
      fc.property(sections, (made) => {
        const dump = smallDump({ pods: [], netns: [{ inode: 1, isHost: true, names: ['a b', 'c'], sections: made }] });
        expect(plain(readDump(printDump(dump), { file: 'd' }))).toEqual(plain(dump));
      }),
    );
  });

  it('reads a stream', async () => {
    const dump = await readDumpStream(Readable.from([Buffer.from(text.slice(0, 77)), Buffer.from(text.slice(77))]), {
      file: 'node-a.dump',
    });
    expect(plain(dump)).toEqual(plain(smallDump()));
  });

  it('finds every cut', () => {
    for (let length = 0; length < text.length; length++) {
      expect(errorOf(text.slice(0, length)).message, `cut after ${length}`).toMatch(/^node-a\.dump/);
    }
  });

  it.each<[what: string, from: string, to: string, message: RegExp]>([
    ['another file', text, 'apiVersion: v1\n', /^node-a\.dump, line 1: is not a dump$/],
    [
      'a version of the future',
      '#skoop-dump 1',
      '#skoop-dump 7',
      /line 1: is a dump of version 7, this skoop reads version 1$/,
    ],
    ['a version that is none', '#skoop-dump 1', '#skoop-dump x', /line 1: its version is not a number$/],
    [
      'a section that says too little',
      'out=30',
      'out=20',
      /section ip-link, line 6: says that it has 20 bytes, but its end is not there$/,
    ],
    [
      'a section that says too much',
      'out=30',
      'out=31',
      /section ip-link, line 6: says that it has 31 bytes, but its end is not there$/,
    ],
    [
      'a section that says far too much',
      'out=30',
      'out=99999999999',
      /section ip-link, line 6: says that it has 99999999999 bytes, but it ends before them$/,
    ],
    ['a section without a length', 'out=30 ', '', /line 6: a section whose header can not be read$/],
    [
      'a section twice',
      `@${nonce} section ipset-save`,
      `@${nonce} section ip-link exit=0 ms=0 out=0 err=0 cmd=\n\n@${nonce} end ip-link\n@${nonce} section ipset-save`,
      /section ip-link, line 10: is there twice in this namespace$/,
    ],
    [
      'a namespace twice',
      `@${nonce} eof`,
      `@${nonce} netns 4026531840 other\n@${nonce} netns-end 4026531840\n@${nonce} eof`,
      /namespace 4026531840 is there twice$/,
    ],
    ['two hosts', '4026532177 other', '4026532177 host', /has two host namespaces$/],
    [
      'fewer namespaces than said',
      'eof netns=2',
      'eof netns=3',
      /the last line says "netns=3", but there are 2 namespaces$/,
    ],
    [
      'something after the end',
      'eof netns=2\n',
      `eof netns=2\n@${nonce} node node-b\n`,
      /there is more after the last line$/,
    ],
    ['a word of the future', 'kernel 6', 'colonel 6', /"colonel" is not a word that a dump has here$/],
    ['no node name', 'node node-a', 'node ', /says no node name$/],
    ['no time', '2026-11-24T03:31:17Z', 'yesterday', /says no time$/],
    ['a namespace with no number', 'netns 4026532177', 'netns x', /a namespace with no number$/],
    [
      'a line of another run',
      `@${nonce} end ip-link`,
      '@0123456789abcdef end ip-link',
      /section ip-link, line 6: says that it has 30 bytes, but its end is not there$/,
    ],
  ])('refuses %s', (_, from, to, message) => {
    expect(text).toContain(from);
    expect(errorOf(text.replace(from, to)).message).toMatch(message);
  });

  it('names the section and line that are not UTF-8', () => {
    const bytes = Buffer.from(text);
    bytes[text.indexOf('"eth0"') + 2] = 0xff;
    expect(errorOf(bytes)).toMatchObject({
      section: 'ip-addr',
      line: 19,
      problem: expect.stringMatching(/^is not UTF-8 at byte \d+$/) as string,
    });
  });

  it('takes a section with a NUL byte as failed, and only that', () => {
    const bytes = Buffer.from(text);
    bytes[text.indexOf('"lo"') + 1] = 0;
    const dump = readDump(bytes, { file: 'node-a.dump' });
    expect(dump.netns[0]!.sections['ip-link']).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('NUL byte') as string,
    });
    expect(dump.netns[1]!.sections['ip-addr']!.exitCode).toBe(0);
  });

  it('keeps an unknown section of a later collector out and the rest in', () => {
    const later = text.replace(
      `@${nonce} section ipset-save`,
      `@${nonce} section rdma exit=0 ms=0 out=3 err=0 cmd=rdma\n[]\n\n@${nonce} end rdma\n@${nonce} section ipset-save`,
    );
    expect(Object.keys(readDump(Buffer.from(later), { file: 'd' }).netns[0]!.sections)).toEqual([
      'ip-link',
      'ipset-save',
    ]);
  });

  it.each<[what: string, body: string, exitCode: number, expected: readonly [number, string][]]>([
    [
      'one line for each command',
      '[1]\n[2]\n',
      0,
      [
        [0, '[1]\n'],
        [0, '[2]\n'],
      ],
    ],
    [
      'fewer lines',
      '[1]\n',
      0,
      [
        [125, ''],
        [125, ''],
      ],
    ],
    [
      'more lines',
      '[1]\n[2]\n[3]\n',
      0,
      [
        [125, ''],
        [125, ''],
      ],
    ],
    [
      'a time-out',
      '[1]\n',
      124,
      [
        [124, ''],
        [124, ''],
      ],
    ],
  ])('splits a batch with %s', (_, body, exitCode, expected) => {
    const batch = `@${nonce} section ip4-route+ip4-rule exit=${exitCode} ms=0 out=${body.length} err=0 cmd=ip\n${body}\n@${nonce} end ip4-route+ip4-rule\n`;
    const { sections } = readDump(
      Buffer.from(text.replace(`@${nonce} section ipset-save`, `${batch}@${nonce} section ipset-save`)),
      { file: 'd' },
    ).netns[0]!;
    expect(
      [sections['ip4-route'], sections['ip4-rule']].map((section) => [section!.exitCode, section!.stdout]),
    ).toEqual(expected);
  });

  it('answers any change of any bytes with a dump or with one InputError', () => {
    const change = fc.record({ at: fc.nat(text.length), remove: fc.nat(40), insert: fc.uint8Array({ maxLength: 40 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 5 }), (changes) => {
        let bytes = Buffer.from(text);
        for (const { at, remove, insert } of changes)
          bytes = Buffer.concat([bytes.subarray(0, at), insert, bytes.subarray(at + remove)]);
        try {
          const dump = readDump(bytes, { file: 'd' });
          // Whatever was let through can be read to its last byte.
          plain(dump);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
