/** A cluster that runs: its API, commands in its network namespaces, and probes between them. */
import { join } from 'node:path';
import type { Machine } from './addresses.ts';
import { openApi, type Api } from './api.ts';
import { stopCluster } from './down.ts';
import { kubeconfigPath, kubectlOptions, urlAt, writeKubeconfig } from './kubeconfig.ts';
import { netnsPath } from './machines.ts';
import { enter, loadImage } from './node.ts';
import { isPod, podPlaces, type Place, type PodPlace } from './places.ts';
import { openProber, type ClusterProbe, type Prober } from './prober.ts';
import { output, type Output, type RunOptions } from './process.ts';
import { environmentOf } from './processes.ts';
import { readRecord, type ClusterNode, type ClusterRecord } from './state.ts';
import type { ProbeResult } from '../engine.ts';

type Input = Pick<RunOptions, 'stdin'>;

export interface RunningCluster {
  readonly record: ClusterRecord;
  readonly nodes: readonly ClusterNode[];
  /** Of the administrator; works in the machine's own network namespace. */
  readonly kubeconfig: string;
  /** The same inside the cluster's network namespaces: the API server by its own address. */
  readonly kubeconfigInside: string;
  readonly api: Api;
  kubectl(args: readonly string[], input?: Input): Promise<Output>;
  /** The command line of it, and of `exec`, for who wants the streams. */
  kubectlArgv(args: readonly string[]): readonly string[];
  execArgv(place: Place, argv: readonly string[]): Promise<readonly string[]>;
  /** A file for a service account, which can do what its roles allow. `account` is NAMESPACE/NAME. */
  serviceAccountKubeconfig(account: string): Promise<string>;
  pods(): Promise<readonly PodPlace[]>;
  /** The machine's own program in the network namespace of a place. */
  exec(place: Place, argv: readonly string[], input?: Input): Promise<Output>;
  /** As a process of the node: with its file system, hostname and process numbers too. */
  inNode(node: string, argv: readonly string[], input?: Input): Promise<Output>;
  /** Gives every node an image from an OCI archive; a pod that uses it has `imagePullPolicy: Never`. */
  loadImage(archive: string): Promise<void>;
  /** All at once, with real sockets; the answers are in the order of the questions. */
  probe(probes: readonly ClusterProbe[], timeoutSeconds?: number): Promise<readonly ProbeResult[]>;
  /** Lets go of it: it runs on. */
  close(): Promise<void>;
  /** Ends it, and all of it. */
  stop(): Promise<void>;
}

export async function attachCluster(name: string): Promise<RunningCluster> {
  const record = await readRecord(name);
  if (record?.phase !== 'running')
    throw new Error(`no cluster ${name} runs here: npm run cluster -- up --name ${name}`);
  const api = await openApi(name, record.port);
  const env = environmentOf(name);
  const kubeconfig = kubeconfigPath(name, 'admin');
  const kubectlArgv = (args: readonly string[]): readonly string[] => [
    join(record.programs, 'kubectl'),
    ...kubectlOptions(name),
    ...args,
  ];
  const execArgv = async (place: Place, argv: readonly string[]): Promise<readonly string[]> => [
    'nsenter',
    `--net=${await netnsOf(place, record, api)}`,
    ...argv,
  ];
  let prober: Prober | undefined;
  const close = async (): Promise<void> => {
    await prober?.close();
    prober = undefined;
  };
  return {
    record,
    nodes: record.nodes,
    kubeconfig,
    kubeconfigInside: kubeconfigPath(name, 'admin-inside'),
    api,
    kubectl: async (args, input = {}) => output(kubectlArgv(args), { ...input, env }),
    kubectlArgv,
    execArgv,
    serviceAccountKubeconfig: async (account) => {
      const [namespace, user] = account.split('/') as [string, string];
      const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${user}/token`;
      const { status } = await api.post<{ readonly status: { readonly token: string } }>(path, {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { expirationSeconds: 3600 },
      });
      return writeKubeconfig(`${namespace}.${user}`, {
        cluster: name,
        url: urlAt(record.port),
        user,
        credentials: { token: status.token },
        namespace,
      });
    },
    pods: async () => podPlaces(record, api),
    exec: async (place, argv, input = {}) => output(await execArgv(place, argv), { ...input, env }),
    inNode: async (node, argv, input = {}) => output([...enter(nodeOf(record, node).init), ...argv], { ...input, env }),
    loadImage: async (archive) => {
      await Promise.all(record.nodes.map(async ({ init }) => loadImage(name, init, archive)));
    },
    probe: async (probes, timeoutSeconds = 2) => {
      prober ??= openProber(record, api);
      return prober.probe(probes, timeoutSeconds);
    },
    close,
    stop: async () => {
      await close();
      await stopCluster(name);
    },
  };
}

async function netnsOf(place: Place, record: ClusterRecord, api: Api): Promise<string> {
  if (place === 'outside' || place === 'control-plane' || place === 'lan') return netnsPath(record.name, place);
  if (!isPod(place)) return netnsPath(record.name, nodeOf(record, place).name as Machine);
  const pod = (await podPlaces(record, api)).find((one) => one.place === place);
  if (pod === undefined) throw new Error(`no pod ${place} runs in the cluster ${record.name}`);
  return `/proc/${pod.pid}/ns/net`;
}

function nodeOf(record: ClusterRecord, name: string): ClusterNode {
  const node = record.nodes.find((one) => one.name === name);
  if (node === undefined)
    throw new Error(`no place ${name} in the cluster ${record.name}: node-1, outside, control-plane or NAMESPACE/POD`);
  return node;
}
