/** A copy of the template works before anything is filled in. */
import { expect, it } from 'vitest';
import { Context } from '../../src/context/index.ts';
import { idOf } from '../../src/k8s/index.ts';
import { template } from '../../src/plugin/_template/index.ts';
import { captured } from '../k8s/captured.ts';

it('holds a cluster to what every CNI must give', () => {
  const edits = [
    {
      node: 'kl-node1',
      section: 'sysctl' as const,
      change: (text: string) => text.replace(/^(.*ipv4.ip_forward ?[=:] ?)1$/m, '$10'),
    },
  ];
  const { cluster, view } = captured('iptables-vxlan', { edits });
  const plugin = template.create(new Context());
  const node = view('kl-node1');
  expect(plugin.detect(cluster)).toBeUndefined();
  expect(plugin.describe(cluster)).toEqual([]);
  expect(plugin.linkTypeBetweenNodes(cluster)).toBe('infra');
  expect(plugin.checkNode({ cluster, view: node, peers: [], families: [4, 6] }).map(({ code }) => code)).toEqual([
    'SYSCTL_UNEXPECTED',
  ]);
  const pods = cluster.cache.podsOn('kl-node1').filter((pod) => !pod.hostNetwork);
  expect(
    pods.flatMap((pod) => plugin.checkPod({ cluster, view: node, pod, netns: node.pods.get(idOf(pod))! })),
  ).toEqual([]);
});
