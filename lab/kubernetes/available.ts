/** Whether this machine can run a cluster, and if not, what it needs. */
import { accessSync, constants } from 'node:fs';
import { hasHierarchies } from './cgroups.ts';

/** Each by the Debian package of scripts/run/lab-packages.mjs. */
const TOOLS = [
  'ip',
  'iptables',
  'ip6tables',
  'nft',
  'conntrack',
  'nsenter',
  'unshare',
  'flock',
  'sysctl',
  'bash',
  'mount',
  'containerd',
  'runc',
  '/usr/lib/cni/bridge',
  'openssl',
  'python3',
];
/** Only to build what is not in the cache. */
const BUILD_TOOLS = ['go', 'gcc', 'mmdebstrap', 'busybox'];

const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Undefined where nothing is missing; else `needs …`. */
export function missing(isBuilt = true): string | undefined {
  if (process.platform !== 'linux') return 'needs linux';
  if (process.getuid?.() !== 0) return 'needs root';
  const lacking = [...TOOLS, ...(isBuilt ? [] : BUILD_TOOLS)].filter((tool) => !isThere(tool));
  if (lacking.length > 0) return `needs ${lacking.map((tool) => `the tool ${tool}`).join(', ')}`;
  if (!hasHierarchies()) return 'needs cgroup v1';
  return undefined;
}

const isThere = (tool: string): boolean =>
  tool.startsWith('/')
    ? canRun(tool)
    : [...FOLDERS, ...(process.env.PATH ?? '').split(':')].some((folder) => canRun(`${folder}/${tool}`));

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
