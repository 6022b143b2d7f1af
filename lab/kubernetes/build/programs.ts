/** Builds the programs of a cluster from their Go modules: Kubernetes' own, etcd, flanneld and the echo server. */
import { readFileSync } from 'node:fs';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { VERSIONS } from '../versions.ts';
import type { Recipe } from './cache.ts';
import { succeed } from '../process.ts';

const COMMANDS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-proxy', 'kubectl'];
const GO = '1.26.0';
const ECHO = fileURLToPath(new URL('echo/', import.meta.url));

export const KUBERNETES: Recipe = {
  name: 'kubernetes',
  from: [VERSIONS.kubernetes, ...COMMANDS],
  make: async (folder) =>
    inModule(folder, async (module) => {
      await writeFile(join(module, 'go.mod'), await kubernetesModule());
      const [major, minor] = VERSIONS.kubernetes.split('.');
      const version = 'k8s.io/component-base/version';
      const values = [`gitVersion=v${VERSIONS.kubernetes}`, `gitMajor=${major}`, `gitMinor=${minor}`];
      const flags = values.map((value) => `-X ${version}.${value}`).join(' ');
      const packages = COMMANDS.map((name) => `k8s.io/kubernetes/cmd/${name}`);
      await go(module, ['build', '-trimpath', '-ldflags', `-s -w ${flags}`, '-o', `${folder}/`, ...packages]);
    }),
};

export const ETCD: Recipe = {
  name: 'etcd',
  from: [VERSIONS.etcd],
  make: async (folder) => oneProgram('go.etcd.io/etcd/server/v3', VERSIONS.etcd, join(folder, 'etcd')),
};

export const FLANNEL: Recipe = {
  name: 'flannel',
  from: [VERSIONS.flannel],
  // its udp backend is C, which is linked in even where it is not used
  make: async (folder) => oneProgram('github.com/flannel-io/flannel', VERSIONS.flannel, join(folder, 'flanneld'), true),
};

export const ECHO_SERVER: Recipe = {
  name: 'echo',
  from: ['go.mod', 'main.go', 'tcp.go', 'udp.go'].map((name) => readFileSync(join(ECHO, name), 'utf8')),
  make: async (folder) =>
    inModule(folder, async (module) => {
      await cp(ECHO, module, { recursive: true });
      await go(module, ['build', '-trimpath', '-ldflags', '-s -w', '-o', join(folder, 'echo'), '.']);
    }),
};

/**
 * k8s.io/kubernetes names its staging modules by folders of its repository, which a module download does not have:
 * each is replaced by the version that is published beside it (1.36.3 is v0.36.3).
 */
async function kubernetesModule(): Promise<string> {
  const answer = await go(tmpdir(), ['mod', 'download', '-json', `k8s.io/kubernetes@v${VERSIONS.kubernetes}`]);
  const { GoMod: path } = JSON.parse(answer) as { readonly GoMod: string };
  const staging = [...(await readFile(path, 'utf8')).matchAll(/^\s*(?:replace )?(k8s\.io\/\S+) => \.\/staging\//gm)];
  const published = `v${VERSIONS.kubernetes.replace(/^1\./, '0.')}`;
  return [
    'module cluster',
    `go ${GO}`,
    `require k8s.io/kubernetes v${VERSIONS.kubernetes}`,
    ...staging.map((match) => `replace ${match[1]} => ${match[1]} ${published}`),
    '',
  ].join('\n');
}

async function oneProgram(path: string, version: string, file: string, isCgo = false): Promise<void> {
  await inModule(dirname(file), async (module) => {
    await writeFile(join(module, 'go.mod'), `module cluster\ngo ${GO}\nrequire ${path} v${version}\n`);
    const flags = isCgo ? '-s -w -extldflags -static' : '-s -w';
    await go(module, ['build', '-trimpath', '-ldflags', flags, '-o', file, path], isCgo);
  });
}

/** Beside what is made, so that what a killed build leaves of it goes with the rest. */
async function inModule(folder: string, action: (module: string) => Promise<void>): Promise<void> {
  const module = `${folder}.module`;
  await mkdir(module, { recursive: true });
  try {
    await action(module);
  } finally {
    await rm(module, { recursive: true, force: true });
  }
}

async function go(folder: string, args: readonly string[], isCgo = false): Promise<string> {
  const env = { ...process.env, GOFLAGS: '-mod=mod -buildvcs=false', GOWORK: 'off', CGO_ENABLED: isCgo ? '1' : '0' };
  return succeed(['nice', 'go', ...args], { cwd: folder, env });
}
