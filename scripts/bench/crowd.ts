/**
 * Makes a small cluster one of 500 pods and 200 services: as many pods as nodes take run for real, the others are objects
 * on nodes that are objects too. Services, endpoint slices and kube-proxy's rules are the work of the real controllers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { isReady, type Api, type Condition, type List, type Metadata } from '../../lab/kubernetes/api.ts';
import { TOOLS } from '../../lab/kubernetes/build/images.ts';
import type { RunningCluster } from '../../lab/kubernetes/index.ts';

export interface CrowdSize {
  readonly pods: number;
  readonly services: number;
  /** Pods of each real node, all counted: a kubelet takes 110. */
  readonly perNode: number;
}

export interface Crowd {
  /** Pods that run for real, and those that are objects. */
  readonly running: number;
  readonly described: number;
  readonly describedNodes: number;
  /** Lets the nodes without a kubelet become not ready. */
  stop(): void;
}

interface NodeObject {
  readonly metadata: Metadata;
  readonly spec: { readonly podCIDRs?: readonly string[] };
}
interface PodObject {
  readonly metadata: Metadata;
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly conditions?: readonly Condition[] };
}
interface Slice {
  readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[] | null;
}

const NAMESPACE = 'crowd';
const PODS = `/api/v1/namespaces/${NAMESPACE}/pods`;
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases';
const AT_ONCE = 8;
/** The control plane waits 20 s for a node. */
const HEARTBEAT = 4000;
const PATIENCE = 900_000;

export async function addCrowd({ api, nodes }: RunningCluster, size: CrowdSize): Promise<Crowd> {
  const there = await api.get<List<PodObject>>('/api/v1/pods');
  const room = nodes.map(({ name }) => ({
    name,
    free: size.perNode - there.items.filter(({ spec }) => spec.nodeName === name).length,
  }));
  const running = room.reduce((sum, { free }) => sum + free, 0);
  const described = size.pods - there.items.length - running;
  const describedNodes = range(Math.ceil(described / size.perNode)).map((n) => `node-${nodes.length + 1 + n}`);
  await api.post('/api/v1/namespaces', { metadata: { name: NAMESPACE } });
  await inTurn(describedNodes, async (name) => describeNode(api, name, describedNodes.indexOf(name)));
  const timer = setInterval(() => void inTurn(describedNodes, async (name) => beat(api, name)), HEARTBEAT);
  await inTurn(range(size.services), async (n) => api.post(`/api/v1/namespaces/${NAMESPACE}/services`, service(n)));
  const homes = room.flatMap(({ name, free }) => Array.from({ length: free }, () => name));
  await inTurn([...homes.entries()], async ([n, nodeName]) => api.post(PODS, pod(n % size.services, n, nodeName)));
  await describePods(api, { names: describedNodes, first: running, count: described, size });
  await untilReady(api, size);
  return { running, described, describedNodes: describedNodes.length, stop: () => clearInterval(timer) };
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);

const pod = (app: number, number: number, nodeName: string): object => ({
  metadata: { name: `app-${app}-${number}`, labels: { app: `app-${app}` } },
  spec: {
    nodeName,
    terminationGracePeriodSeconds: 0,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'app',
        image: TOOLS,
        imagePullPolicy: 'Never',
        command: ['echo-server', 'tcp:8080'],
        ports: [{ name: 'http', containerPort: 8080 }],
      },
    ],
  },
});

const service = (n: number): object => ({
  metadata: { name: `app-${n}` },
  spec: {
    ipFamilyPolicy: 'RequireDualStack',
    selector: { app: `app-${n}` },
    ports: [{ name: 'http', port: 80, targetPort: 'http' }],
  },
});

/** As its kubelet and flannel would have written it. */
async function describeNode(api: Api, name: string, number: number): Promise<void> {
  const lan = [`192.168.77.${101 + number}`, `fd00:77::${101 + number}`];
  const mac = (family: number): string => `02:00:00:0${family}:00:${(16 + number).toString(16)}`;
  const flannel = {
    'backend-data': JSON.stringify({ VNI: 1, VtepMAC: mac(4) }),
    'backend-v6-data': JSON.stringify({ VNI: 1, VtepMAC: mac(6) }),
    'backend-type': 'vxlan',
    'kube-subnet-manager': 'true',
    'public-ip': lan[0],
    'public-ipv6': lan[1],
  };
  const annotations = Object.fromEntries(
    Object.entries(flannel).map(([key, value]) => [`flannel.alpha.coreos.com/${key}`, value]),
  );
  await beat(api, name);
  await api.post('/api/v1/nodes', {
    metadata: { name, labels: { 'kubernetes.io/hostname': name }, annotations },
    // no daemon set but those that tolerate all puts a pod there
    spec: { taints: [{ key: 'lab/no-kubelet', effect: 'NoExecute' }] },
  });
  await api.patch(`/api/v1/nodes/${name}/status`, {
    status: {
      addresses: lan.map((address) => ({ type: 'InternalIP', address })),
      conditions: [{ type: 'Ready', status: 'True', reason: 'KubeletReady', message: '' }],
      capacity: { pods: '110' },
      allocatable: { pods: '110' },
    },
  });
}

async function beat(api: Api, name: string): Promise<void> {
  const spec = { renewTime: new Date().toISOString().replace('Z', '000Z'), holderIdentity: name };
  await api
    .patch(`${LEASES}/${name}`, { spec })
    .catch(async () => api.post(LEASES, { metadata: { name }, spec: { ...spec, leaseDurationSeconds: 40 } }));
}

interface Described {
  readonly names: readonly string[];
  readonly first: number;
  readonly count: number;
  readonly size: CrowdSize;
}

/** With the addresses and the state that a kubelet would have told. */
async function describePods(api: Api, { names, first, count, size }: Described): Promise<void> {
  const blocks = new Map<string, readonly string[]>();
  for (const name of names)
    blocks.set(
      name,
      await until(`pod CIDRs of ${name}`, async () => {
        const { spec } = await api.get<NodeObject>(`/api/v1/nodes/${name}`);
        return spec.podCIDRs;
      }),
    );
  await inTurn(range(count), async (index) => {
    const number = first + index;
    const nodeName = names[Math.floor(index / size.perNode)]!;
    const [v4, v6] = blocks.get(nodeName)!;
    const host = 2 + (index % size.perNode);
    const ips = [v4!.replace(/0\/\d+$/, String(host)), v6!.replace(/\/\d+$/, host.toString(16))];
    const made = await api.post<PodObject>(PODS, pod(number % size.services, number, nodeName));
    await api.patch(`${PODS}/${made.metadata.name}/status`, { status: statusOf(ips) });
  });
}

const statusOf = (ips: readonly string[]): object => ({
  phase: 'Running',
  podIP: ips[0],
  podIPs: ips.map((ip) => ({ ip })),
  startTime: '2026-01-15T10:00:00Z',
  conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map((type) => ({
    type,
    status: 'True',
  })),
  containerStatuses: [
    {
      name: 'app',
      ready: true,
      started: true,
      restartCount: 0,
      image: TOOLS,
      imageID: '',
      state: { running: { startedAt: '2026-01-15T10:00:00Z' } },
    },
  ],
});

/** All pods, and each of them behind its service, in both families. */
async function untilReady(api: Api, size: CrowdSize): Promise<void> {
  await until('all pods and endpoints are ready', async () => {
    const { items: pods } = await api.get<List<PodObject>>(PODS);
    const { items: slices } = await api.get<List<Slice>>(
      `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`,
    );
    const endpoints = slices.flatMap((slice) => slice.endpoints ?? []).filter(({ conditions }) => conditions.ready);
    const isDone = pods.every(({ status }) => isReady(status.conditions)) && endpoints.length >= 2 * pods.length;
    return (isDone && slices.length >= 2 * size.services) || undefined;
  });
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = performance.now() + PATIENCE; ; await sleep(1000)) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > deadline) throw new Error(`${what}: not after ${PATIENCE / 1000} s`);
  }
}

async function inTurn<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  await Promise.all(
    range(AT_ONCE).map(async () => {
      for (const one of left) await work(one);
    }),
  );
}
