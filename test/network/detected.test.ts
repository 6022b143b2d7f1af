/** What a result says that it detected, and by what: the nodes' own state where no object or flag says it. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../src/bundle/open.ts';
import { bundleCollector } from '../../src/collector/collector-manager.ts';
import { Context } from '../../src/context/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

const CAPTURES = join(import.meta.dirname, '../fixtures/captures');

interface Asked {
  readonly src: string;
  readonly family: 4 | 6;
  readonly flags?: Readonly<Record<string, string>>;
}

async function detected(what: string, capture: string, { src, family, flags = {} }: Asked): Promise<readonly string[]> {
  const bundle = openBundle(join(CAPTURES, `${capture}.skoop`));
  const network = await openNetwork(
    { objects: bundle.objects, collector: bundleCollector(bundle) },
    new Context(new Map(Object.entries(flags))),
  );
  const path = await network.diagnose({ src, dst: 'svc/shop/web', protocol: 'tcp', port: 80, family });
  return path.detected
    .filter((row) => row.what === what)
    .map(({ value, from }) => `${value} from ${from.replace(/(kl-)?node-?\d/, 'NODE')}`);
}

describe('the proxy mode of a captured cluster', () => {
  it.each([
    ['three-nodes', 'shop/client-1', 4, 'iptables from chain KUBE-SERVICES of NODE'],
    ['iptables-vxlan', 'shop/client-a', 6, 'iptables from chain KUBE-SERVICES of NODE'],
    ['nftables-hostgw', 'shop/client-a', 4, 'nftables from nft table kube-proxy of NODE'],
  ] as const)('%s is told once', async (capture, src, family, expected) => {
    expect(await detected('proxy mode', capture, { src, family })).toEqual([expected]);
  });
});

describe('the node interface of a captured cluster', () => {
  it.each([
    ['three-nodes', 'shop/client-1', 4, {}, 'eth0 from 192.168.77.11 of Node NODE'],
    ['nftables-hostgw', 'shop/client-a', 6, {}, 'eth0 from 192.168.77.11 of Node NODE'],
    [
      'three-nodes',
      'shop/client-1',
      4,
      { 'flannel-host-interface': 'eth1' },
      'eth1 from flag --flannel-host-interface',
    ],
  ] as const)('%s, asked by %s over IPv%i', async (capture, src, family, flags, expected) => {
    expect(await detected('node interface', capture, { src, family, flags })).toEqual([expected]);
  });
});
