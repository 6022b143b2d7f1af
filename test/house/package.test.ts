import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { VERSION } from '../../src/cmd/version.ts';

const ROOT = join(import.meta.dirname, '../..');

interface Manifest {
  readonly version: string;
  readonly scripts: Readonly<Record<string, string>>;
  readonly files: readonly string[];
}
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as Manifest;

function pagesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder)).flatMap((name) => {
    const path = join(folder, name);
    if (name === 'api') return [];
    return statSync(join(ROOT, path)).isDirectory() ? pagesIn(path) : name.endsWith('.md') ? [path] : [];
  });
}
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...pagesIn('docs')];

describe('the package', () => {
  it('has the version that the command line prints', () => {
    expect(VERSION).toBe(manifest.version);
  });

  it('has its version in the changelog', () => {
    expect(readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8')).toContain(`## ${manifest.version}`);
  });

  it('ships the licence and the notices', () => {
    expect(manifest.files).toEqual(expect.arrayContaining(['LICENSE', 'NOTICE']));
    expect(readFileSync(join(ROOT, 'LICENSE'), 'utf8')).toContain('Version 2.0, January 2004');
  });
});

describe('the documentation', () => {
  it.each(pages)('%s: links lead somewhere', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8').replaceAll(/```[^]*?```|`[^`]*`/g, '');
    const targets = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!.split('#')[0]!);
    const local = targets.filter((target) => target !== '' && !/^[a-z]+:/.test(target));
    const broken = local.filter((target) => !existsSync(join(ROOT, dirname(page), target)));
    expect(broken).toEqual([]);
  });

  it.each(pages)('%s: commands and files of the repository that it names exist', (page) => {
    const text = readFileSync(join(ROOT, page), 'utf8');
    const scripts = [...text.matchAll(/npm run ([a-z][\w-]*)/g)].map((match) => match[1]!);
    expect(scripts.filter((name) => !(name in manifest.scripts))).toEqual([]);
    const files = [...text.matchAll(/`((?:src|lab|test|scripts|examples|schema|docs)\/[\w./-]*\w)`/g)].map(
      (match) => match[1]!,
    );
    const missing = files.filter((file) => !existsSync(join(ROOT, file)));
    expect(missing.map((file) => relative('.', file))).toEqual([]);
  });
});
