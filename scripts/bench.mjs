/**
 * `npm run bench`: builds the product and the benchmark as they ship, then measures. `-- --short` takes fewer rounds,
 * `-- --big-cluster` measures a live cluster of 20,000 pods instead.
 */
import { ensureBuild } from './run/build.mjs';
import { ensureModules } from './run/modules.mjs';
import { ROOT, bin, capture, run } from './run/process.mjs';

const OUT = 'node_modules/.cache/bench';

await ensureModules();
await ensureBuild();
const isBig = process.argv.includes('--big-cluster');
const measured = isBig ? 'fetch-objects' : 'main';
// A loader that compiles on the fly names every closure when it is made, which would be measured too.
const built = await capture(bin('tsdown'), [
  `scripts/bench/${measured}.ts`,
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
if (built.code !== 0) process.exitCode = 1;
else if (isBig)
  process.exitCode = await run(bin('tsx'), [`${ROOT}scripts/bench/big-cluster.ts`, ...process.argv.slice(2)]);
else process.exitCode = await run(process.execPath, [`${ROOT}${OUT}/main.mjs`, ...process.argv.slice(2)]);
