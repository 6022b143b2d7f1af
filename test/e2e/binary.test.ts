/** The single executable file: built, and run where there is no Node. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VERSION } from '../../src/cmd/version.ts';

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

describe('a release', () => {
  const release = (...words: string[]) =>
    spawnSync(process.execPath, ['--import', import.meta.resolve('tsx'), join(ROOT, 'scripts/release.ts'), ...words], {
      encoding: 'utf8',
    });

  it('has a manifest that krew can install by: address, checksum and program', { timeout: 120_000 }, () => {
    const folder = join(home, 'release');
    const made = release('--address', 'https://downloads.example/v1/', '--into', folder);
    expect(made.status, made.stderr).toBe(0);
    const { spec } = parse(readFileSync(join(folder, 'skoop.yaml'), 'utf8')) as Manifest;
    expect(spec.version).toBe(`v${VERSION}`);
    expect(spec.platforms).toHaveLength(1);
    const { selector, uri, sha256, bin } = spec.platforms[0]!;
    expect(selector.matchLabels).toEqual({
      os: process.platform,
      arch: process.arch === 'x64' ? 'amd64' : process.arch,
    });
    const archive = `skoop-${process.platform}-${process.arch}.tar.gz`;
    expect(uri).toBe(`https://downloads.example/v1/${archive}`);
    writeFileSync(join(folder, 'sums'), `${sha256}  ${archive}\n`);
    expect(spawnSync('sha256sum', ['-c', 'sums'], { cwd: folder, encoding: 'utf8' }).stdout).toBe(`${archive}: OK\n`);
    expect(spawnSync('tar', ['-xzf', archive], { cwd: folder }).status).toBe(0);
    expect(readdirSync(folder)).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE']));
    expect(run(join(folder, bin), ['--version'], '/nonexistent')).toMatchObject({ stdout: `skoop ${VERSION}\n` });
  });

  it.each([[['--into', 'x']], [['--address', 'http://downloads.example']]])('needs an address: %j', (words) => {
    expect(release(...words)).toMatchObject({
      status: 1,
      stderr: 'release: --address names where the archives will be: https://HOST/PATH\n',
    });
  });
});

interface Manifest {
  readonly spec: {
    readonly version: string;
    readonly platforms: readonly {
      readonly selector: { readonly matchLabels: Readonly<Record<string, string>> };
      readonly uri: string;
      readonly sha256: string;
      readonly bin: string;
    }[];
  };
}
