/** Puts flannel and the application into the cluster and waits until both do what they should. */
import { readFile } from 'node:fs/promises';
import { isReady, type Api, type Condition, type List, type Metadata } from './api.ts';
import { TOOLS } from './build/images.ts';
import type { Daemon } from './processes.ts';
import { until } from './processes.ts';
import type { ClusterNode, FlannelBackend } from './state.ts';

export type Apply = (manifest: string) => Promise<void>;

export const NAMESPACE = 'shop';

interface DaemonSet {
  readonly metadata: Metadata;
  readonly status?: { readonly numberReady: number; readonly desiredNumberScheduled: number };
}
interface Pod {
  readonly metadata: Metadata;
  readonly status: { readonly conditions?: readonly Condition[] };
}
interface Service {
  readonly metadata: Metadata & { readonly annotations?: Readonly<Record<string, string>> };
}
interface EndpointSlice {
  readonly metadata: Metadata & { readonly labels?: Readonly<Record<string, string>> };
  readonly endpoints?: readonly { readonly conditions: { readonly ready?: boolean } }[];
}

const manifest = async (name: string): Promise<string> => readFile(new URL(name, import.meta.url), 'utf8');

export async function applyFlannel(apply: Apply, backend: FlannelBackend): Promise<void> {
  await apply((await manifest('flannel.yaml')).replace('BACKEND', backend));
}

export async function applyApplication(api: Api, apply: Apply, nodes: readonly ClusterNode[]): Promise<void> {
  const clients = nodes.map(({ name }) => client(name));
  await apply(
    `${await manifest('application.yaml')}\n${clients.map((pod) => `---\n${JSON.stringify(pod)}\n`).join('')}`,
  );
  const services = await api.get<List<Service>>(`/api/v1/namespaces/${NAMESPACE}/services`);
  for (const { metadata } of services.items) {
    const addresses = metadata.annotations?.['lab/ingress'];
    if (addresses === undefined) continue;
    // what a cloud's controller would do
    const ingress = addresses.split(',').map((ip) => ({ ip }));
    await api.patch(`/api/v1/namespaces/${NAMESPACE}/services/${metadata.name}/status`, {
      status: { loadBalancer: { ingress } },
    });
  }
}

/** A pod of which connections are made: `client-1` on the first node, and so on. */
const client = (node: string): unknown => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: node.replace('node', 'client'), namespace: NAMESPACE, labels: { app: 'client' } },
  spec: {
    nodeName: node,
    terminationGracePeriodSeconds: 0,
    containers: [{ name: 'shell', image: TOOLS, imagePullPolicy: 'Never', command: ['sleep', 'infinity'] }],
  },
});

export async function daemonSetIsReady(api: Api, path: string, daemons: readonly Daemon[]): Promise<void> {
  const isDone = async (): Promise<true | undefined> => {
    const { status } = await api.get<DaemonSet>(`/apis/apps/v1/namespaces/${path}`);
    const desired = status?.desiredNumberScheduled ?? 0;
    return (desired > 0 && status?.numberReady === desired) || undefined;
  };
  await until(path, isDone, { daemons, seconds: 120 });
}

/** All pods, and an endpoint in every slice of a service that selects some. */
export async function applicationIsReady(api: Api, pods: number, daemons: readonly Daemon[]): Promise<void> {
  const isDone = async (): Promise<true | undefined> => {
    const found = await api.get<List<Pod>>(`/api/v1/namespaces/${NAMESPACE}/pods`);
    if (found.items.length < pods || !found.items.every((pod) => isReady(pod.status.conditions))) return undefined;
    const slices = await api.get<List<EndpointSlice>>(
      `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`,
    );
    const isServed = slices.items
      .filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] !== 'nobody')
      .every(({ endpoints = [] }) => endpoints.length > 0 && endpoints.every(({ conditions }) => conditions.ready));
    return isServed || undefined;
  };
  await until('the pods of the application', isDone, { daemons, seconds: 120 });
}
