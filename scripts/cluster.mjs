/** `npm run cluster`: installs what a real Kubernetes needs where that is ours to do, then lab/kubernetes/main.ts. */
import { ensureClusterPackages } from './run/lab-packages.mjs';
import { ensureModules } from './run/modules.mjs';
import { bin, run } from './run/process.mjs';

const args = process.argv.slice(2);
await ensureModules();
if (args.includes('up') || args.includes('build')) await ensureClusterPackages();
// it says itself that it was interrupted, when it has cleaned up
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => {});
process.exitCode = await run(bin('tsx'), ['lab/kubernetes/main.ts', ...args]);
