/** `npm run lab`: installs what a guest needs where that is ours to do, then lab/main.ts. */
import { spawn } from 'node:child_process';
import { ensureGuestPackages } from './run/lab-packages.mjs';
import { ROOT, bin } from './run/process.mjs';

const args = process.argv.slice(2);
if (args.includes('--guest')) await ensureGuestPackages();
const child = spawn(bin('tsx'), ['lab/main.ts', ...args], { cwd: ROOT, stdio: 'inherit' });
// a terminal's Ctrl-C has reached it already
process.on('SIGINT', () => {});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('close', (code) => {
  process.exitCode = code ?? 1;
});
