/** Makes rule sets at random, of everything that decides in which order rules are visited. */
import { jumpTargets } from './random-targets.ts';

/** A number in [0, limit). */
export type Pick = (limit: number) => number;

const MATCHES = [
  '',
  '',
  '',
  '-p tcp',
  '-p udp',
  '-p tcp -m tcp --dport 80',
  '-p udp -m udp --dport 53',
  '-m mark --mark 0x1/0x1',
  '-m mark ! --mark 0x1/0x1',
  '-m mark --mark 0x2/0x2',
  '-m connmark --mark 0x1/0x1',
  '-m length --length 0:60',
  '-i eth7',
  '! -i eth7',
  '-m conntrack --ctstate NEW',
];

export const CHAINS = ['A', 'B', 'C', 'D', 'E'] as const;

/** One table's text for the chain that the hook calls; chains only go to later ones, as the kernel wants it. */
export function randomTable(pick: Pick, source: string): string {
  const rules: string[] = [`-A PREROUTING ! -s ${source} -j ACCEPT`];
  for (const [level, chain] of ['PREROUTING', ...CHAINS].entries()) {
    const count = 1 + pick(5);
    for (let i = 0; i < count; i++) {
      const targets = jumpTargets(CHAINS.slice(level), chain);
      const parts = ['-A', chain, MATCHES[pick(MATCHES.length)], targets[pick(targets.length)]];
      rules.push(parts.filter((part) => part !== '').join(' '));
    }
  }
  // A policy of DROP would do as well: whatever is dropped in mangle is counted all the same.
  const policy = pick(2) === 0 ? 'ACCEPT' : 'DROP';
  return [
    '*mangle',
    `:PREROUTING ${policy} [0:0]`,
    ...CHAINS.map((chain) => `:${chain} - [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n');
}
