/** The target of an iptables rule that is no translation: what the table and the hook allow. */
import type { Plausible } from '../plausible.ts';
import type { RuleMatch, RulePlace } from './rule-match.ts';

const REJECTS_V4 = [
  'icmp-port-unreachable',
  'icmp-host-unreachable',
  'icmp-net-unreachable',
  'icmp-proto-unreachable',
  'icmp-host-prohibited',
  'icmp-net-prohibited',
  'icmp-admin-prohibited',
];
const REJECTS_V6 = [
  'icmp6-port-unreachable',
  'icmp6-addr-unreachable',
  'icmp6-adm-prohibited',
  'icmp6-no-route',
  'icmp6-policy-fail',
  'icmp6-reject-route',
];

export function ruleTarget(values: Plausible, { table, hook }: RulePlace, match: RuleMatch): string {
  const { random, site } = values;
  const isMangle = table === 'mangle';
  return `-j ${random.weigh<() => string>([
    [6, () => 'ACCEPT'],
    [table === 'nat' ? 0 : 5, () => 'DROP'],
    [2, () => 'RETURN'],
    [0.7, () => `NFLOG --nflog-group 7`],
    [table === 'filter' ? 4 : 0, () => reject(values, match)],
    [isMangle ? 8 : 1, () => `MARK ${mark(values)}`],
    [table === 'raw' ? 0 : 3, () => `CONNMARK ${connmark(values, isMangle)}`],
    // a higher one keeps packets in a circle for ever
    [isMangle ? 2 : 0, () => site.pick('TTL --ttl', 'HL --hl') + random.pick(['-set 1', '-set 2', '-dec 1'])],
    [isMangle ? 1.5 : 0, () => `TOS --set-tos ${random.pick(['0x10', '0x08', '0x00'])}`],
    [isMangle ? 1.5 : 0, () => `DSCP --set-dscp ${random.pick(['0x04', '0x2e', '0x00'])}`],
    [isMangle && hook === 'POSTROUTING' ? 1 : 0, () => 'CLASSIFY --set-class 1:1'],
    [
      isMangle && hook === 'PREROUTING' && match.protocol === 'tcp' ? 1 : 0,
      () => `TPROXY --on-port ${values.port()} --tproxy-mark ${values.mark()}`,
    ],
    [table === 'raw' ? 6 : 0, () => random.pick(['NOTRACK', 'CT --notrack', `CT --zone ${1 + random.below(3)}`])],
    [0.3, () => `NFQUEUE --queue-num 9${random.pick([' --queue-bypass', ''])}`],
  ])()}`;
}

function mark({ random }: Plausible): string {
  return random.pick([
    '--set-mark 0x1',
    '--set-mark 0x7',
    '--set-xmark 0x100/0xff00',
    '--set-xmark 0x4000/0x4000',
    '--or-mark 0x8',
    '--and-mark 0xff00',
    '--xor-mark 0x1',
  ]);
}

/** Saving is possible everywhere, restoring in mangle only. */
function connmark({ random }: Plausible, isMangle: boolean): string {
  return random.pick([
    '--set-mark 0x7',
    '--set-xmark 0x100/0xff00',
    '--save-mark',
    '--save-mark --nfmask 0xff --ctmask 0xff',
    ...(isMangle ? ['--restore-mark', '--restore-mark --nfmask 0xff --ctmask 0xff'] : []),
  ]);
}

function reject({ random, site }: Plausible, { protocol }: RuleMatch): string {
  if (protocol === 'tcp' && random.chance(0.4)) return 'REJECT --reject-with tcp-reset';
  return `REJECT --reject-with ${random.pick(site.family === 4 ? REJECTS_V4 : REJECTS_V6)}`;
}
