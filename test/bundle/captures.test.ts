/** The real captures that ship as fixtures are bundles like any other. */
import { describe, expect, it } from 'vitest';
import { checkBundle, openBundle } from '../../src/bundle/index.ts';

describe.each([
  { name: 'iptables-vxlan', first: 'kl-node1', pods: 7, services: 11 },
  { name: 'nftables-hostgw', first: 'kl-node1', pods: 7, services: 11 },
  { name: 'three-nodes', first: 'node-1', pods: 13, services: 17 },
])('$name', ({ name, first, pods, services }) => {
  const bundle = openBundle(new URL(`../fixtures/captures/${name}.skoop`, import.meta.url).pathname);

  it('is whole, every pod has its namespace and every namespace its pod', () => {
    const { nodes, nodesWithoutDump } = checkBundle(bundle);
    expect(nodesWithoutDump).toEqual([]);
    for (const { name: node, state } of nodes) {
      if (state.kind !== 'read') throw state.error;
      expect(state.dump.podsWithoutNamespace, node).toEqual([]);
      expect(
        state.dump.namespaces.filter(({ pods }) => pods.length === 0),
        node,
      ).toEqual([]);
      expect(
        state.dump.namespaces.flatMap(({ failed }) => failed),
        node,
      ).toEqual([]);
    }
    expect(bundle.objects['Pod']).toHaveLength(pods);
    expect(bundle.objects['Service']).toHaveLength(services);
  });

  it('says sysctls as the collector does', () => {
    const host = bundle.dump(first)!.netns.find(({ isHost }) => isHost)!;
    const lines = host.sections.sysctl!.stdout.trimEnd().split('\n');
    expect(lines).toContain('/proc/sys/net/ipv4/ip_forward:1');
    expect(lines.filter((line) => !line.startsWith('/proc/sys/net/'))).toEqual([]);
  });
});
