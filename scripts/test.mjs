/**
 * `npm test`: sets everything up, checks, builds, runs all tests, and says what it left out and why.
 * Words after `--` go to vitest (`npm test -- test/cmd`); then only those tests run.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { ensureBuild } from './run/build.mjs';
import { runChecks } from './run/checks.mjs';
import { ensureLabPackages } from './run/lab-packages.mjs';
import { ensureModules } from './run/modules.mjs';
import { bin, run } from './run/process.mjs';
import { isJustified } from './run/skips.mjs';

const filters = process.argv.slice(2);
const isCI = ['true', '1'].includes(process.env.CI ?? '');

await ensureModules();
await ensureLabPackages();
const checks = filters.length === 0 ? await runChecks() : { passed: 0, failed: [] };
await ensureBuild();
const tally = await runVitest();

const unjustified = [];
for (const { name, note } of tally.skipped) {
  console.log(`skipped: ${name}: ${note === '' ? 'no reason given' : note}`);
  if (isCI && !(await isJustified(note))) unjustified.push(name);
}
for (const name of checks.failed) console.log(`failed: check ${name}`);
for (const name of unjustified) console.log(`failed: ${name} was skipped though this machine can run it`);

const failed = tally.failed + checks.failed.length + unjustified.length;
console.log(
  `${tally.passed + checks.passed} passed, ${failed} failed, ${tally.skipped.length - unjustified.length} skipped`,
);
process.exitCode = failed === 0 ? 0 : 1;

async function runVitest() {
  const folder = mkdtempSync(`${tmpdir()}/skoop-test-`);
  const file = `${folder}/tally.json`;
  try {
    const code = await run(
      bin('vitest'),
      ['run', '--reporter=default', '--reporter=./scripts/run/tally-reporter.mjs', ...filters],
      {
        env: { ...process.env, SKOOP_TALLY: file },
      },
    );
    const result = JSON.parse(readFileSync(file, 'utf8'));
    // vitest may fail for reasons that are no test's: no test found, a worker that died.
    return code !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result;
  } catch (error) {
    console.error(`vitest gave no result: ${error.message}`);
    return { passed: 0, failed: 1, skipped: [] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
