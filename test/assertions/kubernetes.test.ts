/** Pods, nodes and addresses against their own objects. */
import { describe, expect, it } from 'vitest';
import { KubernetesAssertion } from '../../src/assertions/index.ts';
import { IPCache } from '../../src/k8s/index.ts';
import { ip } from '../../src/model/index.ts';
import type { Suspicion } from '../../src/model/index.ts';

const shown = (found: readonly Suspicion[]): readonly string[] =>
  found.map(({ code, level, message }) => `${level} ${code} ${message}`);

function podOf(status: object, metadata: object = {}): Parameters<typeof KubernetesAssertion.podIsRunning>[0] {
  return new IPCache({ Pod: [{ metadata: { namespace: 'shop', name: 'web', ...metadata }, status }] }).pods[0]!;
}
const notReady = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };

describe('a pod', () => {
  it.each<readonly [name: string, pod: ReturnType<typeof podOf>, expected: readonly string[]]>([
    ['runs', podOf({ phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] }), []],
    ['waits', podOf({ phase: 'Pending' }), ['2 POD_NOT_RUNNING pod shop/web is Pending']],
    ['has failed', podOf({ phase: 'Failed' }), ['2 POD_NOT_RUNNING pod shop/web is Failed']],
    [
      'is going away',
      podOf({ phase: 'Running' }, { deletionTimestamp: '2026-11-24T00:00:00Z' }),
      ['1 POD_NOT_RUNNING pod shop/web is being deleted (Running)'],
    ],
    ['is not ready', podOf(notReady), ['1 POD_NOT_READY pod shop/web runs and is not ready: Services leave it out']],
  ])('%s', (_, pod, expected) => {
    expect(shown([...KubernetesAssertion.podIsRunning(pod), ...KubernetesAssertion.podIsReady(pod)])).toEqual(expected);
  });
});

it('names a node that is not ready with its reason', () => {
  const status = (ready: string): object => ({
    conditions: [{ type: 'Ready', status: ready, message: 'container runtime network not ready' }],
  });
  const { nodes } = new IPCache({
    Node: [
      { metadata: { name: 'node-a' }, status: status('True') },
      { metadata: { name: 'node-b' }, status: status('Unknown') },
    ],
  });
  expect(nodes.flatMap((node) => shown(KubernetesAssertion.nodeIsReady(node)))).toEqual([
    '1 NODE_NOT_READY node node-b is not ready: container runtime network not ready',
  ]);
});

describe('an address', () => {
  const pod = (name: string, address: string, spec: object = {}, phase = 'Running'): object => ({
    metadata: { namespace: 'shop', name },
    spec: { nodeName: 'node-a', ...spec },
    status: { phase, podIP: address },
  });
  const node = {
    metadata: { name: 'node-a' },
    status: { addresses: [{ type: 'InternalIP', address: '192.168.5.1' }] },
  };
  it.each<readonly [name: string, pods: readonly object[], address: string, owners: string | undefined]>([
    ['one owner', [pod('web', '10.0.0.1')], '10.0.0.1', undefined],
    [
      'two pods, v4',
      [pod('web', '10.0.0.1'), pod('api', '10.0.0.1')],
      '10.0.0.1',
      '10.0.0.1 belongs to pod shop/web and pod shop/api',
    ],
    [
      'two pods, v6',
      [pod('web', 'fd00::1'), pod('api', 'fd00:0::1')],
      'fd00::1',
      'fd00::1 belongs to pod shop/web and pod shop/api',
    ],
    [
      'a pod and a node',
      [pod('web', '192.168.5.1')],
      '192.168.5.1',
      '192.168.5.1 belongs to pod shop/web and node node-a',
    ],
    ['a pod in its node’s network', [pod('web', '192.168.5.1', { hostNetwork: true })], '192.168.5.1', undefined],
    ['a pod that has ended', [pod('web', '10.0.0.1', {}, 'Succeeded'), pod('api', '10.0.0.1')], '10.0.0.1', undefined],
  ])('%s', (_, pods, address, owners) => {
    const found = KubernetesAssertion.addressIsUnique(new IPCache({ Pod: [...pods], Node: [node] }), ip(address));
    expect(found.map(({ code, message }) => `${code} ${message}`)).toEqual(
      owners === undefined ? [] : [`DUPLICATE_ADDRESS ${owners}`],
    );
  });
});
