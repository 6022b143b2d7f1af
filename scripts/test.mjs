/**
 * `npm test`: sets everything up, checks, builds, runs all tests, and says what it left out and why.
 * Words after `--` go to vitest (`npm test -- test/cmd`); then only those tests run.
 */
import { ensureBuild } from './run/build.mjs';
import { runChecks } from './run/checks.mjs';
import { ensureGuestPackages } from './run/lab-packages.mjs';
import { ensureModules } from './run/modules.mjs';
import { runVitest, sum } from './run/vitest.mjs';

const filters = process.argv.slice(2);

await ensureModules();
await ensureGuestPackages();
const checks = filters.length === 0 ? await runChecks() : { passed: 0, failed: [] };
await ensureBuild();
const tally = await runVitest(filters);

await sum(tally, checks);
