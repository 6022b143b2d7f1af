/**
 * Writes what is generated from tables in the source: docs/findings from the texts of the findings, schema/
 * and docs/output.md from the schemas of results and queries, docs/skoop.1 from the flags, docs/fidelity.md from the evaluators' registries. With `--check` it writes nothing and fails where a file is stale.
 */
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSION } from '../src/cmd/version.ts';
import { skoop } from '../src/cmd/wiring.ts';
import { FINDING_GROUPS } from '../src/ui/findings/index.ts';
import { findingIndex, findingPage } from '../src/ui/findings/page.ts';
import { answerSchema, outputPage, querySchema, resultSchema } from '../src/ui/json-schema-page.ts';
import { fidelityPage } from './fidelity/page.ts';
import { manPage } from './man-page.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const FINDINGS = 'docs/findings';

/** Content by path from the root. */
function generated(): Map<string, string> {
  const files = new Map<string, string>();
  files.set(`${FINDINGS}/README.md`, findingIndex());
  for (const { entries } of FINDING_GROUPS) {
    for (const [code, info] of Object.entries(entries)) files.set(`${FINDINGS}/${code}.md`, findingPage(code, info));
  }
  files.set('schema/result.json', `${JSON.stringify(resultSchema(), undefined, 2)}\n`);
  files.set('schema/query.json', `${JSON.stringify(querySchema(), undefined, 2)}\n`);
  files.set('schema/answer.json', `${JSON.stringify(answerSchema(), undefined, 2)}\n`);
  files.set('docs/output.md', outputPage());
  files.set('docs/skoop.1', manPage(skoop, VERSION));
  files.set('docs/fidelity.md', fidelityPage(root));
  return files;
}

async function leftovers(files: ReadonlyMap<string, string>): Promise<string[]> {
  const present = await readdir(join(root, FINDINGS)).catch(() => []);
  return present.map((name) => `${FINDINGS}/${name}`).filter((file) => !files.has(file));
}

async function check(files: ReadonlyMap<string, string>): Promise<number> {
  const stale: string[] = await leftovers(files);
  for (const [file, content] of files) {
    const present = await readFile(join(root, file), 'utf8').catch(() => undefined);
    if (present !== content) stale.push(file);
  }
  for (const file of stale) console.error(`stale: ${file}`);
  if (stale.length > 0) console.error('npm run docs writes them anew');
  return stale.length > 0 ? 1 : 0;
}

async function write(files: ReadonlyMap<string, string>): Promise<number> {
  for (const file of await leftovers(files)) await rm(join(root, file));
  for (const [file, content] of files) {
    await mkdir(dirname(join(root, file)), { recursive: true });
    await writeFile(join(root, file), content);
  }
  console.log(`wrote ${files.size} files`);
  return 0;
}

process.exitCode = await (process.argv.includes('--check') ? check : write)(generated());
