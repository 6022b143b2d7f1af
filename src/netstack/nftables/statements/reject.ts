/** reject: drops, and tells the sender why (nft_reject_inet.c). */
import type { Family } from '../../../model/address.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import type { RejectKind } from '../../netfilter/types.ts';
import { BREAK, verdictEffect } from '../op.ts';
import type { Op } from '../op.ts';

type Codes = Readonly<Record<string, RejectKind>>;

const ICMP: Codes = {
  'net-unreachable': 'icmp-net-unreachable',
  'host-unreachable': 'icmp-host-unreachable',
  'prot-unreachable': 'icmp-proto-unreachable',
  'port-unreachable': 'icmp-port-unreachable',
  'net-prohibited': 'icmp-net-prohibited',
  'host-prohibited': 'icmp-host-prohibited',
  'admin-prohibited': 'icmp-admin-prohibited',
};
const ICMP6: Codes = {
  'no-route': 'icmp6-no-route',
  'admin-prohibited': 'icmp6-adm-prohibited',
  'addr-unreachable': 'icmp6-addr-unreachable',
  'port-unreachable': 'icmp6-port-unreachable',
  'policy-fail': 'icmp6-policy-fail',
  'reject-route': 'icmp6-reject-route',
};
/** Names that stand for a code of either family. */
const ICMPX: Readonly<Record<Family, Codes>> = {
  4: {
    'no-route': 'icmp-net-unreachable',
    'port-unreachable': 'icmp-port-unreachable',
    'host-unreachable': 'icmp-host-unreachable',
    'admin-prohibited': 'icmp-admin-prohibited',
  },
  6: {
    'no-route': 'icmp6-no-route',
    'port-unreachable': 'icmp6-port-unreachable',
    'host-unreachable': 'icmp6-addr-unreachable',
    'admin-prohibited': 'icmp6-adm-prohibited',
  },
};

/** `with`: `icmp`, `icmpv6`, `icmpx` or `tcp reset`. */
export function compileReject(
  { with: how, code }: { readonly with: string; readonly code?: string | undefined },
  raw: string,
): Op {
  return {
    raw,
    role: 'act',
    run({ packet }) {
      if (how === 'tcp reset') return packet.protocol === PROTOCOL.tcp ? rejected('tcp-reset') : BREAK;
      const codes = how === 'icmpx' ? ICMPX[packet.family] : how === 'icmpv6' ? ICMP6 : ICMP;
      // ICMP of one family in a rule of both is for packets of that family.
      if (how === 'icmp' && packet.family !== 4) return BREAK;
      if (how === 'icmpv6' && packet.family !== 6) return BREAK;
      const name = code ?? 'port-unreachable';
      const kind = Object.hasOwn(codes, name) ? codes[name] : undefined;
      return kind === undefined ? { kind: 'unsupported' } : rejected(kind);
    },
  };
}

function rejected(how: RejectKind): ReturnType<Op['run']> {
  return verdictEffect({ kind: 'reject', how }, `reject with ${how}`);
}
