/** `npm run bench`: builds the product and the benchmark as they ship, then measures. `-- --short` takes fewer rounds. */
import { ensureBuild } from './run/build.mjs';
import { ensureModules } from './run/modules.mjs';
import { ROOT, bin, capture, run } from './run/process.mjs';

const OUT = 'node_modules/.cache/bench';

await ensureModules();
await ensureBuild();
// A loader that compiles on the fly names every closure when it is made, which would be measured too.
const built = await capture(bin('tsdown'), [
  'scripts/bench/main.ts',
  '--no-config',
  '--format',
  'esm',
  '--platform',
  'node',
  '--target',
  'node20.19',
  '--no-dts',
  '--out-dir',
  OUT,
  '--log-level',
  'warn',
]);
if (built.code !== 0) console.error(built.output);
process.exitCode =
  built.code === 0 ? await run(process.execPath, [`${ROOT}${OUT}/main.mjs`, ...process.argv.slice(2)]) : 1;
