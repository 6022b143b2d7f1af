import { describe, expect, it } from 'vitest';
import type { NetNSInfo, Section, SectionName } from '../../../src/model/dump.ts';
import { busyChainAt } from '../../../src/netstack/nftables/index.ts';
import { NetNS } from '../../../src/netstack/netns.ts';

function namespace(sections: Partial<Record<SectionName, Partial<Section>>>): NetNS {
  const full = Object.entries(sections).map(([name, section]): [string, Section] => [
    name,
    { command: name, exitCode: 0, stdout: '', stderr: '', ...section },
  ]);
  const info: NetNSInfo = { inode: 4026532000, isHost: true, names: [], sections: Object.fromEntries(full) };
  return new NetNS('node-a', info);
}

const chain = (family: string, table: string, policy = 'accept'): string =>
  `{"chain": {"family": "${family}", "table": "${table}", "name": "INPUT", "handle": 1, "type": "filter", "hook": "input", "prio": 0, "policy": "${policy}"}}`;
const rule = (family: string, table: string, expr: string): string =>
  `{"rule": {"family": "${family}", "table": "${table}", "chain": "INPUT", "handle": 2, "expr": [${expr}]}}`;
const TABLES = (['inet mine', 'ip mine', 'ip6 mine', 'ip filter'] as const)
  .map((text, i) => {
    const [family, name] = text.split(' ');
    return `{"table": {"family": "${family}", "name": "${name}", "handle": ${i + 1}}}`;
  })
  .join(', ');
const COUNTED = '{"counter": {"packets": 0, "bytes": 0}}, {"accept": null}';
const list = (...objects: string[]): { stdout: string } => ({
  stdout: `{"nftables": [${TABLES}, ${objects.join(', ')}]}`,
});
const SAVED = { stdout: '*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -j ACCEPT\nCOMMIT\n' };

const NFT = [
  ['no nf_tables at all', {}, undefined],
  ['an empty chain that accepts', { 'nft-ruleset': list(chain('inet', 'mine')) }, undefined],
  ['an empty chain that drops', { 'nft-ruleset': list(chain('inet', 'mine', 'drop')) }, 'mine'],
  ['a chain with a rule', { 'nft-ruleset': list(chain('ip', 'mine'), rule('ip', 'mine', '{"drop": null}')) }, 'mine'],
  ['a table of another family', { 'nft-ruleset': list(chain('ip6', 'mine', 'drop')) }, undefined],
  [
    'a table of iptables-nft',
    { 'nft-ruleset': list(chain('ip', 'filter'), rule('ip', 'filter', COUNTED)), 'iptables-nft-save': SAVED },
    undefined,
  ],
  [
    'a table of iptables-nft that nft added a rule to, which the save tool prints as something else',
    {
      'nft-ruleset': list(
        chain('ip', 'filter'),
        rule(
          'ip',
          'filter',
          '{"match": {"op": "==", "left": {"payload": {"protocol": "tcp", "field": "dport"}}, "right": {"set": [1, 80]}}}, {"accept": null}',
        ),
      ),
      'iptables-nft-save': SAVED,
    },
    'filter',
  ],
] as const;

describe('native nftables chains in the way of a packet', () => {
  it.each(NFT)('%s', (_, sections, table) => {
    const found = busyChainAt(namespace(sections), ['ip', 'inet'], 'input');
    expect(found.ok && found.value?.table.name).toBe(table);
  });

  it('is not known where nft is missing', () => {
    expect(busyChainAt(namespace({ 'nft-ruleset': { exitCode: 127 } }), ['ip'], 'input').ok).toBe(false);
  });
});

const bound = (devices: string): Partial<Section> => ({
  stdout: `table netdev own { # handle 1
	chain in { # handle 1
		type filter hook ingress ${devices} priority filter; policy drop;
	}
}
`,
});
const IN_JSON =
  '{"nftables": [{"table": {"family": "netdev", "name": "own", "handle": 1}}, {"chain": {"family": "netdev", "table": "own", "name": "in", "handle": 1, "type": "filter", "hook": "ingress", "prio": 0, "policy": "drop"}}]}';

describe('chains of devices', () => {
  it.each([
    ['of one device', { 'nft-ruleset-text': bound('device "eth0"') }, ['eth0']],
    ['of several', { 'nft-ruleset-text': bound('devices = { "eth0", "eth1" }') }, ['eth0', 'eth1']],
    ['of names that begin alike', { 'nft-ruleset-text': bound('device "eth*"') }, ['eth0', 'eth1']],
    ['of one that is gone', { 'nft-ruleset-text': bound('device "eth7"') }, []],
    ['JSON of nft 1.0.6 does not say of which', { 'nft-ruleset': { stdout: IN_JSON } }, ['eth0', 'eth1', 'cni0']],
  ] as const)('%s', (_, sections, devices) => {
    const ns = namespace(sections);
    const at = ['eth0', 'eth1', 'cni0'].filter((device) => {
      const found = busyChainAt(ns, ['netdev', 'inet'], 'ingress', device);
      return found.ok && found.value !== undefined;
    });
    expect(at).toEqual(devices);
  });

  it('of devices that are not known are not evaluated', () => {
    const found = busyChainAt(namespace({ 'nft-ruleset': { stdout: IN_JSON } }), ['netdev'], 'ingress', 'eth0');
    expect(found.ok && found.value?.unreadable).toBe(
      "which devices chain in of table netdev own is at is not in nft's JSON",
    );
  });
});
