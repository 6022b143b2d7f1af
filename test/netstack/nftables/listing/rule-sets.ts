/** Whole rule sets in the manner of firewalls, container engines and kube-proxy, and one with everything that a table can have. */

export interface RuleSetRow {
  readonly name: string;
  readonly text: string;
  /** What a kernel may lack. */
  readonly refusedWithout?: string;
}

const SETS = `table inet shop {
 comment "all kinds of sets"
 counter requests { comment "seen"
  packets 1 bytes 2
 }
 counter replies { packets 0 bytes 0 }
 quota daily { over 10 mbytes }
 quota spent { 10 mbytes used 5 kbytes }
 limit fast { rate over 10 mbytes/second burst 5 kbytes }
 limit slow { rate 10/minute }
 ct helper ftp { type "ftp" protocol tcp; l3proto inet; }
 ct timeout short { protocol tcp; l3proto ip; policy = { established : 100, close : 4 }; }
 ct expectation web { protocol udp; dport 9876; timeout 2m; size 12; l3proto ip; }
 set clients { typeof ip saddr . tcp dport; flags interval,timeout; counter; size 300; comment "who"
  elements = { 10.0.0.0/8 . 80-90 timeout 1h comment "x y", 10.0.0.1 . 5 counter packets 5 bytes 6 } }
 set blocked { type ipv4_addr; flags interval; auto-merge
  elements = { 10.0.0.0/8, 1.2.3.4-1.2.3.9, 9.9.9.9, 192.168.0.0/16 } }
 set seen { type ipv4_addr; flags dynamic,timeout; timeout 1d2h3m; gc-interval 10s; size 65535; policy memory; }
 set marks { type mark; flags constant; elements = { 1, 0x40 } }
 set mixed { type mark . ifname . ether_addr . ct_state . inet_proto
  elements = { 0x1 . "eth0" . 02:00:00:00:00:01 . new . tcp } }
 set segments { typeof tcp option maxseg size; elements = { 1360 } }
 set classes { typeof ip dscp; elements = { cs1, af11, 0x07 } }
 set lans { typeof vlan id; elements = { 1, 4094 } }
 set interfaces { type ifname . ipv4_addr; flags interval; elements = { "eth*" . 1.1.1.1, "lo" . 2.0.0.0/8 } }
 set all4 { type ipv4_addr; flags interval; elements = { 0.0.0.0/0 } }
 set services { type inet_service; elements = { 1, 2, 3, 4, 5, 6, 7 } }
 set every { type inet_service; flags interval; elements = { 0-65535 } }
 set wide { type ether_addr . ipv6_addr
  elements = { 02:00:00:00:00:01 . fd00::1, 02:00:00:00:00:02 . fd00::2 } }
 set six { type ipv6_addr; flags interval; elements = { fd00::/8, fe80::1-fe80::9, 2001:db8::1 } }
 set types { type icmp_type; elements = { echo-request, 42 } }
 set bits { type tcp_flag; elements = { syn, fin } }
 set states { type ct_state; elements = { new, established } }
 set limited { type ipv4_addr; size 10; flags dynamic; limit rate 10/second; }
 map forwards { type ipv4_addr . inet_service : ipv4_addr . inet_service; flags interval
  elements = { 10.0.0.1 . 80 : 10.1.1.1 . 8080 } }
 map verdicts { typeof ip daddr : verdict
  elements = { 10.0.0.1 : jump web, 10.0.0.2 comment "hi" : accept, * : drop } }
 map networks { type ipv4_addr : interval ipv4_addr; flags interval; elements = { 10.0.0.0/8 : 10.1.0.0/16 } }
 map counters { type ipv4_addr : counter; elements = { 1.1.1.1 : "requests", 1.1.1.2 : "replies" } }
 map choice { typeof ip saddr : meta mark; flags timeout; elements = { 1.1.1.1 timeout 30s : 5 } }
 map away { typeof meta l4proto . th dport : ip daddr . tcp dport; elements = { tcp . 80 : 10.0.0.1 . 8080 } }
 chain web { comment "of the shop"
 }
 chain entry { type filter hook input priority filter + 5; policy drop; comment "the first"
  ct state established,related accept
  ip saddr . tcp dport @clients drop
  ip saddr @blocked counter name ip saddr map @counters drop
  update @seen { ip saddr limit rate 10/second } accept
  add @limited { ip saddr }
  ip daddr vmap @verdicts
  limit name "slow" accept
 }
 chain c1 { type route hook output priority mangle; }
 chain c2 { type filter hook prerouting priority raw; }
 chain c3 { type filter hook prerouting priority 1; }
 chain c4 { type filter hook prerouting priority security - 7; }
 chain c5 { type nat hook postrouting priority srcnat + 12; }
 chain c6 { type nat hook output priority -100; }
 chain ingress { type filter hook ingress device lo priority 0; }
}
table ip dormant { flags dormant
 chain input { type filter hook input priority 0; policy drop; }
}
table netdev n {
 chain in { type filter hook ingress device lo priority -500; }
 chain out { type filter hook egress device "lo" priority 0; }
}
table bridge b {
 chain in { type filter hook prerouting priority dstnat; }
 chain out { type filter hook output priority out; }
}
table arp a {
 chain in { type filter hook input priority 0
  arp operation request accept
 }
}
table ip6 empty { }
`;

/** As firewalld writes it: zones by device and source, each with chains of its own. */
const ZONES = `table inet firewall {
 ct helper helper-ftp-tcp { type "ftp" protocol tcp; l3proto inet; }
 chain mangle_PREROUTING { type filter hook prerouting priority mangle + 10; policy accept; jump mangle_zones
 }
 chain mangle_zones { iifname "eth0" goto mangle_public
  goto mangle_public
 }
 chain mangle_public { }
 chain raw_PREROUTING { type filter hook prerouting priority raw + 10; policy accept
  icmpv6 type { nd-router-advert, nd-neighbor-solicit } accept
  meta nfproto ipv6 fib saddr . mark . iif oif missing drop
 }
 chain filter_INPUT { type filter hook input priority filter + 10; policy accept
  ct state { established, related } accept
  ct status dnat accept
  iifname "lo" accept
  jump filter_zones
  ct state { invalid } drop
  reject with icmpx type admin-prohibited
 }
 chain filter_zones { ip saddr 10.0.0.0/8 goto filter_trusted
  iifname { "eth0", "wlan*" } goto filter_public
  goto filter_public
 }
 chain filter_trusted { accept
 }
 chain filter_public { jump filter_public_allow
  meta l4proto { icmp, ipv6-icmp } accept
 }
 chain filter_public_allow { tcp dport 22 ct state { new, untracked } accept
  ip6 daddr fe80::/64 udp dport 546 ct state { new, untracked } accept
  tcp dport 21 ct helper set "helper-ftp-tcp"
 }
 chain nat_POSTROUTING { type nat hook postrouting priority srcnat + 10; policy accept
  meta nfproto ipv4 oifname != "lo" masquerade
 }
}
`;

/** As container engines write it: published ports by maps, isolation between bridges. */
const CONTAINERS = `table ip engine {
 map forwards { type inet_proto . inet_service : ipv4_addr . inet_service
  elements = { tcp . 8080 : 172.17.0.2 . 80, udp . 5353 : 172.17.0.3 . 53 } }
 map bridges { type ifname : verdict; elements = { "docker0" : jump bridge0, "br-4f1a" : jump bridge1 } }
 chain bridge0 { ct state established,related counter accept
  iifname "docker0" counter accept comment "out"
  ip daddr 172.17.0.2 tcp dport 80 counter accept comment "port 80 of web"
  counter drop comment "nothing else"
 }
 chain bridge1 { ct state established,related counter accept
  counter drop
 }
 chain forward { type filter hook forward priority filter; policy accept
  oifname vmap @bridges
 }
 chain prerouting { type nat hook prerouting priority dstnat; policy accept
  fib daddr type local meta l4proto { tcp, udp } dnat to meta l4proto . th dport map @forwards
 }
 chain output { type nat hook output priority -100; policy accept
  ip daddr != 127.0.0.0/8 fib daddr type local meta l4proto { tcp, udp } dnat to meta l4proto . th dport map @forwards
 }
 chain postrouting { type nat hook postrouting priority srcnat; policy accept
  oifname != "docker0" ip saddr 172.17.0.0/16 counter masquerade comment "MASQUERADE"
 }
}
`;

const proxy = (family: 'ip' | 'ip6', address: (last: number) => string): string => `table ${family} kube-proxy {
 comment "rules for kube-proxy"
 set cluster-ips { type ipv${family === 'ip' ? 4 : 6}_addr; comment "Active ClusterIPs"; elements = { ${address(1)}, ${address(10)} } }
 map no-endpoint-services { type ipv${family === 'ip' ? 4 : 6}_addr . inet_proto . inet_service : verdict
  comment "vmap to drop or reject packets to services with no endpoints"
  elements = { ${address(7)} . tcp . 80 comment "shop/solo:http" : goto reject-chain } }
 map service-ips { type ipv${family === 'ip' ? 4 : 6}_addr . inet_proto . inet_service : verdict
  elements = { ${address(1)} . tcp . 443 : goto service-default/kubernetes/tcp/https } }
 map service-nodeports { type inet_proto . inet_service : verdict
  elements = { tcp . 30080 : goto external-shop/web/tcp/http } }
 set affinity-web { type ipv${family === 'ip' ? 4 : 6}_addr; flags dynamic,timeout; timeout 3h; comment ""; }
 chain reject-chain { reject
 }
 chain mark-for-masquerade { meta mark set meta mark or 0x4000
 }
 chain external-shop/web/tcp/http { fib saddr type local jump mark-for-masquerade
  ${family} saddr @affinity-web goto endpoint-web
  goto service-default/kubernetes/tcp/https
 }
 chain endpoint-web { ${family} saddr ${address(20)} jump mark-for-masquerade
  update @affinity-web { ${family} saddr }
  meta l4proto tcp dnat to ${family === 'ip' ? `${address(20)}:8080` : `[${address(20)}]:8080`}
 }
 chain service-default/kubernetes/tcp/https {
  ${family} daddr ${address(1)} tcp dport 443 ${family} saddr != ${address(0)}/${family === 'ip' ? 24 : 64} jump mark-for-masquerade
  numgen random mod 2 vmap { 0 : goto endpoint-web, 1 : goto endpoint-web }
 }
 chain services { ${family} daddr . meta l4proto . th dport vmap @service-ips
  fib daddr type local meta l4proto . th dport vmap @service-nodeports
 }
 chain masquerading { meta mark & 0x4000 == 0 return
  meta mark set meta mark ^ 0x4000
  masquerade fully-random
 }
 chain nat-prerouting { type nat hook prerouting priority dstnat; jump services
 }
 chain nat-postrouting { type nat hook postrouting priority srcnat; jump masquerading
 }
 chain filter-input { type filter hook input priority -110
  ct state new ${family} daddr . meta l4proto . th dport vmap @no-endpoint-services
 }
 chain cluster-ips-check { ${family} daddr @cluster-ips reject comment "Reject traffic to invalid ports of ClusterIPs"
 }
}
`;

export const RULE_SETS: readonly RuleSetRow[] = [
  { name: 'every kind of set, object and base chain', text: SETS },
  { name: 'zones of a firewall', text: ZONES },
  { name: 'a container engine', text: CONTAINERS },
  {
    name: 'kube-proxy',
    text: proxy('ip', (last) => `10.96.0.${last}`) + proxy('ip6', (last) => `fd00:96::${last.toString(16)}`),
  },
  {
    name: 'fast paths and secmarks',
    text: 'table inet f {\n flowtable fast { hook ingress priority filter; devices = { lo }; }\n chain forward { type filter hook forward priority filter; flow add @fast\n }\n}\n',
    refusedWithout: 'flowtables in the kernel',
  },
];
