/** Which proxy mode a result names, and by what: the nodes' own rules where no object of the cluster says it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/bundle/open.ts';
import { bundleCollector } from '../../src/collector/collector-manager.ts';
import { Context } from '../../src/context/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

const CAPTURES = join(import.meta.dirname, '../fixtures/captures');

async function proxyModes(capture: string, src: string, family: 4 | 6): Promise<readonly string[]> {
  const bundle = openBundle(join(CAPTURES, `${capture}.skoop`));
  const network = await openNetwork({ objects: bundle.objects, collector: bundleCollector(bundle) }, new Context());
  const path = await network.diagnose({ src, dst: 'svc/shop/web', protocol: 'tcp', port: 80, family });
  return path.detected
    .filter(({ what }) => what === 'proxy mode')
    .map(({ value, from }) => `${value} from ${from.replace(/(kl-)?node-?\d/, 'NODE')}`);
}

describe('the proxy mode of a captured cluster', () => {
  it.each([
    ['three-nodes', 'shop/client-1', 4, 'iptables from chain KUBE-SERVICES of NODE'],
    ['iptables-vxlan', 'shop/client-a', 6, 'iptables from chain KUBE-SERVICES of NODE'],
    ['nftables-hostgw', 'shop/client-a', 4, 'nftables from nft table kube-proxy of NODE'],
  ] as const)('%s is told once', async (capture, src, family, expected) => {
    expect(await proxyModes(capture, src, family)).toEqual([expected]);
  });
});
