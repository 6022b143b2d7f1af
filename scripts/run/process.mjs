/** Runs a program and waits for it. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The top of the repository. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The program writes to our own streams. Returns its exit code; a signal counts as 128 and more. */
export function run(command, args, options = {}) {
  return wait(spawn(command, args, { cwd: ROOT, stdio: 'inherit', ...options })).then(({ code }) => code);
}

/** Both streams of the program as one text, beside its exit code. */
export async function capture(command, args, options = {}) {
  const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'], ...options });
  const chunks = [];
  child.stdout.on('data', (chunk) => chunks.push(chunk));
  child.stderr.on('data', (chunk) => chunks.push(chunk));
  const { code, error } = await wait(child);
  return { code, output: `${Buffer.concat(chunks).toString()}${error === undefined ? '' : `${error.message}\n`}` };
}

/** Path of a program that node_modules brings. */
export function bin(name) {
  return fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
}

function wait(child) {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ code: 127, error }));
    child.once('close', (code, signal) => resolve({ code: code ?? 128 + (signal === 'SIGINT' ? 2 : 15) }));
  });
}
