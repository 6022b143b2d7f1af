/** REJECT: drops, and tells the sender why. */
import type { RejectKind } from '../../netfilter/types.ts';
import { value } from '../options.ts';
import type { TargetModule } from '../target.ts';
import { ending } from '../target.ts';

export const REJECT: TargetModule = {
  options: { '--reject-with': 1 },
  compile(options, { family }) {
    const fallback = family === 4 ? 'icmp-port-unreachable' : 'icmp6-port-unreachable';
    const name = value(options, '--reject-with') ?? fallback;
    const names = family === 4 ? NAMES4 : NAMES6;
    const how = Object.hasOwn(names, name) ? names[name] : undefined;
    return how === undefined ? undefined : ending({ kind: 'reject', how }, `REJECT ${how}`);
  },
};

/** With the short names that iptables takes as well. */
const NAMES4: Readonly<Record<string, RejectKind>> = {
  'icmp-net-unreachable': 'icmp-net-unreachable',
  'net-unreach': 'icmp-net-unreachable',
  'icmp-host-unreachable': 'icmp-host-unreachable',
  'host-unreach': 'icmp-host-unreachable',
  'icmp-proto-unreachable': 'icmp-proto-unreachable',
  'proto-unreach': 'icmp-proto-unreachable',
  'icmp-port-unreachable': 'icmp-port-unreachable',
  'port-unreach': 'icmp-port-unreachable',
  'icmp-net-prohibited': 'icmp-net-prohibited',
  'net-prohib': 'icmp-net-prohibited',
  'icmp-host-prohibited': 'icmp-host-prohibited',
  'host-prohib': 'icmp-host-prohibited',
  'icmp-admin-prohibited': 'icmp-admin-prohibited',
  'admin-prohib': 'icmp-admin-prohibited',
  'tcp-reset': 'tcp-reset',
  'tcp-rst': 'tcp-reset',
};

const NAMES6: Readonly<Record<string, RejectKind>> = {
  'icmp6-no-route': 'icmp6-no-route',
  'no-route': 'icmp6-no-route',
  'icmp6-adm-prohibited': 'icmp6-adm-prohibited',
  'adm-prohibited': 'icmp6-adm-prohibited',
  'icmp6-addr-unreachable': 'icmp6-addr-unreachable',
  'addr-unreach': 'icmp6-addr-unreachable',
  'icmp6-port-unreachable': 'icmp6-port-unreachable',
  'port-unreach': 'icmp6-port-unreachable',
  'icmp6-policy-fail': 'icmp6-policy-fail',
  'policy-fail': 'icmp6-policy-fail',
  'icmp6-reject-route': 'icmp6-reject-route',
  'reject-route': 'icmp6-reject-route',
  'tcp-reset': 'tcp-reset',
};
