/** Sets of every type that this kernel has, packets, and what is asked about them. */
import type { Family } from '../../../src/model/address.ts';
import { ADDRESS } from '../iptables/kernel/lab.ts';
import type { WirePacket } from '../iptables/kernel/lab.ts';

export const SETS = `create ip4 hash:ip family inet timeout 600 counters comment
add ip4 10.99.0.1 timeout 500 packets 4 bytes 99 comment "the client, 10.1.1.1 nomatch"
create ip6 hash:ip family inet6 skbinfo
add ip6 fd99::1 skbmark 0x1/0xff
create ip-empty hash:ip
create ip-mask hash:ip netmask 24
add ip-mask 10.99.0.77
create net4 hash:net
add net4 10.96.0.0/14
add net4 10.99.0.0/24 nomatch
add net4 10.99.0.1
create net-half hash:net
add net-half 0.0.0.0/1
add net-half 10.98.0.0/16 nomatch
create net6 hash:net family inet6
add net6 fd00::/8
add net6 fd99::/64 nomatch
create ipport4 hash:ip,port
add ipport4 10.99.0.2,80
add ipport4 10.99.0.2,udp:53-55
add ipport4 10.99.0.2,icmp:echo-request
add ipport4 10.99.0.2,udplite:9
add ipport4 10.99.0.2,gre:0
create ipport6 hash:ip,port family inet6
add ipport6 fd99::2,tcp:80
add ipport6 fd99::2,icmpv6:echo-request
create ipportip4 hash:ip,port,ip
add ipportip4 10.99.0.2,tcp:80,10.99.0.1
create ipportip6 hash:ip,port,ip family inet6
add ipportip6 fd99::2,tcp:80,fd99::1
create ipportnet4 hash:ip,port,net
add ipportnet4 10.99.0.2,tcp:80,10.99.0.0/16
add ipportnet4 10.99.0.2,udp:53,10.99.0.0/16
add ipportnet4 10.99.0.2,udp:53,10.99.0.0/30 nomatch
create ipportnet6 hash:ip,port,net family inet6
add ipportnet6 fd99::2,udp:53,fd99::/32
create netport4 hash:net,port
add netport4 10.99.0.0/24,tcp:80
add netport4 10.98.0.0/15,udp:53
add netport4 10.99.0.0/16,udp:53 nomatch
create netport6 hash:net,port family inet6
add netport6 fd98::/15,tcp:80
create netiface4 hash:net,iface
add netiface4 10.99.0.0/24,eth7
add netiface4 10.98.0.0/24,eth8
add netiface4 10.99.0.2/32,physdev:eth7
create netiface-all hash:net,iface
add netiface-all 0.0.0.0/0,eth7
create netiface-wild hash:net,iface
add netiface-wild 10.99.0.0/24,eth wildcard
create netiface-longest hash:net,iface
add netiface-longest 10.99.0.0/16,eth7
add netiface-longest 10.99.0.0/24,eth8
add netiface-longest 10.99.0.2/32,physdev:eth7
create netiface6-longest hash:net,iface family inet6
add netiface6-longest fd99::/32,eth7
add netiface6-longest fd99::/64,eth8
create netiface6 hash:net,iface family inet6
add netiface6 fd99::/64,eth7
create bip bitmap:ip range 10.99.0.0-10.99.0.255
add bip 10.99.0.1
add bip 10.99.0.128/27
create bip-mask bitmap:ip range 10.0.0.0/8 netmask 16
add bip-mask 10.98.0.0
create bport bitmap:port range 0-65535
add bport 80
add bport 50-60
create bipmac bitmap:ip,mac range 10.99.0.0/24
add bipmac 10.99.0.1,02:00:00:00:99:01
add bipmac 10.99.0.9
create bipmac-other bitmap:ip,mac range 10.99.0.0/24
add bipmac-other 10.99.0.1,02:00:00:00:99:0A
create list list:set
add list ip-empty
add list net4
add list bport
create list6 list:set
add list6 ip4
add list6 net6
`;

interface Query {
  readonly set: string;
  readonly flags: string;
  readonly nomatch?: boolean;
  readonly only?: Family;
}

const each = (sets: readonly string[], flags: readonly string[], only?: Family): Query[] =>
  sets.flatMap((set) => flags.map((flag) => ({ set, flags: flag, ...(only && { only }) })));

export const QUERIES: readonly Query[] = [
  ...each(['ip4', 'ip-empty', 'ip-mask', 'net4', 'net-half', 'bip', 'bip-mask'], ['src', 'dst', 'src,src'], 4),
  ...each(['net4', 'net-half'], ['src', 'dst'], 4).map((query) => ({ ...query, nomatch: true })),
  ...each(['ip6', 'net6'], ['src', 'dst'], 6),
  ...each(['net6'], ['src', 'dst'], 6).map((query) => ({ ...query, nomatch: true })),
  ...each(['ipport4', 'netport4'], ['dst,dst', 'dst,src', 'src,dst', 'dst'], 4),
  ...each(['ipport6', 'netport6'], ['dst,dst', 'dst,src', 'src,dst', 'dst'], 6),
  ...each(['ipportip4', 'ipportnet4'], ['dst,dst,src', 'dst,dst,dst', 'src,dst,dst', 'dst,dst'], 4),
  ...each(['ipportip6', 'ipportnet6'], ['dst,dst,src', 'dst,dst,dst', 'src,dst,dst', 'dst,dst'], 6),
  ...each(
    ['netiface4', 'netiface-all', 'netiface-wild', 'netiface-longest'],
    ['src,src', 'dst,src', 'src,dst', 'src'],
    4,
  ),
  ...each(['netiface6', 'netiface6-longest'], ['src,src', 'dst,src', 'src,dst'], 6),
  ...each(['bipmac', 'bipmac-other'], ['src,src', 'dst,src', 'src'], 4),
  ...each(['bport', 'list6'], ['src', 'dst', 'dst,dst']),
  ...each(['list'], ['src', 'dst', 'dst,dst']),
  { set: 'list', flags: 'src', nomatch: true },
];

function wires(family: Family): Record<string, WirePacket> {
  const { near, far, behind } = ADDRESS[family];
  const other = family === 4 ? '10.99.0.9' : 'fd99:1::9';
  const ip = { family, src: near, dst: far, ttl: 64, tos: 0, payload: 0 } as const;
  const echo = family === 4 ? { protocol: 1, icmpType: 8 } : { protocol: 58, icmpType: 128 };
  return {
    'tcp to 80': { ...ip, protocol: 6, sport: 40000, dport: 80, flags: 2 },
    'tcp from 80': { ...ip, protocol: 6, sport: 80, dport: 40000, flags: 2 },
    'udp to 53': { ...ip, protocol: 17, sport: 40000, dport: 53 },
    'udp to 55': { ...ip, protocol: 17, sport: 55, dport: 55 },
    'udp to 80': { ...ip, protocol: 17, sport: 40000, dport: 80 },
    'udplite to 9': { ...ip, protocol: 136, sport: 40000, dport: 9 },
    echo: { ...ip, ...echo, icmpCode: 0 },
    gre: { ...ip, protocol: 47, payload: 8 },
    'udp from elsewhere': { ...ip, src: other, protocol: 17, sport: 53, dport: 53 },
    'udp beyond': { ...ip, dst: behind, protocol: 17, sport: 53, dport: 53 },
  };
}

export const WIRES: Readonly<Record<Family, Readonly<Record<string, WirePacket>>>> = { 4: wires(4), 6: wires(6) };
