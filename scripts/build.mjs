/** `npm run build` */
import { ensureModules } from './run/modules.mjs';
import { bin, run } from './run/process.mjs';

await ensureModules();
process.exitCode = await run(bin('tsdown'), process.argv.slice(2));
