/** `npm run check`: everything that can be said about the code without running it. `npm run check -- lint types` runs some. */
import { CHECKS, runChecks } from './run/checks.mjs';
import { ensureModules } from './run/modules.mjs';

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !CHECKS.some((check) => check.name === name));
if (unknown.length > 0) {
  console.error(`There is no check ${unknown.join(', ')}; there are ${CHECKS.map((check) => check.name).join(', ')}.`);
  process.exit(1);
}
await ensureModules();
const { passed, failed } = await runChecks(
  asked.length === 0 ? CHECKS : CHECKS.filter((check) => asked.includes(check.name)),
);
console.log(`${passed} checks passed, ${failed.length} failed`);
process.exitCode = failed.length === 0 ? 0 : 1;
