/** What `npm run check` looks at: each is one program that says nothing but its exit code and, where it fails, why. */
import { bin, capture } from './process.mjs';

export const CHECKS = [
  { name: 'types', command: 'tsc', args: ['-p', '.'] },
  { name: 'lint', command: 'oxlint', args: ['--type-aware', '--deny-warnings'] },
  { name: 'format', command: 'oxfmt', args: ['--check'] },
  { name: 'layers', command: 'depcruise', args: ['--config', '.dependency-cruiser.mjs', 'src'] },
  { name: 'unused code', command: 'knip', args: [] },
  { name: 'duplicates', command: 'jscpd', args: ['--config', '.jscpd.json'] },
  { name: 'generated docs', command: 'tsx', args: ['scripts/gen-docs.ts', '--check'] },
  { name: 'picture', command: 'tsx', args: ['scripts/screenshot.ts', '--check'] },
  { name: 'live example', command: 'tsx', args: ['scripts/live-example.ts', '--check'] },
  { name: 'API docs', command: 'typedoc', args: ['--emit', 'none'] },
];

/** Runs them two at a time and prints a line for each. Returns how many passed and the names of those that did not. */
export async function runChecks(checks = CHECKS) {
  const waiting = [...checks];
  const failed = [];
  const worker = async () => {
    for (let check = waiting.shift(); check !== undefined; check = waiting.shift()) {
      const started = performance.now();
      const { code, output } = await capture(bin(check.command), check.args, {
        env: { ...process.env, FORCE_COLOR: '0', NO_COLOR: '1' },
      });
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      console.log(`${code === 0 ? 'ok  ' : 'FAIL'} ${check.name} (${seconds} s)`);
      if (code === 0) continue;
      console.log(output.trimEnd().replaceAll(/^/gm, '     '));
      failed.push(check.name);
    }
  };
  await Promise.all([worker(), worker()]);
  return { passed: checks.length - failed.length, failed };
}
