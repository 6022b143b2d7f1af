/** What is kept of an object tells the readers the same as all of it. */
import { beforeAll, describe, expect, it } from 'vitest';
import { openBundle } from '../../../src/bundle/index.ts';
import { Context } from '../../../src/context/index.ts';
import type { ApiServer } from '../../../src/k8s/client/api-server.ts';
import { ApiError } from '../../../src/k8s/client/api-error.ts';
import { fetchClusterObjects } from '../../../src/k8s/client/cluster-objects.ts';
import type { ClusterObjects } from '../../../src/k8s/client/cluster-objects.ts';
import { at, fields, text } from '../../../src/k8s/fields.ts';
import { detectCluster, IPCache } from '../../../src/k8s/index.ts';
import type { KubeObjects, ObjectMeta, Pod } from '../../../src/k8s/index.ts';
import { readFlannelConfig } from '../../../src/plugin/flannel/config.ts';
import type { CaptureName } from '../captured.ts';

const CAPTURES: readonly CaptureName[] = ['iptables-vxlan', 'nftables-hostgw'];

describe.each(CAPTURES)('of the objects of %s', (name) => {
  let full: IPCache;
  let slim: IPCache;
  beforeAll(async () => {
    const bundle = openBundle(new URL(`../../fixtures/captures/${name}.skoop`, import.meta.url).pathname);
    const objects = { ...bundle.objects, Pod: [...bundle.objects['Pod']!, SIDECAR] };
    full = new IPCache(objects);
    const fetched = await fetchClusterObjects(serverOf(objects));
    expect(fetched.missing).toEqual([]);
    slim = new IPCache(fetched.objects);
  });

  it('keeps pods as they are read, but for annotations and environment', () => {
    expect(full.pods.length).toBeGreaterThan(5);
    expect(slim.pods.map(comparable)).toEqual(full.pods.map(comparable));
    const hashes = (cache: IPCache) => cache.pods.map((pod) => pod.annotations.get('kubernetes.io/config.hash'));
    expect(hashes(slim)).toEqual(hashes(full));
  });

  it.each(['nodes', 'services', 'endpointSlices', 'networkPolicies', 'namespaces'] as const)('keeps %s', (kind) => {
    const seen = (cache: IPCache): unknown => cache[kind].map(withoutApplied);
    expect(seen(slim)).toEqual(seen(full));
  });

  it.each(['DaemonSet', 'Deployment'] as const)('keeps a %s with its command line', (kind) => {
    const seen = (cache: IPCache): unknown => cache.workloads(kind).map(withoutApplied);
    expect(seen(slim)).toEqual(seen(full));
  });

  it.each(['ReplicaSet', 'StatefulSet', 'Job'] as const)('keeps of a %s who it is and whose', (kind) => {
    const seen = (cache: IPCache): unknown =>
      cache.workloads(kind).map(({ name, namespace, owner, labels }) => ({ name, namespace, owner, labels }));
    expect(seen(slim)).toEqual(seen(full));
  });

  it('finds the same pods of each workload', () => {
    const pods = (cache: IPCache): unknown =>
      cache.allWorkloads.map((workload) => [
        workload.kind,
        workload.name,
        cache.podsOf(workload).map((pod) => pod.name),
      ]);
    expect(pods(slim)).toEqual(pods(full));
  });

  it('detects the same cluster and the same network', () => {
    const context = new Context();
    const facts = (cache: IPCache): unknown => {
      const cluster = detectCluster(cache, context);
      return { facts: cluster.facts, flannel: readFlannelConfig(cluster, context) };
    };
    expect(facts(slim)).toEqual(facts(full));
  });
});

describe('a kind that is not to be had', () => {
  const nothing = serverOf({});
  const refusing = (kind: string, error: ApiError): ApiServer => ({
    ...nothing,
    list: async (path, one) => {
      if (path.endsWith(kind)) throw error;
      return nothing.list(path, one);
    },
  });
  const forbidden = new ApiError('not allowed to list it', { problem: 'forbidden', status: 403 });
  const unknown = new ApiError('there is none', { problem: 'not-found', status: 404 });
  const gone = new ApiError('connection refused', { problem: 'unreachable' });

  it.each([
    { path: '/networkpolicies', error: forbidden, missing: ['NetworkPolicy'] },
    { path: '/endpointslices', error: unknown, missing: ['EndpointSlice'] },
    { path: '/servicecidrs', error: forbidden, missing: ['ServiceCIDR'] },
    // Before Kubernetes 1.33 there is no such kind, which is nothing to say.
    { path: '/servicecidrs', error: unknown, missing: [] },
    { path: '/ipaddresses', error: forbidden, missing: ['IPAddress'] },
    { path: '/ipaddresses', error: unknown, missing: [] },
  ])('$path ($error.problem) leaves the others', async ({ path, error, missing }) => {
    const found: ClusterObjects = await fetchClusterObjects(refusing(path, error));
    expect(found.missing.map(({ kind }) => kind)).toEqual(missing);
    expect(Object.keys(found.objects)).toContain('Service');
  });

  it.each([
    { path: '/pods', error: forbidden },
    { path: '/nodes', error: forbidden },
    { path: '/services', error: gone },
  ])('$path ($error.problem) ends it', async ({ path, error }) => {
    await expect(fetchClusterObjects(refusing(path, error))).rejects.toBe(error);
  });

  it('names ConfigMaps once', async () => {
    const found = await fetchClusterObjects({ ...nothing, get: async () => Promise.reject(forbidden) });
    expect(found.missing).toEqual([{ kind: 'ConfigMap', error: forbidden }]);
  });
});

/** Init containers that stay serve ports; others do not. */
const SIDECAR = {
  kind: 'Pod',
  metadata: { namespace: 'shop', name: 'sidecar', deletionTimestamp: '2026-01-15T10:00:00Z' },
  spec: {
    nodeName: 'node-1',
    hostname: 'db-0',
    subdomain: 'db',
    initContainers: [
      { name: 'proxy', restartPolicy: 'Always', ports: [{ name: 'mesh', containerPort: 15006, hostPort: 15006 }] },
      { name: 'setup', ports: [{ containerPort: 1 }] },
    ],
    containers: [{ name: 'db', ports: [{ name: 'sql', containerPort: 5432, hostPort: 5432, hostIP: '192.0.2.7' }] }],
  },
  status: { phase: 'Running', podIP: '10.77.9.9', conditions: [{ type: 'Ready', status: 'False' }] },
};

/** Gives the captured objects by the paths of an API server. */
function serverOf(objects: KubeObjects): ApiServer {
  const plural = (kind: string): string => {
    const lower = kind.toLowerCase();
    return lower.endsWith('y') ? `${lower.slice(0, -1)}ies` : `${lower}s`;
  };
  const byPlural = new Map(Object.entries(objects).map(([kind, items]) => [plural(kind), items]));
  const unused = async (): Promise<never> => Promise.reject(new Error('not asked here'));
  return {
    about: { server: 'https://192.0.2.1:6443', namespace: 'default' },
    list: async (path, one) => (byPlural.get(path.split('/').at(-1)!) ?? []).map((item) => one(fields(item))),
    get: async (path) => {
      const [, , , , namespace, , name] = path.split('/');
      const found = (objects['ConfigMap'] ?? []).find((map) => {
        const meta = at(map, 'metadata');
        return text(meta, 'namespace') === namespace && text(meta, 'name') === name;
      });
      if (found === undefined) throw new ApiError('there is none', { problem: 'not-found', status: 404 });
      return found;
    },
    create: unused,
    delete: unused,
    exec: unused,
    // eslint-disable-next-line require-yield
    watch: async function* () {
      throw new Error('not asked here');
    },
    close: () => {},
  };
}

function comparable({ annotations: _annotations, containers, ...pod }: Pod): unknown {
  return { ...pod, containers: containers.map(({ name, command }) => ({ name, command })) };
}

/** kubectl's copy of the whole object is nobody's to read. */
function withoutApplied(object: ObjectMeta): unknown {
  const annotations = new Map(object.annotations);
  annotations.delete('kubectl.kubernetes.io/last-applied-configuration');
  return { ...object, annotations };
}
