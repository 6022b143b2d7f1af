/** Which rules make the kernel track connections: it is asked by sending a packet and looking for its connection. */
import { expect, it } from 'vitest';
import { needsConntrack, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import { Lab, tool } from './kernel/lab.ts';
import { describeOnKernel } from './kernel/on-kernel.ts';
import { PACKETS } from './kernel/packets.ts';

/** In a chain that nothing reaches, unless said otherwise. */
const RULES: readonly (readonly [name: string, rules: string, tracks: boolean])[] = [
  ['no rule', '', false],
  ['a rule that asks for the state', '-A WEB -m conntrack --ctstate NEW', true],
  ['the old state match', '-A WEB -m state --state NEW', true],
  ['a connection mark that is asked for', '-A WEB -m connmark --mark 1', true],
  ['a connection mark that is set', '-A WEB -j CONNMARK --save-mark', true],
  ['connbytes', '-A WEB -m connbytes --connbytes 1: --connbytes-mode packets --connbytes-dir both', true],
  ['connlimit', '-A WEB -p tcp -m connlimit --connlimit-above 3', true],
  ['connlabel', '-A WEB -m connlabel --label 1', true],
  ['helper', '-A WEB -m helper --helper ftp', true],
  ['a mark, a log, a limit', '-A WEB -m mark --mark 1 -m limit --limit 1/sec -j LOG', false],
  ['a comment with the words', '-A WEB -m comment --comment "-m conntrack --ctstate NEW -j MASQUERADE "', false],
  ['socket, addrtype, rpfilter', '-A PREROUTING -m socket -m addrtype --dst-type LOCAL -m rpfilter', false],
  ['an empty nat table', '*nat', false],
  ['a nat table with a rule that translates nothing', '*nat\n-A PREROUTING -p tcp -j ACCEPT', false],
  ['a masquerade', '*nat\n-A WEB -j MASQUERADE', true],
  ['a destination', '*nat\n-A WEB -p tcp -j REDIRECT --to-ports 80', true],
  ['a connection that is not tracked', '*raw\n-A WEB -j CT --notrack', false],
  ['a zone', '*raw\n-A WEB -j CT --zone 3', true],
];

describeOnKernel('connections are tracked where the evaluator says so', () => {
  for (const backEnd of ['legacy', 'nft'] as const) {
    for (const family of [4, 6] as const) {
      it.each(RULES)(`iptables-${backEnd} IPv${family}: %s`, (_name, rules, tracks) => {
        // A legacy table stays registered once it was there: each row has a namespace of its own.
        const own = new Lab('tracked');
        try {
          const table = rules.startsWith('*') ? rules : `*mangle\n${rules}`;
          const [head, ...rest] = table.split('\n');
          own.restore(backEnd, family, [head, ':WEB - [0:0]', ...rest, 'COMMIT', ''].join('\n'));
          own.send([PACKETS[family]['udp to be forwarded']!]);
          const found = own
            .far(`conntrack -L -f ipv${family} 2>/dev/null`)
            .includes(family === 4 ? '10.98.0.9' : 'fd98::9');
          expect(found).toBe(tracks);
          const text = own.far(`${tool(backEnd, family)}-save`);
          expect(needsConntrack(parseIptablesSave(text, `iptables-${backEnd}`, family))).toBe(tracks);
        } finally {
          own.close();
        }
      });
    }
  }
});
