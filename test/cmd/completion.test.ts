import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { COMPLETION_SCRIPTS } from '../../src/cmd/completion/scripts.ts';
import { completionOf } from '../../src/cmd/completion/words.ts';
import { skoop } from '../../src/cmd/wiring.ts';

describe('what may stand at the cursor', () => {
  it.each([
    [['ag'], { kind: 'words', words: ['agent'] }],
    [['agent', 'un'], { kind: 'words', words: ['uninstall'] }],
    [['--save'], { kind: 'words', words: ['--save-bundle'] }],
    [['--format', ''], { kind: 'words', words: ['text', 'json', 'd2', 'svg'] }],
    [['--collector-cri'], { kind: 'words', words: [] }],
    [['-s', 'shop/cl'], { kind: 'names', of: 'end', prefix: 'shop/cl' }],
    [['--dst', ''], { kind: 'names', of: 'end', prefix: '' }],
    [['-s', 'a', '-n', 'sh'], { kind: 'names', of: 'namespace', prefix: 'sh' }],
    [['bundle', 'capture', '--nodes', ''], { kind: 'names', of: 'node', prefix: '' }],
    [['--bundle', ''], { kind: 'none' }],
    [['--probe', '--verb'], { kind: 'words', words: ['--verbose'] }],
  ] as const)('after %j', (words, expected) => expect(completionOf(skoop, words)).toEqual(expected));
});

describe('the scripts', () => {
  it('is one that bash takes', () => {
    const { status, stderr } = spawnSync('bash', ['-n'], { input: COMPLETION_SCRIPTS.bash, encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
