/** Faults of servers and of services. */
import { TOOLS } from '../build/images.ts';
import type { EndpointSlice } from '../matrix/objects.ts';
import type { List } from '../api.ts';
import type { Target } from '../matrix/targets.ts';
import type { Fault } from './fault.ts';
import { signal } from './daemons.ts';
import type { Scene } from './scene.ts';

/** Another client, which serves at a port of its own. */
const SERVER = 'client-1';
const SERVE = 'echo-server tcp:8085 >/dev/null 2>&1 </dev/null & echo $! >/tmp/server.pid';

export const SERVICES: readonly Fault[] = [
  {
    name: 'the process has ended',
    prepare: async (scene) => inServer(scene, SERVE),
    asks: async ({ cluster }) => {
      const pod = (await cluster.pods()).find(({ place }) => place === `shop/${SERVER}`)!;
      return pod.addresses.map((to) => ({ to, port: 8085, protocol: 'tcp' }));
    },
    make: async (scene) => inServer(scene, 'kill $(cat /tmp/server.pid)'),
    mend: async (scene) => inServer(scene, SERVE),
    finds: 'CONNECTION_REFUSED',
  },
  {
    name: 'nobody listens on the target port',
    prepare: async (scene) => serve(scene, 'solo-port', { port: 80 }),
    asks: async (scene) => scene.service('solo-port', 80),
    make: async (scene) => setPorts(scene, 'solo-port', { port: 80, targetPort: 8081 }),
    mend: async (scene) => setPorts(scene, 'solo-port', { port: 80 }),
    finds: 'CONNECTION_REFUSED',
  },
  {
    name: 'a service has no endpoint any more',
    prepare: deployApi,
    asks: async (scene) => scene.service('api', 80),
    make: async (scene) => scale(scene, 0),
    mend: async (scene) => scale(scene, 1),
    finds: 'SERVICE_WITHOUT_ENDPOINTS',
  },
  {
    name: 'kube-proxy stands still and a service has another port',
    prepare: async (scene) => serve(scene, 'solo-late', { port: 8000 }),
    asks: async (scene) => scene.service('solo-late', 8000),
    make: async (scene) => {
      await setPorts(scene, 'solo-late', { port: 80 });
      const targets = await scene.service('solo-late', 80);
      await scene.until('the port is 80', async () => areOpen(scene, targets));
      await signal(scene, 'kube-proxy', 'STOP');
      await setPorts(scene, 'solo-late', { port: 8000 });
    },
    mend: async (scene) => signal(scene, 'kube-proxy', 'CONT'),
    finds: 'SERVICE_RULES_MISSING',
    findsWithNftables: 'SERVICE_BACKEND_MISSING',
  },
  {
    name: 'kube-proxy stands still and the pods of a service are others',
    prepare: deployApi,
    asks: async (scene) => scene.service('api', 80),
    make: async (scene) => {
      await signal(scene, 'kube-proxy', 'STOP');
      await scale(scene, 0);
      await scale(scene, 1);
    },
    mend: async (scene) => signal(scene, 'kube-proxy', 'CONT'),
    finds: 'SERVICE_BACKEND_MISSING',
    // nobody answers to the old pod's address: the kernel asks for it three times, a second each
    patience: 5,
  },
];

async function inServer(scene: Scene, line: string): Promise<void> {
  await scene.kubectl(['exec', '-n', 'shop', SERVER, '--', 'sh', '-c', line]);
}

interface Ports {
  readonly port: number;
  readonly targetPort?: number;
}

const ports = ({ port, targetPort = 8080 }: Ports): unknown => [{ name: 'http', port, targetPort }];

/** A service of the pod `solo` or of the deployment of its name. */
async function serve(scene: Scene, name: string, which: Ports): Promise<void> {
  const service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'shop' },
    spec: {
      ipFamilyPolicy: 'RequireDualStack',
      selector: { app: name.replace(/^solo-.*/, 'solo') },
      ports: ports(which),
    },
  };
  await scene.kubectl(['apply', '-f', '-'], JSON.stringify(service));
}

async function setPorts({ cluster }: Scene, name: string, which: Ports): Promise<void> {
  await cluster.api.patch(`/api/v1/namespaces/shop/services/${name}`, { spec: { ports: ports(which) } });
}

async function areOpen({ cluster, client }: Scene, targets: readonly Target[]): Promise<boolean> {
  const probes = targets.map(({ to, port }) => ({ from: client.place, to, port, protocol: 'tcp' as const }));
  return (await cluster.probe(probes, 0.8)).every(({ result }) => result === 'open');
}

async function deployApi(scene: Scene): Promise<void> {
  const deployment = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'api', namespace: 'shop' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'api' } },
      template: {
        metadata: { labels: { app: 'api' } },
        spec: {
          nodeName: scene.far.name,
          terminationGracePeriodSeconds: 0,
          containers: [{ name: 'api', image: TOOLS, imagePullPolicy: 'Never', command: ['echo-server', 'tcp:8080'] }],
        },
      },
    },
  };
  await scene.kubectl(['apply', '-f', '-'], JSON.stringify(deployment));
  await serve(scene, 'api', { port: 80 });
}

async function scale(scene: Scene, replicas: number): Promise<void> {
  const { api } = scene.cluster;
  await api.patch('/apis/apps/v1/namespaces/shop/deployments/api', { spec: { replicas } });
  await scene.until(`api has ${replicas} endpoints`, async () => {
    const { items } = await api.get<List<EndpointSlice>>('/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices');
    const slices = items.filter(({ metadata }) => metadata.labels?.['kubernetes.io/service-name'] === 'api');
    return slices.every(({ endpoints }) => (endpoints ?? []).length === replicas);
  });
}
