/** The single executable file: built, and run where there is no Node. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'examples/two-nodes.skoop');
const QUESTION = ['-s', 'shop/client-a', '-d', '203.0.113.82', '-p', '80', '--bundle', BUNDLE];
const home = mkdtempSync(join(tmpdir(), 'skoop-binary-test-'));
let file = '';

beforeAll(() => {
  const built = spawnSync(process.execPath, [join(ROOT, 'scripts/binary.mjs')], { encoding: 'utf8' });
  expect(built).toMatchObject({ status: 0 });
  file = join(ROOT, built.stdout.trim().split('\n').at(-1)!);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function run(command: string, args: readonly string[], path: string) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    encoding: 'utf8',
    cwd: home,
    env: { HOME: home, PATH: path },
  });
  return { status, stdout, stderr };
}

const alone = (...args: string[]) => run(file, args, '/nonexistent');
const program = (...args: string[]) =>
  run(process.execPath, [join(ROOT, 'dist/skoop.cjs'), ...args], process.env.PATH ?? '');

it.each([
  ['its version', ['--version']],
  ['help', ['--help']],
  ['an answer', QUESTION],
  ['every step of it', [...QUESTION, '--verbose']],
  ['JSON', [...QUESTION, '--format', 'json', '--output', '-']],
  ['a drawing', [...QUESTION, '--format', 'svg', '--output', '-']],
  ['what is in a bundle', ['bundle', 'show', BUNDLE]],
  ['a mistake', ['--dprt=80']],
  ['that there is no cluster', ['-s', 'a', '-d', 'b']],
])('says %s as the package does', (_what, args) => {
  const said = alone(...args);
  expect(said).toEqual(program(...args));
  expect(said.stdout + said.stderr).not.toBe('');
});

it('carries the collector', () => {
  const script = readFileSync(join(ROOT, 'src/collector/collect.sh'), 'utf8');
  expect(alone('collect', '--print-script')).toEqual({ status: 0, stdout: script, stderr: '' });
});
