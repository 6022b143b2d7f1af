import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

/** What is shipped, as it is shipped: `npm test` builds it first. */
const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = join(ROOT, 'dist/skoop.cjs');
const folder = mkdtempSync(join(tmpdir(), 'skoop-dist-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function skoop(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...args], { cwd: folder, encoding: 'utf8' });
}

describe.skipIf(!existsSync(PROGRAM))('the built command line (needs a build: npm run build)', () => {
  it('brings collect.sh', () => {
    expect(skoop('collect', '--print-script').stdout).toBe(
      readFileSync(join(ROOT, 'src/collector/collect.sh'), 'utf8'),
    );
  });

  it('draws, though elkjs is a package of its own', () => {
    const { stdout, stderr } = skoop(
      '-s',
      'shop/client-a',
      '-d',
      'web.shop',
      '-p',
      '80',
      '--bundle',
      join(ROOT, 'examples/two-nodes.skoop'),
      '--format=svg',
      '--output=-',
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^<svg[^]*<\/svg>\n$/);
  });

  it('makes a bundle of objects in YAML, shows it and checks it', () => {
    writeFileSync(
      join(folder, 'objects.yaml'),
      'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: node-a}\n',
    );
    expect(skoop('bundle', 'create', '--objects', 'objects.yaml', '-o', 'made.skoop')).toMatchObject({
      status: 0,
      stdout: '',
      stderr: expect.stringMatching(/^wrote made\.skoop: 0 nodes, 2 objects, \d+ KiB\n$/) as string,
    });
    expect(skoop('bundle', 'show', 'made.skoop').stdout).toContain('objects: 1 Namespace, 1 Node');
    expect(skoop('bundle', 'check', 'made.skoop')).toMatchObject({ status: 0, stdout: 'made.skoop can be read\n' });
  });

  it('loads nothing of a diagnosis for --help', () => {
    const listing = join(folder, 'loaded.cjs');
    writeFileSync(listing, `process.on('exit', () => console.error(Object.keys(require.cache).join('\\n')));`);
    const seen = spawnSync(process.execPath, ['--require', listing, PROGRAM, '--help'], { encoding: 'utf8' });
    expect(seen.stdout).toContain('Usage: skoop');
    const chunks = [...seen.stderr.matchAll(/\/dist\/([a-z-]+?)(?:-[\w-]{8})?\.cjs$/gm)].map((match) => match[1]);
    expect(new Set(chunks)).toEqual(new Set(['rolldown-runtime', 'skoop', 'start']));
  });

  it('has licences of what is built in', () => {
    expect(readFileSync(join(ROOT, 'dist/licenses.txt'), 'utf8')).toMatch(
      /^commander \d[^]*^tar-stream \d[^]*^yaml \d/m,
    );
  });
});

describe.skipIf(!existsSync(join(ROOT, 'dist/index.js')))('the built API (needs a build: npm run build)', () => {
  beforeEach(() => {
    writeFileSync(
      join(folder, 'ask.mjs'),
      `
      import { Context, bundleCollector, openBundle, openNetwork, renderText, toJson } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
      const bundle = openBundle(${JSON.stringify(join(ROOT, 'examples/two-nodes.skoop'))});
      const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, new Context());
      const path = await network.diagnose({ src: 'shop/client-a', dst: 'web.shop', port: 80 });
      console.log(JSON.stringify([path.verdict, toJson(path).verdict, renderText(path, { color: false, width: 80, verbose: false }).length > 100]));
    `,
    );
  });

  it('answers as the docstring of src/index.ts says', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [join(folder, 'ask.mjs')], { encoding: 'utf8' });
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual(['reachable', 'reachable', true]);
  });

  it('has types that a strict project can use', () => {
    writeFileSync(
      join(folder, 'ask.mts'),
      `
      import { Context, bundleCollector, openBundle, openNetwork, toJson } from ${JSON.stringify(join(ROOT, 'dist/index.js'))};
      const bundle = openBundle('incident.skoop');
      const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, new Context());
      const path = await network.diagnose({ src: 'web/client', dst: 'api', port: 'http' });
      const verdict: 'reachable' | 'unreachable' | 'undetermined' = path.verdict;
      const level: number | undefined = toJson(path).cluster.suspicions[0]?.level;
      // @ts-expect-error: the field must be known, not any
      console.log(verdict, level, path.nonsense);
    `,
    );
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023', '--types', 'node'];
    const { stdout } = spawnSync(
      process.execPath,
      [
        join(ROOT, 'node_modules/typescript/bin/tsc'),
        ...options,
        '--typeRoots',
        join(ROOT, 'node_modules/@types'),
        'ask.mts',
      ],
      { cwd: folder, encoding: 'utf8' },
    );
    expect(stdout).toBe('');
  });
});
