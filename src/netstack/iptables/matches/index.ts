/** Every match by the name after `-m`. */
import type { MatchModule } from '../match.ts';
import { addrtype } from './address-type.ts';
import { conntrack, state } from './conntrack.ts';
import { connbytes, connlimit, nfacct } from './counted.ts';
import { absentHeader, ipv6header, securityHeader } from './extension-header.ts';
import { dscp, ecn, hl, length, tos, ttl } from './header-field.ts';
import { icmp, icmp6 } from './icmp.ts';
import { ipvs } from './ipvs.ts';
import { iprange } from './ip-range.ts';
import { devgroup } from './device-group.ts';
import { eui64, mac, pkttype } from './link-layer.ts';
import { bpf } from './bpf.ts';
import { cgroup, owner, socket } from './local-socket.ts';
import { connmark, mark } from './mark.ts';
import { policy } from './ipsec.ts';
import { multiport } from './multiport.ts';
import { physdev } from './physdev.ts';
import { recent } from './recent.ts';
import { rpfilter } from './reverse-path.ts';
import { set } from './set.ts';
import { statistic } from './statistic.ts';
import { tcpmss } from './segment-size.ts';
import { time } from './time.ts';
import { dccp, sctp, tcp, udp, udplite } from './transport.ts';
import { u32 } from './u32.ts';
import { unknowable } from './unknowable.ts';

const comment: MatchModule = { options: { '--comment': 1 }, compile: () => () => true };

export const MATCHES: Readonly<Record<string, MatchModule>> = {
  ...unknowable,
  addrtype,
  bpf,
  cgroup,
  comment,
  connbytes,
  connlimit,
  connmark,
  conntrack,
  dccp,
  devgroup,
  dscp,
  ecn,
  eui64,
  hl,
  icmp,
  icmp6,
  icmpv6: icmp6,
  iprange,
  ipv6header,
  ipvs,
  length,
  mac,
  mark,
  multiport,
  nfacct,
  owner,
  physdev,
  pkttype,
  policy,
  recent,
  rpfilter,
  sctp,
  set,
  socket,
  state,
  statistic,
  tcp,
  tcpmss,
  time,
  tos,
  ttl,
  u32,
  udp,
  udplite,
  ah: securityHeader(51),
  esp: securityHeader(50),
  dst: absentHeader,
  frag: absentHeader,
  hbh: absentHeader,
  mh: absentHeader,
  rt: absentHeader,
  srh: absentHeader,
};
