/** What a sender learns from each kind of REJECT. */
import type { Ending } from '../../model/path.ts';
import type { RejectKind } from './types.ts';

/** Error of the sender's connect or recv (net/ipv4/icmp.c icmp_err_convert, net/ipv6/icmp.c icmpv6_err_convert). */
export const REJECT_NOTICE: Readonly<Record<RejectKind, NonNullable<Ending['notice']>>> = {
  'icmp-net-unreachable': 'ENETUNREACH',
  'icmp-host-unreachable': 'EHOSTUNREACH',
  'icmp-port-unreachable': 'ECONNREFUSED',
  'icmp-proto-unreachable': 'ENOPROTOOPT',
  'icmp-net-prohibited': 'ENETUNREACH',
  'icmp-host-prohibited': 'EHOSTUNREACH',
  'icmp-admin-prohibited': 'EHOSTUNREACH',
  'tcp-reset': 'ECONNREFUSED',
  'icmp6-no-route': 'ENETUNREACH',
  'icmp6-adm-prohibited': 'EACCES',
  'icmp6-addr-unreachable': 'EHOSTUNREACH',
  'icmp6-port-unreachable': 'ECONNREFUSED',
  'icmp6-policy-fail': 'EACCES',
  'icmp6-reject-route': 'EACCES',
};
