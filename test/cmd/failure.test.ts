import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { explainFailure } from '../../src/cmd/failure.ts';
import { exitCodeOf, worstOf } from '../../src/cmd/exit-code.ts';
import { InputError } from '../../src/collector/input-error.ts';
import { wantsColor } from '../../src/cmd/terminal.ts';
import { UsageError } from '../../src/cmd/usage-error.ts';
import { fakeTerminal } from './fake-terminal.ts';

describe('what a person is told', () => {
  it('is one line, without a stack', () => {
    expect(explainFailure(new UsageError('unknown flag\n  --x'), {})).toEqual({
      lines: ['skoop: unknown flag --x'],
      exitCode: 3,
    });
  });

  it('names a file that is not there in plain words', async () => {
    const error: unknown = await readFile('/no/such/file').catch((thrown: unknown) => thrown);
    expect(explainFailure(error, {}).lines).toEqual(['skoop: /no/such/file: there is no such file']);
  });

  it('adds the remedy that the error brings', () => {
    const error = new InputError({ file: 'node-a.dump' }, 'is empty', { remedy: 'Take the dump again.' });
    expect(explainFailure(error, {}).lines).toEqual(['skoop: node-a.dump: is empty', 'Take the dump again.']);
  });

  it('tells a fault of our own from a mistake of the user', () => {
    expect(explainFailure(new TypeError('x is not a function'), {}).lines).toHaveLength(2);
  });

  it('shows the stack, causes included, with SKOOP_DEBUG=1', () => {
    const text = explainFailure(new UsageError('outer', { cause: new Error('inner') }), {
      SKOOP_DEBUG: '1',
    }).lines.join('\n');
    expect(text).toMatch(/UsageError: outer[^]*failure\.test\.ts[^]*caused by Error: inner/);
  });
});

describe('exit codes of --exit-code', () => {
  it.each([
    ['reachable', 0],
    ['unreachable', 1],
    ['undetermined', 2],
  ] as const)('%s is %d', (verdict, code) => {
    expect(exitCodeOf(verdict)).toBe(code);
  });

  it.each([
    [[], 0],
    [['reachable'], 0],
    [['reachable', 'undetermined'], 2],
    [['undetermined', 'unreachable', 'reachable'], 1],
  ] as const)('of %j together %d', (verdicts, code) => {
    expect(worstOf(new Set(verdicts))).toBe(code);
  });
});

describe('colour', () => {
  it.each([
    ['auto', true, {}, true],
    ['auto', false, {}, false],
    ['auto', true, { NO_COLOR: '1' }, false],
    ['auto', true, { NO_COLOR: '' }, true],
    ['auto', false, { FORCE_COLOR: '1' }, true],
    ['auto', true, { FORCE_COLOR: '0' }, false],
    ['auto', true, { TERM: 'dumb' }, false],
    ['always', false, { NO_COLOR: '1' }, true],
    ['never', true, { FORCE_COLOR: '1' }, false],
  ] as const)('%s, terminal %s, %j: %s', (choice, isTTY, env, expected) => {
    expect(wantsColor(fakeTerminal({ isTTY, env }), choice)).toBe(expected);
  });
});
