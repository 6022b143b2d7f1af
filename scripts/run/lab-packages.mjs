/** The tools that the kernel tests and the laboratory use: what is there, what is missing, and how to get it. */
import { accessSync, constants, readFileSync } from 'node:fs';
import { run } from './process.mjs';

/** Tool and the Debian package that brings it. */
const PACKAGES = {
  ip: 'iproute2',
  bridge: 'iproute2',
  ss: 'iproute2',
  tc: 'iproute2',
  'iptables-legacy-restore': 'iptables',
  'iptables-nft-restore': 'iptables',
  nft: 'nftables',
  'arptables-legacy': 'arptables',
  ipset: 'ipset',
  conntrack: 'conntrack',
  bpftool: 'bpftool',
  bpftrace: 'bpftrace',
  busybox: 'busybox-static',
  bash: 'bash',
  dash: 'dash',
  python3: 'python3-minimal',
  nsenter: 'util-linux',
  unshare: 'util-linux',
  sysctl: 'procps',
  // The shells that skoop completes words in, and what gives them a terminal.
  zsh: 'zsh',
  fish: 'fish',
  script: 'bsdutils',
};

/** What a real Kubernetes needs beside that (lab/kubernetes): the first for it to run, the rest to build it. */
const CLUSTER_PACKAGES = {
  containerd: 'containerd',
  runc: 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  openssl: 'openssl',
  flock: 'util-linux',
  mmdebstrap: 'mmdebstrap',
  buildah: 'buildah',
  gcc: 'gcc',
};

/** What a guest with another kernel needs beside that (lab/guest). */
const GUEST_PACKAGES = {
  'qemu-system-x86_64': 'qemu-system-x86',
  ipvsadm: 'ipvsadm',
  'ebtables-legacy': 'ebtables',
  setpriv: 'util-linux',
  wg: 'wireguard-tools',
  flock: 'util-linux',
};

const FOLDERS = [
  ...new Set([...(process.env.PATH ?? '').split(':'), '/usr/local/sbin', '/usr/sbin', '/sbin', '/usr/bin', '/bin']),
];

export const isRoot = process.getuid?.() === 0;
export const isLinux = process.platform === 'linux';

/** A command by its name, or any program by its path. */
export function hasTool(name) {
  return name.startsWith('/') ? canRun(name) : FOLDERS.some((folder) => canRun(`${folder}/${name}`));
}

function canRun(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Packages whose tools are missing, each once. */
export function missingPackages(packages = PACKAGES) {
  return [
    ...new Set(
      Object.keys(packages)
        .filter((tool) => !hasTool(tool))
        .map((tool) => packages[tool]),
    ),
  ];
}

/** Installs what a real Kubernetes needs where that is ours to do (root on Debian), else says which to ask for. Never fails: tests skip with a reason. Go is not among them: Debian's is too old. */
export async function ensureClusterPackages() {
  await ensure({ ...PACKAGES, ...CLUSTER_PACKAGES });
}

/** The same for all tests and a guest. The guest's kernel is none of them: it is unpacked, not installed. */
export async function ensureGuestPackages() {
  await ensure({ ...PACKAGES, ...GUEST_PACKAGES });
}

async function ensure(packages) {
  if (!isLinux) {
    console.error('The kernel tests need Linux: they are skipped here.');
    return;
  }
  const missing = missingPackages(packages);
  if (missing.length === 0) return;
  if (!isRoot || !isDebian()) {
    console.error(`Some kernel tests are skipped: they need ${missing.join(', ')} (names of Debian packages).`);
    return;
  }
  console.error(`Installing ${missing.join(', ')} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const install = () =>
    run('apt-get', ['install', '-qq', '-y', '--no-install-recommends', ...missing], {
      env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  if ((await install()) === 0) return;
  await run('apt-get', ['update', '-qq'], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  if ((await install()) !== 0)
    console.error(`apt-get could not install ${missing.join(', ')}: tests that need them are skipped.`);
}

function isDebian() {
  try {
    return /^ID(_LIKE)?=.*debian/m.test(readFileSync('/etc/os-release', 'utf8')) && hasTool('apt-get');
  } catch {
    return false;
  }
}
