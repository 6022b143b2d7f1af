/** `npm run bench`: builds, then measures. `-- --short` takes fewer runs. */
import { ensureBuild } from './run/build.mjs';
import { ensureModules } from './run/modules.mjs';
import { bin, run } from './run/process.mjs';

await ensureModules();
await ensureBuild();
process.exitCode = await run(bin('tsx'), ['scripts/bench/main.ts', ...process.argv.slice(2)]);
