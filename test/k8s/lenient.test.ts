/** Objects come from outside: whatever their shape, reading them neither throws nor invents. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Context } from '../../src/context/index.ts';
import { AskError, detectCluster, IPCache, resolveQuestion } from '../../src/k8s/index.ts';
import { ip } from '../../src/model/index.ts';
import { choosePlugin } from '../../src/plugin/index.ts';

const KINDS = [
  'Node',
  'Pod',
  'Service',
  'EndpointSlice',
  'Namespace',
  'ConfigMap',
  'DaemonSet',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'Job',
  'NetworkPolicy',
  'ServiceCIDR',
  'IPAddress',
];
/** Keys that mean something, so that the odd values get to where they are read. */
const KEYS = [
  'metadata',
  'spec',
  'status',
  'name',
  'namespace',
  'labels',
  'annotations',
  'ownerReferences',
  'addresses',
  'address',
  'type',
  'podCIDRs',
  'podIPs',
  'podIP',
  'ip',
  'ports',
  'port',
  'protocol',
  'clusterIP',
  'clusterIPs',
  'endpoints',
  'conditions',
  'data',
  'containers',
  'command',
  'template',
  'net-conf.json',
  'addressType',
  '__proto__',
  'constructor',
];

const scalar = fc.oneof(
  fc.constantFrom(null, true, -1, 80, '10.0.0.1', 'fd00::1', 'web', 'IPv4', '{', 'TCP', ''),
  fc.string(),
  fc.double(),
  fc.bigInt(),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS), tie('value'), { maxKeys: 5 }),
  ),
}));
const objects = fc.dictionary(fc.constantFrom(...KINDS), fc.array(value, { maxLength: 3 }));

it('never throws', () => {
  fc.assert(
    fc.property(objects, fc.oneof(fc.string(), fc.constantFrom('svc/web', 'web', '10.0.0.1')), (odd, text) => {
      const cache = new IPCache(odd);
      const cluster = detectCluster(cache, new Context());
      choosePlugin(cluster, new Context()).plugin.describe(cluster);
      const answer = resolveQuestion(cache, { src: '192.0.2.1', dst: text, port: 80 });
      if (answer instanceof AskError) expect(answer.message).not.toBe('');
      void [
        cache.nodes,
        cache.pods,
        cache.services,
        cache.endpointSlices,
        cache.configMaps,
        cache.namespaces,
        cache.networkPolicies,
        cache.allWorkloads,
        cache.ownerOf(ip('10.0.0.1')),
        cache.servicesOfNodePort(80, 'tcp'),
      ];
    }),
    { numRuns: 1000, seed: 20261124 },
  );
});

it('leaves out what has no name, and keeps what is next to it', () => {
  const cache = new IPCache({
    Pod: [
      null,
      7,
      [],
      {},
      { metadata: {} },
      {
        metadata: { name: 'web', namespace: 'shop' },
        spec: 'odd',
        status: { podIPs: [7, { ip: 'x' }, { ip: '10.0.0.1' }], podIP: null },
      },
    ],
  });
  expect(cache.pods).toHaveLength(1);
  expect(cache.pods[0]).toMatchObject({
    name: 'web',
    namespace: 'shop',
    hostNetwork: false,
    phase: 'Unknown',
    ips: [{ text: '10.0.0.1' }],
  });
});
