/** Sees to it that dist/ is not older than what it is made from. */
import { readdirSync, statSync } from 'node:fs';
import { ROOT, bin, capture } from './process.mjs';

const SOURCES = ['src', 'package.json', 'package-lock.json', 'tsdown.config.ts', 'tsconfig.json'];

/** Builds where that is needed. Exits with the builder's own words where it fails. */
export async function ensureBuild() {
  if (timeOf('dist/skoop.cjs') > Math.max(...SOURCES.map(newest))) return;
  console.error('Building …');
  const { code, output } = await capture(bin('tsdown'), ['--log-level', 'warn']);
  if (code === 0) return;
  console.error(`${output}The build failed.`);
  process.exit(1);
}

function newest(path) {
  const own = timeOf(path);
  if (!statSync(`${ROOT}${path}`).isDirectory()) return own;
  return Math.max(own, ...readdirSync(`${ROOT}${path}`).map((name) => newest(`${path}/${name}`)));
}

/** Milliseconds since 1970; 0 where there is no such file. */
function timeOf(path) {
  return statSync(`${ROOT}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
