import { describe, expect, it } from 'vitest';
import { planCollection } from '../../../src/collector/live/index.ts';
import { namespacesToAsk, refuseDeadNode } from '../../../src/collector/live/node-request.ts';
import { findAgents } from '../../../src/collector/live/agents.ts';
import { IPCache, idOf } from '../../../src/k8s/index.ts';

const ready = (status: string, message = ''): object => ({ conditions: [{ type: 'Ready', status, message }] });
const node = (name: string, number: number, status: object = ready('True')): object => ({
  metadata: { name },
  status: { ...status, addresses: [{ type: 'InternalIP', address: `192.168.77.${number}` }] },
});
const pod = (name: string, on: string, ip: string, more: object = {}): object => ({
  metadata: { namespace: 'shop', name, uid: `uid-${name}`, ...more },
  spec: {
    nodeName: on,
    containers: [{ name: 'c', ports: [{ containerPort: 8080, hostPort: name === 'solo' ? 18_080 : undefined }] }],
  },
  status: { phase: 'Running', podIP: ip, podIPs: [{ ip }] },
});
const endpoint = (name: string, on: string, ip: string): object => ({
  addresses: [ip],
  nodeName: on,
  conditions: { ready: true },
  targetRef: { kind: 'Pod', namespace: 'shop', name },
});

function cacheOf(webs: number): IPCache {
  const nodes = Array.from({ length: Math.max(3, webs) }, (_, index) => node(`node-${index + 1}`, index + 11));
  const backends = Array.from(
    { length: webs },
    (_, index) => [`web-${index + 1}`, `node-${index + 1}`, `10.77.${index}.2`] as const,
  );
  return new IPCache({
    Node: nodes,
    Pod: [
      pod('client', 'node-2', '10.77.1.9'),
      pod('solo', 'node-3', '10.77.2.9'),
      ...backends.map(([name, on, ip]) => pod(name, on, ip)),
    ],
    Service: [
      {
        metadata: { namespace: 'shop', name: 'web' },
        spec: {
          clusterIP: '10.96.0.80',
          clusterIPs: ['10.96.0.80'],
          type: 'NodePort',
          ports: [{ name: 'http', port: 80, nodePort: 30_080, protocol: 'TCP' }],
        },
      },
    ],
    EndpointSlice: [
      {
        metadata: { namespace: 'shop', name: 'web-1', labels: { 'kubernetes.io/service-name': 'web' } },
        addressType: 'IPv4',
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
        endpoints: backends.map(([name, on, ip]) => endpoint(name, on, ip)),
      },
    ],
  });
}

const ROWS = [
  [{ src: 'shop/client', dst: 'shop/solo', port: 8080 }, { 'node-2': ['shop/client'], 'node-3': ['shop/solo'] }, false],
  [
    { src: 'shop/client', dst: 'svc/shop/web', port: 80 },
    { 'node-1': ['shop/web-1'], 'node-2': ['shop/client', 'shop/web-2'] },
    false,
  ],
  [{ src: 'node/node-3', dst: 'shop/client', port: 1 }, { 'node-2': ['shop/client'], 'node-3': [] }, false],
  [{ src: '203.0.113.9', dst: 'svc/shop/web', port: 80 }, { 'node-1': ['shop/web-1'], 'node-2': ['shop/web-2'] }, true],
  [
    { src: '203.0.113.9', dst: 'svc/shop/web', port: 80, via: 'node-3' },
    { 'node-1': ['shop/web-1'], 'node-2': ['shop/web-2'], 'node-3': [] },
    false,
  ],
  [
    { src: '203.0.113.9', dst: 'node/node-3', port: 30_080 },
    { 'node-1': ['shop/web-1'], 'node-2': ['shop/web-2'], 'node-3': [] },
    false,
  ],
  [{ src: '203.0.113.9', dst: 'node/node-3', port: 18_080 }, { 'node-3': ['shop/solo'] }, false],
  [{ src: 'shop/nobody', dst: 'shop/solo', port: 1 }, {}, false],
] as const;

describe('what is collected at once', () => {
  it.each(ROWS)('for %j', (ask, expected, isFromAnywhere) => {
    const plan = planCollection(cacheOf(2), ask);
    expect(Object.fromEntries([...plan.nodes].map(([name, pods]) => [name, pods.map(idOf)]))).toEqual(expected);
    expect(plan.isFromAnywhere).toBe(isFromAnywhere);
  });

  it('is bounded: a service with very many endpoints waits for the walk', () => {
    const plan = planCollection(cacheOf(40), { src: 'shop/client', dst: 'svc/shop/web', port: 80 });
    expect([plan.nodes.size, plan.later.size]).toEqual([8, 32]);
  });
});

describe('what is asked of a node', () => {
  const crowd = (count: number): IPCache =>
    new IPCache({
      Pod: Array.from({ length: count }, (_, index) => pod(`web-${index}`, 'node-1', `10.77.0.${index + 2}`)),
    });

  it('is all of it where it has few pods', () => {
    const cache = crowd(12);
    expect(namespacesToAsk(cache, 'node-1', cache.pods.slice(0, 1))).toEqual([]);
  });

  it('is the pods that matter, and the others in brief, where it has many', () => {
    const cache = crowd(13);
    expect(namespacesToAsk(cache, 'node-1', cache.pods.slice(0, 2))).toEqual(['uid-web-0', 'uid-web-1']);
    expect(namespacesToAsk(cache, 'node-1', [])).toEqual(['host']);
  });

  it('is nothing where no pod can run', () => {
    const cache = new IPCache({
      Node: [
        node('node-1', 11, ready('Unknown', 'Kubelet stopped posting node status.')),
        node('node-2', 12, ready('False', 'container runtime network not ready')),
        { metadata: { name: 'node-3', labels: { 'kubernetes.io/os': 'windows' } } },
      ],
    });
    expect(() => refuseDeadNode(cache, 'node-1')).toThrow(
      'it is not ready (Kubelet stopped posting node status), so that no pod can be started there',
    );
    expect(() => refuseDeadNode(cache, 'node-2')).not.toThrow();
    expect(() => refuseDeadNode(cache, 'node-3')).toThrow("it runs windows, and only Linux's network is known here");
    expect(() => refuseDeadNode(cache, 'node-9')).toThrow('the cluster has no such node');
  });
});

describe('the agent', () => {
  const labels = {
    'app.kubernetes.io/name': 'skoop',
    'app.kubernetes.io/component': 'agent',
    'app.kubernetes.io/managed-by': 'skoop',
  };
  it.each([
    [{ labels }, ['node-1']],
    [{ labels, deletionTimestamp: '2026-11-26T22:00:00Z' }, []],
    [{ labels: { ...labels, 'app.kubernetes.io/component': 'collector' } }, []],
  ])('is found by %j', (meta, expected) => {
    expect([
      ...findAgents(new IPCache({ Pod: [pod('skoop-agent-x', 'node-1', '192.168.77.11', meta)] })).keys(),
    ]).toEqual(expected);
  });
});
