/** A captured cluster with a rule that asks for the time: it is answered for the moment of the capture, and that is said. */
import { expect, it } from 'vitest';
import { openBundle } from '../../src/bundle/index.ts';
import { dumpsCollector } from '../../src/collector/index.ts';
import { Context } from '../../src/context/index.ts';
import type { NodeNetworkStackDump } from '../../src/model/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

const bundle = openBundle(new URL('../fixtures/captures/iptables-vxlan.skoop', import.meta.url).pathname);
const SAVED = 'iptables-nft-save';

function withRule(dump: NodeNetworkStackDump, collectedAt: string, rule: string): NodeNetworkStackDump {
  const netns = dump.netns.map((ns) => {
    const section = ns.sections[SAVED];
    if (!ns.isHost || section === undefined) return ns;
    const stdout = `${section.stdout}\n*raw\n:PREROUTING ACCEPT [0:0]\n-A PREROUTING -p tcp ${rule}\nCOMMIT\n`;
    return { ...ns, sections: { ...ns.sections, [SAVED]: { ...section, stdout } } };
  });
  return { ...dump, collectedAt, netns };
}

const OFFICE_HOURS = '-m time --timestart 08:00:00 --timestop 17:59:59 --weekdays Mon,Tue,Wed,Thu,Fri';

it.each([
  ['a Friday morning', '2026-11-27T09:30:00Z', 'unreachable'],
  ['a Friday evening', '2026-11-27T19:30:00Z', 'reachable'],
  ['a Saturday', '2026-11-28T09:30:00Z', 'reachable'],
  ['just before the end', '2026-11-27T17:55:00Z', 'undetermined'],
  ['no time at all', 'yesterday', 'undetermined'],
] as const)('%s', async (_name, collectedAt, verdict) => {
  const rule = `${OFFICE_HOURS} -j DROP`;
  const dumps = bundle.nodes.map((name) => withRule(bundle.dump(name)!, collectedAt, rule));
  const network = await openNetwork({ objects: bundle.objects, collector: dumpsCollector(dumps) }, new Context());
  const path = await network.diagnose({ src: 'shop/client-a', dst: 'svc/web', port: 80, namespace: 'shop' });
  expect(path.verdict).toBe(verdict);
  expect(path.assumptions).toContainEqual(
    expect.stringContaining(`was looked at, ${collectedAt}: a rule there asks for the time`),
  );
});
