/** What chains of arptables-legacy do to a message, by rules as arptables 0.0.5 lists them. */
import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import { NO_MAC } from '../../../src/model/packet.ts';
import { passesArptables, type ArpAtHook } from '../../../src/netstack/layer2/arp-verdict.ts';
import { parseLegacyList } from '../../../src/netstack/layer2/parse-list.ts';

const QUESTION: ArpAtHook = {
  arp: {
    operation: 1,
    sender: ip('10.244.1.7'),
    senderMac: '02:00:00:00:00:07',
    target: ip('10.244.1.1'),
    targetMac: NO_MAC,
  },
  iif: 'veth7',
  oif: undefined,
};

const OWN = `Chain own (1 references)
-j RETURN -s 10.244.1.7 
-j DROP --opcode 1 
`;

describe('arptables-legacy at INPUT', () => {
  it.each([
    ['nothing but a policy', 'ACCEPT', '', true],
    ['a policy that drops', 'DROP', '', false],
    ['a network', 'ACCEPT', '-j DROP -s 10.244.0.0/16 ', false],
    ['a network turned round', 'ACCEPT', '-j DROP ! -s 10.244.0.0/16 ', true],
    ['another device', 'ACCEPT', '-j DROP -i cni+ ', true],
    ['the beginning of the device', 'ACCEPT', '-j DROP -i veth+ -d 10.244.1.1 ', false],
    ['a MAC address', 'ACCEPT', '-j DROP ! --src-mac 02:00:00:00:00:07 ', true],
    [
      'a masked MAC address, which is not understood',
      'ACCEPT',
      '-j DROP --src-mac 02:00:00:00:00:00/ff:ff:00:00:00:00 ',
      undefined,
    ],
    ['an answer', 'DROP', '-j ACCEPT --opcode 2 ', false],
    ['a rule without a target', 'ACCEPT', '-s 10.244.1.7 ', true],
    ['a target that is not understood', 'ACCEPT', '-j mangle --mangle-ip-s 10.244.1.9 ', undefined],
    ['the same for another one', 'ACCEPT', '-j mangle -d 10.244.1.2 --mangle-ip-s 10.244.1.9 ', true],
    ['a chain that it comes back from', 'ACCEPT', '-j own ', true],
    ['a chain that it comes back from, before one more rule', 'ACCEPT', '-j own \n-j DROP --opcode 1 ', false],
  ])('%s', (_, policy, rules, expected) => {
    const chains = parseLegacyList(`Chain INPUT (policy ${policy})\n${rules}\n\n${OWN}`, 'arptables-legacy');
    expect(passesArptables(chains, 'input', QUESTION)).toBe(expected);
  });
});
