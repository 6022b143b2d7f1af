import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { normalizeArgv } from '../../src/cmd/argv.ts';
import type { Grammar } from '../../src/cmd/argv.ts';
import { defineFlags } from '../../src/context/index.ts';

const grammar: Grammar = {
  groups: [
    defineFlags('Diagnose task', {
      src: { type: 'string', short: 's', help: '' },
      dst: { type: 'string', short: 'd', help: '' },
      dport: { type: 'string', short: 'p', aliases: ['port'], help: '' },
      output: { type: 'string', short: 'o', help: '' },
      http: { type: 'boolean', help: '' },
      quiet: { type: 'boolean', short: 'q', help: '' },
      all: { type: 'boolean', short: 'a', help: '' },
      v: { type: 'integer', short: 'v', help: '' },
      'log-dir': { type: 'string', isHidden: true, help: '' },
    }),
  ],
  commands: {
    bundle: {
      groups: [],
      commands: {
        create: {
          groups: [
            defineFlags('Bundle', {
              objects: { type: 'strings', isVariadic: true, help: '' },
              dump: { type: 'strings', isVariadic: true, help: '' },
              output: { type: 'string', short: 'o', help: '' },
            }),
          ],
        },
      },
    },
  },
};

const normalize = (line: string): string => normalizeArgv(line.split(' ').filter(Boolean), grammar).join(' ');

describe('the forms that pflag takes', () => {
  it.each([
    ['-p=80', '--dport=80'],
    ['-p 80', '--dport=80'],
    ['-p80', '--dport=80'],
    ['--dport=80', '--dport=80'],
    ['--dport 80', '--dport=80'],
    ['--port 80', '--dport=80'],
    ['-v=4', '--v=4'],
    ['-v 4', '--v=4'],
    ['--v=4', '--v=4'],
    ['--v 4', '--v=4'],
    ['--http', '--http=true'],
    ['--http=true', '--http=true'],
    ['--http=false', '--http=false'],
    ['-q=false', '--quiet=false'],
    ['-qa', '--quiet=true --all=true'],
    ['-qap=80', '--quiet=true --all=true --dport=80'],
    ['-qap 80', '--quiet=true --all=true --dport=80'],
    ['--log_dir /tmp', '--log-dir=/tmp'],
    // A value may be empty, may hold "=", and may look like a flag.
    ['--src=', '--src='],
    ['--src=a=b', '--src=a=b'],
    ['-p -1', '--dport=-1'],
    ['--src --dst', '--src=--dst'],
    ['-o -', '--output=-'],
    // A boolean never takes the next word.
    ['--http true', '--http=true true'],
    ['-s a -- -d b', '--src=a -- -d b'],
    ['-h', '--help'],
    ['-qh', '--quiet=true --help'],
    ['--help', '--help'],
  ])('%s', (typed, expected) => {
    expect(normalize(typed)).toBe(expected);
  });

  it('uses the flags of the subcommand once it was named', () => {
    expect(normalize('-v=1 bundle create --objects a.json b.yaml --dump n.dump -o x.skoop')).toBe(
      '--v=1 bundle create --objects=a.json --objects=b.yaml --dump=n.dump --output=x.skoop',
    );
  });

  it('does not take a later word for a command', () => {
    expect(normalize('other bundle -s a')).toBe('other bundle --src=a');
  });

  it.each([
    ['--dprt=80', 'unknown flag --dprt; did you mean --dport?'],
    ['--log-dri', 'unknown flag --log-dri'],
    ['--nonsense', 'unknown flag --nonsense'],
    ['--toString', 'unknown flag --toString'],
    ['-x', 'unknown flag -x'],
    ['-qx', 'unknown flag -x in -qx'],
    ['-http', 'unknown flag -t in -http; long flags have two dashes: --http'],
    ['--src', 'flag --src needs a value'],
    ['-p', 'flag -p needs a value'],
    ['bundle create -s a', 'unknown flag -s'],
  ])('%s is refused', (typed, message) => {
    expect(() => normalize(typed)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });

  it('leaves what it wrote as it is', () => {
    const word = fc.constantFrom('-q', '--http', '--http=false', '-p=80', '--dport=x', '-v4', '--src=a=b', 'word', '-');
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const once = normalizeArgv(words, grammar);
        expect(normalizeArgv(once, grammar)).toEqual(once);
      }),
    );
  });
});
