/** A captured cluster whose node has a full, or nearly full, connection tracking table. */
import { expect, it } from 'vitest';
import { openBundle } from '../../src/bundle/index.ts';
import { dumpsCollector } from '../../src/collector/index.ts';
import { Context } from '../../src/context/index.ts';
import type { NodeNetworkStackDump } from '../../src/model/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

const bundle = openBundle(new URL('../fixtures/captures/iptables-vxlan.skoop', import.meta.url).pathname);

function withEntries(dump: NodeNetworkStackDump, count: number): NodeNetworkStackDump {
  const netns = dump.netns.map((ns) => {
    const section = ns.sections.sysctl;
    if (!ns.isHost || section === undefined) return ns;
    const stdout = section.stdout
      .replace(/^(.*nf_conntrack_count *[:=] *).*$/m, `$1${count}`)
      .replace(/^(.*nf_conntrack_max *[:=] *).*$/m, '$1262144');
    return { ...ns, sections: { ...ns.sections, sysctl: { ...section, stdout } } };
  });
  return { ...dump, netns };
}

it.each([
  ['room for more', 200_000, 'reachable', undefined],
  ['nearly full', 250_000, 'reachable', 1],
  ['full', 262_144, 'undetermined', 0],
] as const)('%s', async (_name, count, verdict, level) => {
  const dumps = bundle.nodes.map((name) => withEntries(bundle.dump(name)!, count));
  const network = await openNetwork({ objects: bundle.objects, collector: dumpsCollector(dumps) }, new Context());
  const path = await network.diagnose({ src: 'shop/client-a', dst: 'svc/web', port: 80, namespace: 'shop' });
  const found = path.nodes.flatMap((node) => node.suspicions).find(({ code }) => code === 'CONNTRACK_FULL');
  expect(path.verdict).toBe(verdict);
  expect(found?.level).toBe(level);
  if (level !== undefined)
    expect(found?.evidence.map(({ raw }) => raw)).toContain(`net.netfilter.nf_conntrack_count = ${count}`);
});
