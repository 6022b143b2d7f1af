/** Starts a node: its namespaces and file system, then containerd with the images, kubelet and kube-proxy in it. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CLUSTER_DNS, machineName, nodeHost, nodeName, type Machine } from './addresses.ts';
import type { Built } from './build/everything.ts';
import { makeCgroup } from './cgroups.ts';
import { CERTIFICATES, INSIDE_URL, writeKubeconfig } from './kubeconfig.ts';
import { netnsPath } from './machines.ts';
import { CONTAINERD, kubelet, kubeProxy, type FeatureGates } from './node-config.ts';
import { output, succeed } from './process.ts';
import { environmentOf, startDaemon, until, type Daemon } from './processes.ts';
import { folderOf, type ProxyMode } from './state.ts';

export interface StartedNode {
  readonly number: number;
  readonly name: string;
  readonly cluster: string;
  readonly folder: string;
  readonly init: number;
  readonly daemons: readonly Daemon[];
}

/** Words before a command that is to run as a process of the node. */
export const enter = (init: number): string[] => ['nsenter', '-t', String(init), '-n', '-m', '-u', '-p', '--'];

/** The node, with containerd and its images: all that needs no API server. */
export async function startMachine(cluster: string, number: number, programs: Built): Promise<StartedNode> {
  const name = nodeName(number);
  const cgroup = machineName(cluster, name as Machine);
  const folder = join(folderOf(cluster), name);
  await mkdir(folder, { recursive: true });
  await makeCgroup(cgroup);
  const script = fileURLToPath(new URL('node-init.sh', import.meta.url));
  const unshare = ['unshare', '--mount', '--propagation', 'private', '--uts', '--pid', '--fork', '--kill-child'];
  const netns = `--net=${netnsPath(cluster, name as Machine)}`;
  const daemon = startDaemon(cluster, name, [
    'nsenter',
    netns,
    ...unshare,
    '--mount-proc',
    'bash',
    script,
    folder,
    name,
  ]);
  const ready = async (): Promise<true | undefined> => existsSync(join(folder, 'ready')) || undefined;
  await until(`the machine of ${name}`, ready, [daemon]);
  const init = Number((await readFile(`/proc/${daemon.pid}/task/${daemon.pid}/children`, 'utf8')).trim().split(' ')[0]);

  await writeFile(join(folder, 'containerd.toml'), CONTAINERD);
  const containerd = startDaemon(cluster, `${name}-containerd`, [
    ...enter(init),
    'containerd',
    `--config=${join(folder, 'containerd.toml')}`,
  ]);
  const version = [...enter(init), 'ctr', 'version'];
  const answers = async (): Promise<true | undefined> =>
    (await output(version, { env: environmentOf(cluster) })).code === 0 || undefined;
  await until(`containerd on ${name}`, answers, [containerd]);
  for (const archive of await readdir(programs.images)) await loadImage(cluster, init, join(programs.images, archive));
  return { number, name, cluster, folder, init, daemons: [daemon, containerd] };
}

/** An OCI archive, which is read through the node's own file system. */
export async function loadImage(cluster: string, init: number, archive: string): Promise<void> {
  const load = ['ctr', '-n', 'k8s.io', 'images', 'import', archive];
  await succeed([...enter(init), ...load], { env: environmentOf(cluster) });
}

/** Kubelet and kube-proxy: they want the API server. */
export async function startNodeAgents(
  node: StartedNode,
  { proxy, gates }: { readonly proxy: ProxyMode; readonly gates: FeatureGates },
  programs: Built,
): Promise<readonly Daemon[]> {
  const { cluster, name, folder, init } = node;
  const pki = join(folderOf(cluster), CERTIFICATES);
  const config = async (file: string, content: unknown): Promise<string> => {
    await writeFile(join(folder, file), JSON.stringify(content, undefined, 1));
    return `--config=${join(folder, file)}`;
  };
  await writeFile(join(folder, 'resolv.conf'), `nameserver ${CLUSTER_DNS}\n`);
  const client = { cluster, url: INSIDE_URL };
  const kubeletClient = await writeKubeconfig(name, { ...client, user: name, credentials: { certificate: name } });
  const proxyClient = await writeKubeconfig('proxy', {
    ...client,
    user: 'kube-proxy',
    credentials: { certificate: 'proxy' },
  });
  const files = {
    authority: join(pki, 'ca.crt'),
    certificate: join(pki, `${name}.crt`),
    key: join(pki, `${name}.key`),
    resolvConf: join(folder, 'resolv.conf'),
  };
  const kubeletConfig = await config('kubelet.json', kubelet(machineName(cluster, name as Machine), files, gates));
  const proxyConfig = await config('kube-proxy.json', kubeProxy(name, proxy, proxyClient));
  const { ipv4, ipv6 } = nodeHost(node.number);
  return [
    startDaemon(cluster, `${name}-kubelet`, [
      ...enter(init),
      join(programs.kubernetes, 'kubelet'),
      kubeletConfig,
      `--kubeconfig=${kubeletClient}`,
      `--hostname-override=${name}`,
      `--node-ip=${ipv4},${ipv6}`,
    ]),
    startDaemon(cluster, `${name}-kube-proxy`, [...enter(init), join(programs.kubernetes, 'kube-proxy'), proxyConfig]),
  ];
}
