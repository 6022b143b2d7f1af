/** Fills an API server with the objects of a big cluster: pods as a kubelet would describe them, and all that goes with them. */
import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import type { ApiServerAlone } from '../../lab/kubernetes/api-server-alone.ts';

const PODS_OF_NODE = 100;
const PODS_OF_DEPLOYMENT = 10;
/** Old ReplicaSets that a Deployment keeps. */
const KEPT_SETS = 3;
const AT_ONCE = 32;

type Work = () => Promise<unknown>;

export async function fillCluster(server: ApiServerAlone, pods: number): Promise<void> {
  const send = await sender(server);
  await send('POST', '/api/v1/namespaces', { metadata: { name: 'shop' } });
  const nodes = Math.ceil(pods / PODS_OF_NODE);
  const deployments = Math.ceil(pods / PODS_OF_DEPLOYMENT);
  await all(range(nodes).map((n) => async () => send('POST', '/api/v1/nodes', node(n))));
  await all(
    range(deployments).flatMap((n) => [
      async () => send('POST', '/apis/apps/v1/namespaces/shop/deployments', workload('Deployment', `app-${n}`)),
      ...range(KEPT_SETS).map(
        (set) => async () =>
          send('POST', '/apis/apps/v1/namespaces/shop/replicasets', {
            ...workload('ReplicaSet', `app-${n}-${set}`),
            metadata: {
              name: `app-${n}-${set}`,
              labels: labels(`app-${n}`),
              ownerReferences: [owner('Deployment', `app-${n}`)],
            },
          }),
      ),
      async () => send('POST', '/api/v1/namespaces/shop/services', service(n)),
      async () => send('POST', '/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices', slice(n)),
    ]),
  );
  await all(
    range(pods).map((n) => async () => {
      const { status, ...pod } = describePod(n, nodes);
      await send('POST', '/api/v1/namespaces/shop/pods', pod);
      await send('PATCH', `/api/v1/namespaces/shop/pods/${pod.metadata.name}/status`, { status });
    }),
  );
}

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const labels = (app: string): Record<string, string> => ({
  app,
  'app.kubernetes.io/name': app,
  'app.kubernetes.io/instance': `${app}-production`,
  'app.kubernetes.io/managed-by': 'Helm',
});
const owner = (kind: string, name: string): object => ({
  apiVersion: 'apps/v1',
  kind,
  name,
  uid: '6b1f6a6e-6f0c-4d8e-9d9c-0a3c5d1e7f21',
  controller: true,
  blockOwnerDeletion: true,
});
const podAddress = (n: number): string => `10.${128 + (n >> 16)}.${(n >> 8) & 255}.${n & 255}`;
const nodeAddress = (n: number): string => `192.168.${n >> 8}.${n & 255}`;

function node(n: number): object {
  return {
    metadata: {
      name: `node-${n}`,
      labels: { 'kubernetes.io/hostname': `node-${n}`, 'topology.kubernetes.io/zone': `zone-${n % 3}` },
    },
    spec: { podCIDR: `10.${n >> 8}.${n & 255}.0/24`, podCIDRs: [`10.${n >> 8}.${n & 255}.0/24`] },
    status: {
      addresses: [{ type: 'InternalIP', address: nodeAddress(n) }],
      conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
        type,
        status: type === 'Ready' ? 'True' : 'False',
      })),
      images: range(50).map((image) => ({ names: [`registry.example/team/image-${image}:1.${n}`], sizeBytes: 1e8 })),
    },
  };
}

function container(app: string): object {
  return {
    name: 'app',
    image: `registry.example/team/${app}:1.27.3`,
    args: ['--listen=:8080', '--log-level=info', `--name=${app}`],
    ports: [
      { name: 'http', containerPort: 8080 },
      { name: 'metrics', containerPort: 9090 },
    ],
    env: range(12).map((index) => ({
      name: `SETTING_${index}`,
      value: `a value of ${app} that is about so long, ${index}`,
    })),
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    readinessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10 },
    volumeMounts: [
      { name: 'config', mountPath: '/etc/app' },
      { name: 'cache', mountPath: '/var/cache/app' },
    ],
  };
}

const podSpec = (app: string): object => ({
  containers: [container(app)],
  volumes: [
    { name: 'config', configMap: { name: app } },
    { name: 'cache', emptyDir: {} },
  ],
});

const workload = (kind: string, name: string): object => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name, labels: labels(name) },
  spec: {
    replicas: 0,
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: labels(name) }, spec: podSpec(name) },
  },
});

const service = (n: number): object => ({
  metadata: { name: `app-${n}`, labels: labels(`app-${n}`) },
  spec: { selector: { app: `app-${n}` }, ports: [{ name: 'http', port: 80, targetPort: 'http' }] },
});

const slice = (n: number): object => ({
  metadata: { name: `app-${n}-x`, labels: { 'kubernetes.io/service-name': `app-${n}` } },
  addressType: 'IPv4',
  ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
  endpoints: range(PODS_OF_DEPLOYMENT).map((index) => {
    const pod = n * PODS_OF_DEPLOYMENT + index;
    return {
      addresses: [podAddress(pod)],
      conditions: { ready: true, serving: true, terminating: false },
      nodeName: `node-${Math.floor(pod / PODS_OF_NODE)}`,
      targetRef: { kind: 'Pod', namespace: 'shop', name: podName(pod), uid: '6b1f6a6e-6f0c-4d8e-9d9c-0a3c5d1e7f21' },
    };
  }),
});

const podName = (n: number): string => `app-${Math.floor(n / PODS_OF_DEPLOYMENT)}-0-p${n % PODS_OF_DEPLOYMENT}`;

interface PodObject {
  readonly metadata: { readonly name: string; readonly [field: string]: unknown };
  readonly spec: object;
  readonly status: object;
}

function describePod(n: number, nodes: number): PodObject {
  const app = `app-${Math.floor(n / PODS_OF_DEPLOYMENT)}`;
  const time = '2026-01-15T10:00:00Z';
  const nodeNumber = Math.floor(n / PODS_OF_NODE) % nodes;
  return {
    metadata: {
      name: podName(n),
      labels: { ...labels(app), 'pod-template-hash': '0' },
      annotations: { 'checksum/config': '3f786850e387550fdab836ed7e6dc881de23001b3f786850e387550fdab836ed' },
      ownerReferences: [owner('ReplicaSet', `${app}-0`)],
    },
    spec: { ...podSpec(app), nodeName: `node-${nodeNumber}` },
    status: {
      phase: 'Running',
      podIP: podAddress(n),
      podIPs: [{ ip: podAddress(n) }],
      hostIP: nodeAddress(nodeNumber),
      hostIPs: [{ ip: nodeAddress(nodeNumber) }],
      startTime: time,
      conditions: ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(
        (type) => ({
          type,
          status: 'True',
          lastProbeTime: null,
          lastTransitionTime: time,
        }),
      ),
      containerStatuses: [
        {
          name: 'app',
          ready: true,
          started: true,
          restartCount: 0,
          image: `registry.example/team/${app}:1.27.3`,
          imageID: `registry.example/team/${app}@sha256:${'0123456789abcdef'.repeat(4)}`,
          containerID: `containerd://${'0123456789abcdef'.repeat(4)}`,
          state: { running: { startedAt: time } },
          lastState: {},
        },
      ],
    },
  };
}

async function all(work: readonly Work[]): Promise<void> {
  const left = work.values();
  await Promise.all(
    range(AT_ONCE).map(async () => {
      for (const one of left) await one();
    }),
  );
}

type Send = (method: string, path: string, body: object) => Promise<void>;

async function sender({ url, folder }: ApiServerAlone): Promise<Send> {
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map(async (file) => readFile(join(folder, 'pki', file))),
  );
  const agent = new Agent({ ca, cert, key, keepAlive: true, maxSockets: AT_ONCE });
  return async (method, path, body) =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const sent = request(`${url}${path}`, { method, agent, headers: { 'content-type': type } }, (answer) => {
        answer.resume();
        answer.on('end', () =>
          (answer.statusCode ?? 0) < 300 ? resolve() : reject(new Error(`${method} ${path}: ${answer.statusCode}`)),
        );
      });
      sent.on('error', reject);
      sent.end(JSON.stringify(body));
    });
}
