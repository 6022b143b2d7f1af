/** Runs vitest, and says at the end what passed, what failed and what was left out and why. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { bin, run } from './process.mjs';
import { isJustified } from './skips.mjs';

/** @type {{ passed: number, failed: string[] }} */
const NO_CHECKS = { passed: 0, failed: [] };
const isCI = ['true', '1'].includes(process.env.CI ?? '');

/** Counts, and each skipped test with its reason. */
export async function runVitest(args) {
  const folder = mkdtempSync(`${tmpdir()}/skoop-test-`);
  const file = `${folder}/tally.json`;
  const reporters = ['--reporter=default', '--reporter=./scripts/run/tally-reporter.mjs'];
  try {
    const code = await run(bin('vitest'), ['run', ...reporters, ...args], {
      env: { ...process.env, SKOOP_TALLY: file },
    });
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

/** The last line, and the exit code. In CI a test that was skipped though this machine can run it counts as failed. */
export async function sum(tally, checks = NO_CHECKS) {
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
}
