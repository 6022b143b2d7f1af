/** Whether a test was skipped for a reason that holds: in CI a skip of something that the machine can do is a failure. */
import { existsSync } from 'node:fs';
import { hiddenFolder } from './hidden-folder.mjs';
import { hasTool, isLinux, isRoot } from './lab-packages.mjs';
import { ROOT, bin, capture } from './process.mjs';

/**
 * Reasons are written `needs root`, `needs linux`, `needs namespaces`, `needs the tool conntrack`; several are joined by
 * `and` or a comma. Returns whether at least one of the things is really not there.
 */
export async function isJustified(note) {
  const needs = /needs (.+)$/i.exec(note)?.[1];
  if (needs === undefined) return false;
  for (const need of needs.split(/,| and /)) if ((await isThere(need.trim())) === false) return true;
  return false;
}

/** undefined: a thing that this does not know how to look for. */
async function isThere(need) {
  const tool = /^(?:the )?tool (\S+)$/.exec(need)?.[1];
  if (tool === 'kube-apiserver') return isBuilt();
  if (tool !== undefined) return hasTool(tool);
  if (need === 'a checkout that others can read') return hiddenFolder(ROOT) === undefined;
  if (need === 'cgroup v1') return existsSync('/sys/fs/cgroup/cpuset');
  if (/^linux/i.test(need)) return isLinux;
  if (need.startsWith('root')) return isRoot;
  if (/namespaces?$/.test(need))
    return isLinux && (await capture('unshare', ['--user', '--map-root-user', '--net', 'true'])).code === 0;
  if (need === 'flowtables in the kernel')
    return (await capture('unshare', ['--user', '--map-root-user', '--net', 'nft', FLOWTABLE])).code === 0;
  return undefined;
}

const FLOWTABLE = 'add table t; add flowtable t f { hook ingress priority 0; devices = { lo }; }';

/** It is no package of Debian: `npm run cluster -- build` makes it. */
async function isBuilt() {
  const ask = `import('./lab/kubernetes/api-server-alone.ts').then((it) => process.exit(it.missingForApiServer() === undefined ? 0 : 1))`;
  return (await capture(bin('tsx'), ['-e', ask])).code === 0;
}
