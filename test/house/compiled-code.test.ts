import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

/** The code that the built program keeps for its next run: `npm test` builds it first. */
const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/skoop.cjs');
const QUESTION = ['-s', 'shop/client-a', '-d', 'web.shop', '-p', '80', '--bundle', 'examples/two-nodes.skoop'];
const home = mkdtempSync(join(tmpdir(), 'skoop-compiled-'));
const folder = join(home, 'skoop', 'compiled');
afterAll(() => rmSync(home, { recursive: true, force: true }));
beforeEach(() => rmSync(join(home, 'skoop'), { recursive: true, force: true }));

function run(env: Readonly<Record<string, string>> = {}) {
  return spawnSync(process.execPath, [PROGRAM, ...QUESTION], {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, XDG_CACHE_HOME: home, ...env },
  });
}

const kept = (): readonly string[] => readdirSync(folder).toSorted();
const diagnose = (): string =>
  join(
    folder,
    kept().find((name) => name.includes('-diagnose-'))!,
  );
const inode = (): number => statSync(diagnose()).ino;

describe.skipIf(!existsSync(PROGRAM))('compiled code that is kept (needs a build: npm run build)', () => {
  it('is written once, for its owner alone, and the answer stays the same', () => {
    const first = run();
    expect(first).toMatchObject({ status: 0, stderr: '' });
    expect(kept()).toEqual([
      expect.stringMatching(/^v[\d.]+-\w+-diagnose-[\w-]{8}\.cjs$/),
      expect.stringMatching(/^v[\d.]+-\w+-start-[\w-]{8}\.cjs$/),
    ]);
    expect([statSync(folder).mode & 0o777, statSync(diagnose()).mode & 0o777]).toEqual([0o700, 0o600]);
    const written = inode();
    expect(run()).toMatchObject({ status: 0, stdout: first.stdout, stderr: '' });
    expect(inode()).toBe(written);
  });

  it.each<readonly [why: string, spoil: () => void]>([
    [
      'a byte of it has changed',
      () => {
        const bytes = readFileSync(diagnose());
        bytes[bytes.length >> 1]! ^= 0xff;
        writeFileSync(diagnose(), bytes);
      },
    ],
    ['it is cut off', () => writeFileSync(diagnose(), readFileSync(diagnose()).subarray(0, 1000))],
    ['it is empty', () => writeFileSync(diagnose(), '')],
    ['others may write it', () => chmodSync(diagnose(), 0o666)],
  ])('is not used and made anew when %s', (_, spoil) => {
    const first = run();
    spoil();
    const spoilt = inode();
    expect(run()).toMatchObject({ status: 0, stdout: first.stdout, stderr: '' });
    expect(inode()).not.toBe(spoilt);
  });

  it('is done without where the folder cannot be made', () => {
    mkdirSync(join(home, 'skoop'));
    writeFileSync(folder, 'a file');
    expect(run()).toMatchObject({ status: 0, stderr: '' });
    expect(readFileSync(folder, 'utf8')).toBe('a file');
  });

  it('is turned off as that of Node is', () => {
    expect(run({ NODE_DISABLE_COMPILE_CACHE: '1' })).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(folder)).toBe(false);
  });

  it('is of files without import(), which such code cannot run', () => {
    run();
    const files = kept().map((name) => name.split('-').slice(2).join('-'));
    expect(files).toHaveLength(2);
    const large = readdirSync(join(ROOT, 'dist')).filter(
      (name) => name.endsWith('.cjs') && statSync(join(ROOT, 'dist', name)).size >= 40_000,
    );
    expect(large).toEqual(expect.arrayContaining(files));
    expect(large.filter((name) => readFileSync(join(ROOT, 'dist', name), 'latin1').includes('import('))).toEqual([]);
  });

  it('is forgotten when others were used since', () => {
    mkdirSync(folder, { recursive: true });
    for (let i = 0; i < 20; i++) writeFileSync(join(folder, `old-${i}`), '');
    run();
    expect(kept()).toHaveLength(8);
    expect(kept().filter((name) => !name.startsWith('old'))).toHaveLength(2);
  });
});
