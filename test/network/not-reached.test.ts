/** A captured cluster in which the packet does not get to where it should: that, too, is held against what was meant. */
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/bundle/index.ts';
import { dumpsCollector } from '../../src/collector/index.ts';
import { Context } from '../../src/context/index.ts';
import type { NodeNetworkStackDump, PacketPath, SectionName } from '../../src/model/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

const bundle = openBundle(new URL('../fixtures/captures/three-nodes.skoop', import.meta.url).pathname);

type Entry = Readonly<Record<string, unknown>>;

/** The dumps, without those entries of a section of a node's host that `isGone` is true for. */
function dumpsWithout(node: string, section: SectionName, isGone: (entry: Entry) => boolean): NodeNetworkStackDump[] {
  return bundle.nodes.map((name) => {
    const dump = bundle.dump(name)!;
    if (name !== node) return dump;
    const netns = dump.netns.map((ns) => {
      const found = ns.sections[section];
      if (!ns.isHost || found === undefined) return ns;
      const entries = JSON.parse(found.stdout) as readonly Entry[];
      const stdout = `${JSON.stringify(entries.filter((entry) => !isGone(entry)))}\n`;
      expect(stdout.length).toBeLessThan(found.stdout.length);
      return { ...ns, sections: { ...ns.sections, [section]: { ...found, stdout } } };
    });
    return { ...dump, netns };
  });
}

async function ask(dumps: readonly NodeNetworkStackDump[], objects = bundle.objects): Promise<PacketPath> {
  const network = await openNetwork({ objects, collector: dumpsCollector(dumps) }, new Context());
  return network.diagnose({ src: 'shop/client-1', dst: '10.77.2.2', port: 8080 });
}

const findings = (path: PacketPath): readonly string[] =>
  path.nodes.flatMap(({ id, suspicions }) => suspicions.map(({ code }) => `${id} ${code}`));

describe('the way to a pod of another node', () => {
  it('is whole', async () => {
    const path = await ask(bundle.nodes.map((name) => bundle.dump(name)!));
    expect([path.verdict, findings(path)]).toEqual(['reachable', []]);
  });

  it.each([
    ['ip4-route', 'node-1', ({ dst }: Entry) => dst === '10.77.2.0/24', 'node-1 NODE_ROUTE_MISSING'],
    ['bridge-fdb', 'node-1', ({ dst }: Entry) => dst === '192.168.77.12', 'node-1 VTEP_FDB_MISSING'],
    ['ip-neigh', 'node-1', ({ dst }: Entry) => dst === '10.77.2.0', 'node-1 VTEP_NEIGHBOUR_MISSING'],
    ['ip4-route', 'node-2', ({ dst }: Entry) => dst === '10.77.2.0/24', 'node-2 HOST_ROUTE_MISSING'],
  ] as const)('lacks an entry of %s on %s', async (section, node, isGone, finding) => {
    const path = await ask(dumpsWithout(node, section, isGone));
    expect(path.verdict).not.toBe('reachable');
    expect(findings(path)).toContain(finding);
  });

  it('leads to a node that nothing was had of', async () => {
    const nodes = (bundle.objects['Node'] as readonly NodeObject[]).map((node) =>
      node.metadata.name === 'node-2'
        ? { ...node, status: { ...node.status, conditions: [{ type: 'Ready', status: 'Unknown' }] } }
        : node,
    );
    const dumps = ['node-1', 'node-3'].map((name) => bundle.dump(name)!);
    const path = await ask(dumps, { ...bundle.objects, Node: nodes });
    expect([path.verdict, path.reason]).toEqual(['undetermined', 'unknown-state']);
    expect(path.branches.map(({ forward }) => forward.ending)).toMatchObject([
      {
        node: 'node-2',
        message: 'the packet leaves node-1 by eth0 to 192.168.77.12, the node node-2, which was not collected',
      },
    ]);
    expect(findings(path)).toEqual(expect.arrayContaining(['node-2 STATE_MISSING', 'node-2 NODE_NOT_READY']));
  });
});

interface NodeObject {
  readonly metadata: { readonly name: string };
  readonly status: object;
}
