/** `npm run cluster`: installs what a real Kubernetes needs where that is ours to do, then lab/kubernetes/main.ts. */
import { spawn } from 'node:child_process';
import { ensureClusterPackages } from './run/lab-packages.mjs';
import { ensureModules } from './run/modules.mjs';
import { ROOT, bin } from './run/process.mjs';

const args = process.argv.slice(2);
await ensureModules();
if (args.includes('up') || args.includes('build')) await ensureClusterPackages();
const child = spawn(bin('tsx'), ['lab/kubernetes/main.ts', ...args], { cwd: ROOT, stdio: 'inherit' });
// it cleans up and says itself that it was interrupted; a terminal's Ctrl-C has reached it already
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
