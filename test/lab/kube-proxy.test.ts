/** The laboratory's rules against those that a real kube-proxy 1.36 wrote for the same services, chain by chain. */
import { describe, expect, it } from 'vitest';
import { WEB } from '../../lab/default-cluster.ts';
import { rulesOf } from '../../lab/build.ts';
import { restoreText } from '../../lab/rules/ruleset.ts';
import type { ListenRow, Scenario } from '../../lab/scenario.ts';
import { makeSite } from '../../lab/site.ts';
import { openBundle } from '../../src/bundle/index.ts';

const HTTP: readonly ListenRow[] = [{ protocol: 'tcp', port: 8080, address: 'any' }];
const web = { app: 'web', port: 80, targetPort: 8080 };

/** The captured cluster's application. */
const CAPTURED: Scenario = {
  name: 'captured',
  about: 'shared application',
  wiring: 'vxlan',
  pods: [
    { name: 'solo', node: 'node-a', app: 'solo', listen: HTTP, hostPort: { host: 18080, container: 8080 } },
    { name: 'web-1', node: 'node-a', app: 'web', listen: WEB },
    { name: 'client-a', node: 'node-a', app: 'client', listen: [] },
    { name: 'web-2', node: 'node-b', app: 'web', listen: WEB },
  ],
  services: [
    { name: 'web', ...web },
    { name: 'web', portName: 'dns', app: 'web', port: 53, targetPort: 5353, protocol: 'udp' },
    { name: 'web-nodeport', ...web, nodePort: 30080 },
    { name: 'web-external', ...web, isExternal: true },
    { name: 'web-lb', ...web, nodePort: 30082, isLoadBalancer: true, sourceRanges: () => ['192.168.77.0/28'] },
    { name: 'web-sticky', ...web, affinity: true },
    { name: 'solo', app: 'solo', port: 80, targetPort: 8080 },
    { name: 'solo-local', app: 'solo', port: 80, targetPort: 8080, nodePort: 30081, externalTrafficPolicy: 'Local' },
    { name: 'solo-internal-local', app: 'solo', port: 80, targetPort: 8080, internalTrafficPolicy: 'Local' },
    { name: 'nobody', app: 'nobody', port: 80, targetPort: 8080, nodePort: 30083 },
  ],
};

describe('rules in the form of a real node', () => {
  const captured = openBundle('test/fixtures/captures/iptables-vxlan.skoop')
    .dump('kl-node1')!
    .netns.find((ns) => ns.isHost)!.sections['iptables-nft-save']!.stdout;
  const site = makeSite({ name: 'captured', scenario: CAPTURED, family: 4, backend: 'nft' });
  const real = chainsOf(captured);
  const ours = chainsOf(restoreText(rulesOf(site, site.node('node-a'))));

  const sameText = [...real.keys()].filter(
    (chain) =>
      /^(nat|filter) (KUBE|FLANNEL|CNI-HOSTPORT-(MASQ|SETMARK)|FORWARD|POSTROUTING)/.test(chain) &&
      real.get(chain)!.length > 0 &&
      !/PNDDAMA5SOLQ7R7R|NPX46M4PTMTKRN6Y|KUBE-(SERVICES|NODEPORTS|EXTERNAL-SERVICES)$/.test(chain),
  );
  it.each(sameText)('%s', (chain) => {
    expect(ours.get(chain)?.map(withoutAddresses)).toEqual(real.get(chain)!.map(withoutAddresses));
  });

  it.each(['nat KUBE-SERVICES', 'nat KUBE-NODEPORTS', 'filter KUBE-SERVICES', 'filter KUBE-EXTERNAL-SERVICES'])(
    "%s, whose order is kube-proxy's own",
    (chain) => {
      const others = (rules: readonly string[] | undefined): string[] =>
        (rules ?? [])
          .filter((rule) => !rule.includes('default/kubernetes'))
          .map(withoutAddresses)
          .sort();
      expect(others(ours.get(chain))).toEqual(others(real.get(chain)));
    },
  );

  it('covers the chains of every kind', () => {
    for (const kind of [
      'KUBE-SVC',
      'KUBE-SVL',
      'KUBE-EXT',
      'KUBE-FW',
      'KUBE-SEP',
      'FLANNEL-POSTRTG',
      'KUBE-FORWARD',
      'KUBE-PROXY-FIREWALL',
    ]) {
      expect(sameText.some((chain) => chain.includes(kind))).toBe(true);
    }
  });
});

/** Rules by `table chain`, without counters. */
function chainsOf(save: string): Map<string, string[]> {
  const chains = new Map<string, string[]>();
  let table = '';
  for (const line of save.split('\n')) {
    if (line.startsWith('*')) table = line.slice(1);
    const rule = line.replace(/^\[\d+:\d+\] /, '');
    const chain = /^-A (\S+)/.exec(rule)?.[1];
    if (chain === undefined) continue;
    const key = `${table} ${chain}`;
    chains.set(key, [...(chains.get(key) ?? []), rule]);
  }
  return chains;
}

/** Service addresses were chosen by the API server there and are counted up here; nft's save pads and widens some numbers. */
function withoutAddresses(rule: string): string {
  return rule
    .replaceAll(/\b(10\.96|203\.0)\.\d+\.\d+/g, 'SERVICE')
    .replace('--nfacct-name  ', '--nfacct-name ')
    .replace(/probability (0\.\d{10})0\b/, 'probability $1');
}
