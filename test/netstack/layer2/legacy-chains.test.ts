/** Which chains of arptables-legacy and ebtables-legacy may do anything, by what the tools listed on real kernels. */
import { describe, expect, it } from 'vitest';
import type { NetNSInfo, Section } from '../../../src/model/dump.ts';
import { arpChains, bridgeChains, legacyAt } from '../../../src/netstack/layer2/legacy-chains.ts';
import { NetNS } from '../../../src/netstack/netns.ts';

/** arptables 0.0.5, kernel 6.18 */
const ARP = `Chain INPUT (policy ACCEPT)
-j DROP -s 10.0.0.1 

Chain OUTPUT (policy DROP)

Chain FORWARD (policy ACCEPT)

Chain own (0 references)
-j ACCEPT -i eth+ 
`;

/** ebtables 2.0.11, kernel 6.1 */
const BRIDGE = `Bridge table: filter

Bridge chain: INPUT, entries: 0, policy: ACCEPT

Bridge chain: FORWARD, entries: 1, policy: ACCEPT
-p IPv4 --ip-proto tcp -j DROP 

Bridge chain: OUTPUT, entries: 0, policy: ACCEPT
Bridge table: nat

Bridge chain: PREROUTING, entries: 0, policy: DROP

Bridge chain: OUTPUT, entries: 0, policy: ACCEPT

Bridge chain: POSTROUTING, entries: 0, policy: ACCEPT
`;

function nodeWith(name: 'arptables-legacy' | 'ebtables-legacy', stdout: string, exitCode = 0): NetNS {
  const section: Section = { command: name, exitCode, stdout, stderr: exitCode === 0 ? '' : 'there is no such tool' };
  const info: NetNSInfo = { inode: 1, isHost: true, names: [], sections: { [name]: section } };
  return new NetNS('node-a', info);
}

describe('arptables-legacy', () => {
  it.each([
    [
      'input',
      { kind: 'rule', raw: '-j DROP -s 10.0.0.1', where: 'arptables-legacy of node-a, table filter, chain INPUT' },
    ],
    ['output', { kind: 'policy', raw: 'policy DROP', where: 'arptables-legacy of node-a, table filter, chain OUTPUT' }],
    ['forward', undefined],
  ] as const)('%s', (hook, expected) => {
    expect(legacyAt(arpChains(nodeWith('arptables-legacy', ARP)), [hook])).toEqual(expected);
  });
});

describe('ebtables-legacy', () => {
  it.each([
    ['input', undefined],
    ['forward', 'ebtables-legacy of node-a, table filter, chain FORWARD'],
    ['prerouting', 'ebtables-legacy of node-a, table nat, chain PREROUTING'],
    ['output', undefined],
    ['postrouting', undefined],
    ['brouting', undefined],
  ] as const)('%s', (hook, expected) => {
    expect(legacyAt(bridgeChains(nodeWith('ebtables-legacy', BRIDGE)), [hook])?.where).toBe(expected);
  });
});

describe('where the list is not to be had', () => {
  it.each([
    ['the tool is missing', nodeWith('ebtables-legacy', '', 127)],
    ['the list is another one', nodeWith('ebtables-legacy', '*filter\n:INPUT ACCEPT\n')],
  ])('%s: anything may be there', (_, ns) => {
    expect(legacyAt(bridgeChains(ns), ['forward'])?.where).toBe('rules of ebtables-legacy, which are not known');
  });

  it('an old dump has no such section: nothing is there', () => {
    const ns = new NetNS('node-a', { inode: 1, isHost: true, names: [], sections: {} });
    expect([legacyAt(bridgeChains(ns), ['forward']), legacyAt(arpChains(ns), ['input'])]).toEqual([
      undefined,
      undefined,
    ]);
  });
});
