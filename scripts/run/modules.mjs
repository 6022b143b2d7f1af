/** Sees to it that node_modules is what package-lock.json says; needs nothing but Node and npm itself. */
import { readFileSync } from 'node:fs';
import { ROOT, run } from './process.mjs';

const OLDEST_NODE = [20, 19];

/** Installs where something is missing or of another version. Exits with a message where that is not possible. */
export async function ensureModules() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1])) {
    console.error(`This needs Node ${OLDEST_NODE.join('.')} or newer; this is ${process.versions.node}.`);
    process.exit(1);
  }
  const reason = whyStale();
  if (reason === undefined) return;
  console.error(`Installing the packages (${reason}) …`);
  const code = await run('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error']);
  if (code !== 0) {
    console.error('npm ci failed: nothing can be built without the packages.');
    process.exit(1);
  }
}

/** One reason to install; undefined where every package of the lock file is there in its version. */
function whyStale() {
  const installed = packagesOf('node_modules/.package-lock.json');
  if (installed === undefined) return 'node_modules is not there';
  const wanted = packagesOf('package-lock.json') ?? {};
  for (const [path, { version, optional }] of Object.entries(wanted)) {
    // Packages for other platforms are optional and not installed.
    if (path === '' || (optional === true && installed[path] === undefined)) continue;
    if (installed[path]?.version !== version) return `${path.replace('node_modules/', '')} ${version} is not there`;
  }
  return undefined;
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(`${ROOT}${file}`, 'utf8')).packages;
  } catch {
    return undefined;
  }
}
