/**
 * `npm run e2e`: the tests that stand on a real Kubernetes. Builds it first, which takes ten minutes on a new machine.
 * Words after `--` go to vitest.
 */
import { ensureBuild } from './run/build.mjs';
import { ensureClusterPackages, isLinux, isRoot } from './run/lab-packages.mjs';
import { ensureModules } from './run/modules.mjs';
import { bin, run } from './run/process.mjs';
import { runVitest, sum } from './run/vitest.mjs';

await ensureModules();
await ensureClusterPackages();
await ensureBuild();
// where it cannot be built the tests say what is missing
if (isLinux && isRoot) await run(bin('tsx'), ['lab/kubernetes/main.ts', 'build']);
await sum(await runVitest(['--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)]));
