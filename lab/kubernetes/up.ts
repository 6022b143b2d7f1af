/** Starts a cluster: everything that can be done side by side is. */
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MOST_NODES, nodeHost, OUTSIDE, type Machine } from './addresses.ts';
import { isReady, type Api, type Condition } from './api.ts';
import { applicationIsReady, applyApplication, applyFlannel, daemonSetIsReady } from './application.ts';
import { missing } from './available.ts';
import { buildEverything, isEverythingBuilt, type Built } from './build/everything.ts';
import { makeCertificates } from './certificates.ts';
import { startControlPlane } from './control-plane.ts';
import { hadNetnsBefore, stopCluster, stopStaleClusters } from './down.ts';
import { CERTIFICATES, kubectlOptions } from './kubeconfig.ts';
import { makeMachines, machinesOf, netnsPath, routeToPods } from './machines.ts';
import { startMachine, startNodeAgents, type StartedNode } from './node.ts';
import { network, PASSING_WEB_SOCKETS, type FeatureGates } from './node-config.ts';
import { succeed } from './process.ts';
import { environmentOf, processesOf, startDaemon, until, type Daemon } from './processes.ts';
import { attachCluster, type RunningCluster } from './running-cluster.ts';
import {
  folderOf,
  hasFolder,
  identityOf,
  writeRecord,
  type ClusterNode,
  type ClusterRecord,
  type FlannelBackend,
  type ProxyMode,
} from './state.ts';

export interface ClusterOptions {
  readonly name?: string;
  /** 1 to 4; 2 if it is not given. */
  readonly nodes?: number;
  readonly proxy?: ProxyMode;
  readonly flannel?: FlannelBackend;
  /** Without the pods and services of application.yaml. */
  readonly withoutApplication?: boolean;
  /**
   * API server and kubelet pass WebSockets of commands on to the container runtime, which speaks v4.channel.k8s.io, as
   * they did before Kubernetes 1.30.
   */
  readonly passesWebSockets?: boolean;
  /** It is cleaned away by the next start of any cluster if this process is gone then. */
  readonly endsWithOwner?: boolean;
  readonly onProgress?: (line: string) => void;
}

/** Throws where it cannot start one; then nothing of it is left. */
export async function startCluster(options: ClusterOptions = {}): Promise<RunningCluster> {
  const { name = 'skoop', nodes = 2, onProgress = () => {} } = options;
  if (!/^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name))
    throw new Error(`the name ${JSON.stringify(name)}: write at most 20 of a-z, 0-9 and -, a letter first`);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > MOST_NODES)
    throw new Error(`${nodes} nodes: write a number from 1 to ${MOST_NODES}`);
  const lacking = missing(isEverythingBuilt());
  if (lacking !== undefined) throw new Error(`a cluster cannot run here: it ${lacking}`);
  await stopStaleClusters();
  if (hasFolder(name) || machinesOf(name).length > 0 || processesOf(name).length > 0)
    throw new Error(`there is a cluster ${name}, or what is left of one: npm run cluster -- down --name ${name}`);
  const programs = await buildEverything(onProgress);
  const record: ClusterRecord = {
    name,
    programs: programs.kubernetes,
    proxy: options.proxy ?? 'iptables',
    flannel: options.flannel ?? 'vxlan',
    owner: identityOf(process.pid)!,
    endsWithOwner: options.endsWithOwner ?? false,
    hadNetns: await hadNetnsBefore(),
    phase: 'starting',
    nodes: [],
    port: 0,
  };
  await writeRecord(record);
  try {
    return await start(record, { ...options, nodes, onProgress }, programs);
  } catch (error) {
    await stopCluster(name);
    throw error;
  }
}

type Settled = ClusterOptions & Required<Pick<ClusterOptions, 'nodes' | 'onProgress'>>;

async function start(record: ClusterRecord, options: Settled, programs: Built): Promise<RunningCluster> {
  const { name } = record;
  const { nodes: count, onProgress } = options;
  await makeMachines(name, count);
  const outside = startOutside(name, programs);
  await makeCertificates(join(folderOf(name), CERTIFICATES), count);
  onProgress('control plane and containerd …');
  const numbers = Array.from({ length: count }, (_, index) => index + 1);
  const gates = options.passesWebSockets === true ? PASSING_WEB_SOCKETS : {};
  const plane = startControlPlane(name, programs, gates);
  const bare = numbers.map(async (number) => startMachine(name, number, programs));
  // when one fails, the others come to an end before what they work on is taken away
  await Promise.allSettled([plane, ...bare]);
  const [control, machines] = [await plane, await Promise.all(bare)];
  const { api, port } = control;
  const apply = async (manifest: string): Promise<void> => {
    const kubectl = [join(programs.kubernetes, 'kubectl'), ...kubectlOptions(name)];
    await succeed([...kubectl, 'apply', '-f', '-'], { stdin: manifest, env: environmentOf(name) });
  };
  onProgress('nodes …');
  await until(
    'the controller manager',
    async () => api.text('/api/v1/namespaces/default/serviceaccounts/default'),
    control.daemons,
  );
  const flannel = applyFlannel(apply, record.flannel);
  const joining = machines.map(async (machine) => startNode(record, machine, { api, programs, gates }));
  await Promise.allSettled([flannel, ...joining]);
  await flannel;
  const ready = await Promise.all(joining);
  const nodes = ready.map(({ node }) => node);
  const daemons = [...control.daemons, outside, ...ready.flatMap((one) => one.daemons)];
  await daemonSetIsReady(api, 'kube-flannel/daemonsets/kube-flannel-ds', daemons);
  if (options.withoutApplication !== true) {
    onProgress('application …');
    await applyApplication(api, apply, nodes);
    await applicationIsReady(api, count * 3 + 1, daemons);
    // kube-proxy gathers changes for a second
    await sleep(1500);
  }
  await writeRecord({ ...record, phase: 'running', nodes, port });
  return attachCluster(name);
}

/** As every real node has by the time that it is one: it has heard who its router is. */
async function meetRouter(cluster: string, node: Machine): Promise<void> {
  const say = [OUTSIDE.ipv4, OUTSIDE.ipv6].map((router) => `echo >/dev/udp/${router}/9`).join('; ');
  await succeed(['nsenter', `--net=${netnsPath(cluster, node)}`, 'bash', '-c', say]);
}

/** Answers for a host that is no part of the cluster. */
function startOutside(cluster: string, programs: Built): Daemon {
  const netns = `--net=${netnsPath(cluster, 'outside')}`;
  return startDaemon(cluster, 'outside', ['nsenter', netns, programs.echo, '-name', 'outside', 'tcp:7777', 'udp:7777']);
}

interface Surroundings {
  readonly api: Api;
  readonly programs: Built;
  readonly gates: FeatureGates;
}

interface NodeObject {
  readonly spec: { readonly podCIDRs?: readonly string[] };
  readonly status: { readonly conditions?: readonly Condition[] };
}

async function startNode(
  record: ClusterRecord,
  machine: StartedNode,
  { api, programs, gates }: Surroundings,
): Promise<{ readonly node: ClusterNode; readonly daemons: readonly Daemon[] }> {
  const { name, number, init, cluster } = machine;
  const daemons = [...machine.daemons, ...(await startNodeAgents(machine, { proxy: record.proxy, gates }, programs))];
  const read = async (): Promise<NodeObject> => api.get(`/api/v1/nodes/${name}`);
  const podCidrs = await until(
    `a range of pod addresses for ${name}`,
    async () => (await read()).spec.podCIDRs,
    daemons,
  );
  await writeNetwork(record, machine, podCidrs);
  await routeToPods(cluster, number, podCidrs);
  await meetRouter(cluster, `node-${number}`);
  const isUp = async (): Promise<true | undefined> => isReady((await read()).status.conditions) || undefined;
  await until(`${name} Ready`, isUp, daemons);
  return { node: { name, ...nodeHost(number), init, podCidrs }, daemons };
}

/** Whole at once: containerd reads it as soon as it is there. */
async function writeNetwork(record: ClusterRecord, machine: StartedNode, podCidrs: readonly string[]): Promise<void> {
  const folder = `/proc/${machine.init}/root/etc/cni/net.d`;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, '.new'), JSON.stringify(network(record.flannel, podCidrs), undefined, 2));
  await rename(join(folder, '.new'), join(folder, '10-flannel.conflist'));
}
