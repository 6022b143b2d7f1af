/** Matches of nftables as rules, for the kernel and the evaluator to be compared on every packet of the lab. */

export interface Row {
  readonly rule: string;
  /** What an IPv6 rule says in its place. */
  readonly rule6?: string;
  readonly only?: 4 | 6;
  /** nft takes it in tables of both families only, or of one. */
  readonly table?: 'inet' | 'own';
  /** `prerouting` unless said otherwise. */
  readonly hook?: 'prerouting' | 'input' | 'forward' | 'postrouting';
  /** The evaluator's answer where it can't be definite for every packet. */
  readonly answer?: 'unknown' | 'choice';
  /** It leads to chain `hit` where an element is found. */
  readonly isMap?: true;
}

/** Named sets and maps of the test's table; ADDR stands for the type of addresses. */
export const SETS = (family: 4 | 6): string => {
  const ip = (v4: string, v6: string): string => (family === 4 ? v4 : v6);
  const addr = ip('ipv4_addr', 'ipv6_addr');
  return `
  set clients {
    type ${addr}
    elements = { ${ip('10.99.0.1', 'fd99::1')} }
  }
  set nets {
    type ${addr}
    flags interval
    elements = { ${ip('10.99.0.0/30, 10.98.0.9-10.98.0.20', 'fd99::/126, fd98::9-fd98::20')} }
  }
  set ports {
    type inet_service
    flags interval
    elements = { 80, 443, 1000-9000 }
  }
  set pairs {
    type ${addr} . inet_proto . inet_service
    elements = { ${ip('10.99.0.2', 'fd99::2')} . tcp . 80, ${ip('10.99.0.2', 'fd99::2')} . udp . 53 }
  }
  set ranges {
    type ${addr} . inet_service
    flags interval
    elements = { ${ip('10.99.0.0/24', 'fd99::/64')} . 1-79, ${ip('10.98.0.9', 'fd98::9')} . 80 }
  }
  set names {
    type ifname
    elements = { "eth7", "wlan0" }
  }
  set marks {
    type mark
    elements = { 0x1, 0x2 }
  }
  map verdicts {
    type inet_proto . inet_service : verdict
    elements = { tcp . 80 : jump hit, udp . 53 : jump hit }
  }
  map rest {
    type inet_service : verdict
    elements = { 80 : jump hit, * : jump hit }
  }
`;
};

export const ROWS: readonly Row[] = [
  // Network header
  { rule: 'ip daddr 10.99.0.2', rule6: 'ip6 daddr fd99::2' },
  { rule: 'ip daddr != 10.99.0.2', rule6: 'ip6 daddr != fd99::2' },
  { rule: 'ip saddr 10.98.0.0/15', rule6: 'ip6 saddr fd98::/15' },
  { rule: 'ip saddr != 10.99.0.0/24', rule6: 'ip6 saddr != fd99::/64' },
  { rule: 'ip saddr 10.99.0.1-10.99.0.5', rule6: 'ip6 saddr fd99::1-fd99::5' },
  { rule: 'ip saddr { 10.99.0.1, 10.99.0.7 }', rule6: 'ip6 saddr { fd99::1, fd99::7 }' },
  { rule: 'ip daddr != { 10.99.0.0/31, 10.98.0.1-10.98.0.9 }', rule6: 'ip6 daddr != { fd99::/127, fd98::1-fd98::9 }' },
  { rule: 'ip saddr & 255.0.0.255 == 10.0.0.1', rule6: 'ip6 saddr & ff00::ffff == fd00::1' },
  { rule: 'ip saddr & 255.0.0.255 != 10.0.0.2', rule6: 'ip6 saddr & ff00::ffff != fd00::2' },
  { rule: 'ip daddr > 10.99.0.1', rule6: 'ip6 daddr > fd99::1' },
  { rule: 'ip version 4', rule6: 'ip6 version 6' },
  { rule: 'ip hdrlength 5', only: 4 },
  { rule: 'ip ttl 64', rule6: 'ip6 hoplimit 64' },
  { rule: 'ip ttl != { 64, 255 }', rule6: 'ip6 hoplimit != { 64, 255 }' },
  { rule: 'ip ttl < 10', rule6: 'ip6 hoplimit < 10' },
  { rule: 'ip ttl < 65 ip ttl > 63', rule6: 'ip6 hoplimit < 65 ip6 hoplimit > 63' },
  { rule: 'ip ttl < 64 ip ttl > 62', rule6: 'ip6 hoplimit < 64 ip6 hoplimit > 62' },
  { rule: 'ip ttl < 64 ip ttl > 64', rule6: 'ip6 hoplimit < 64 ip6 hoplimit > 64' },
  { rule: 'meta l4proto { tcp, udp } th dport < 8081 th dport > 8079' },
  { rule: 'ip ttl >= 64', rule6: 'ip6 hoplimit >= 64' },
  { rule: 'ip ttl 63', rule6: 'ip6 hoplimit 63', hook: 'forward' },
  { rule: 'ip dscp ef', rule6: 'ip6 dscp ef' },
  { rule: 'ip dscp != cs0', rule6: 'ip6 dscp != cs0' },
  { rule: 'ip dscp { cs1, ef }', rule6: 'ip6 dscp { cs1, ef }' },
  { rule: 'ip ecn ect0', rule6: 'ip6 ecn ect0' },
  { rule: 'ip ecn != not-ect', rule6: 'ip6 ecn != not-ect' },
  { rule: 'ip length 44', rule6: 'ip6 length 24' },
  { rule: 'ip length > 100', rule6: 'ip6 length > 80' },
  { rule: 'ip protocol tcp', rule6: 'ip6 nexthdr tcp' },
  { rule: 'ip protocol != { tcp, udp }', rule6: 'ip6 nexthdr != { tcp, udp }' },
  { rule: 'ip protocol 1', rule6: 'ip6 nexthdr 58' },
  { rule: 'ip frag-off & 0x1fff == 0', only: 4 },
  { rule: 'ip frag-off & 0x4000 != 0', only: 4 },
  { rule: 'ip id 4711', only: 4, answer: 'unknown' },
  { rule: 'ip6 flowlabel 0', only: 6, answer: 'unknown' },
  // Transport header
  { rule: 'tcp dport 80' },
  { rule: 'tcp dport != 80' },
  { rule: 'tcp dport { 80, 443 }' },
  { rule: 'tcp dport 80-443' },
  { rule: 'tcp dport != 81-8079' },
  { rule: 'tcp sport 40000 tcp dport 80' },
  { rule: 'tcp sport > 1023' },
  { rule: 'tcp sport <= 1023' },
  { rule: 'tcp dport @ports' },
  { rule: 'tcp dport != @ports' },
  { rule: 'tcp flags syn' },
  { rule: 'tcp flags & (fin|syn|rst|ack) == syn' },
  { rule: 'tcp flags & (fin|syn|rst|ack) != syn' },
  { rule: 'tcp flags & (ack|ecn) != 0' },
  { rule: 'tcp flags == syn' },
  { rule: 'tcp flags != syn' },
  { rule: 'tcp flags syn,ack' },
  { rule: 'tcp flags { syn, ack }' },
  { rule: 'tcp flags syn / fin,syn,rst,ack' },
  { rule: 'tcp flags != syn / fin,syn,rst,ack' },
  { rule: 'tcp urgptr 0' },
  { rule: 'tcp window 65535', answer: 'unknown' },
  { rule: 'tcp sequence 1', answer: 'unknown' },
  { rule: 'udp dport 53' },
  { rule: 'udp dport != 53' },
  { rule: 'udp sport { 53, 40000 }' },
  { rule: 'udp length 108' },
  { rule: 'udp length > 20' },
  { rule: 'udp checksum 0', answer: 'unknown' },
  { rule: 'th dport 53', answer: 'unknown' },
  { rule: 'meta l4proto { tcp, udp } th dport 53' },
  { rule: 'meta l4proto { tcp, udp } th sport != 40000' },
  { rule: 'icmp type echo-request', rule6: 'icmpv6 type echo-request' },
  { rule: 'icmp type != echo-request', rule6: 'icmpv6 type != echo-request' },
  { rule: 'icmp type { echo-request, echo-reply }', rule6: 'icmpv6 type { echo-request, echo-reply }' },
  { rule: 'icmp type echo-request icmp code 0', rule6: 'icmpv6 type echo-request icmpv6 code 0' },
  { rule: 'icmp code 1', rule6: 'icmpv6 code 1' },
  { rule: 'icmp id 77', rule6: 'icmpv6 id 77', answer: 'unknown' },
  { rule: 'sctp dport 80' },
  { rule: 'udplite dport 80' },
  { rule: 'dccp dport 80' },
  { rule: 'esp spi 5' },
  { rule: 'ah spi != 5' },
  { rule: 'comp cpi 5' },
  // By place
  { rule: '@th,16,16 80', answer: 'unknown' },
  { rule: '@th,16,16 != 80', answer: 'unknown' },
  { rule: '@th,0,16 40000' },
  { rule: '@nh,64,8 64', only: 4 },
  { rule: '@nh,56,8 64', only: 6 },
  { rule: '@nh,72,8 6', only: 4 },
  { rule: '@nh,48,8 6', only: 6 },
  { rule: '@th,0,8 8', answer: 'unknown' },
  { rule: '@nh,96,32 0x0a630001', only: 4 },
  { rule: '@nh,96,24 0x0a6300', only: 4 },
  // Extension headers and options
  { rule: 'exthdr hbh exists', only: 6 },
  { rule: 'exthdr hbh missing', only: 6 },
  { rule: 'exthdr frag missing', only: 6 },
  { rule: 'rt type 0', only: 6 },
  { rule: 'frag more-fragments 1', only: 6 },
  { rule: 'tcp option maxseg exists', answer: 'unknown' },
  { rule: 'tcp option sack-perm missing', answer: 'unknown' },
  { rule: 'tcp option maxseg size 1-1500', answer: 'unknown' },
  { rule: 'ip option rr exists', only: 4 },
  { rule: 'ip option lsrr missing', only: 4 },
  // Meta
  { rule: 'meta length 44', rule6: 'meta length 64' },
  { rule: 'meta length > 100' },
  { rule: 'meta protocol ip', rule6: 'meta protocol ip6' },
  { rule: 'meta protocol arp' },
  { rule: 'meta nfproto ipv4', table: 'inet' },
  { rule: 'meta nfproto ipv6', table: 'inet' },
  { rule: 'meta l4proto tcp' },
  { rule: 'meta l4proto != tcp' },
  { rule: 'meta l4proto { icmp, ipv6-icmp }' },
  { rule: 'meta l4proto 6' },
  { rule: 'meta mark 0' },
  { rule: 'meta mark != 0' },
  { rule: 'meta mark & 0x4000 == 0x4000' },
  { rule: 'meta mark & 0x4000 != 0x4000' },
  { rule: 'meta mark and 0xff == 0 meta mark or 0x1 == 0x1' },
  { rule: 'meta mark @marks' },
  { rule: 'meta mark 0-10' },
  { rule: 'meta iif "eth7"' },
  { rule: 'meta iif != "eth7"' },
  { rule: 'meta iif "lo"' },
  { rule: 'meta iifname "eth7"' },
  { rule: 'meta iifname != "eth7"' },
  { rule: 'meta iifname "eth*"' },
  { rule: 'meta iifname != "eth*"' },
  { rule: 'meta iifname "eth"' },
  { rule: 'meta iifname { "eth7", "wlan0" }' },
  { rule: 'meta iifname @names' },
  { rule: 'meta iifname != @names' },
  { rule: 'meta iiftype ether' },
  { rule: 'meta iiftype loopback' },
  { rule: 'meta iifgroup 0' },
  { rule: 'meta iifgroup 7' },
  { rule: 'meta oifname "eth8"' },
  { rule: 'meta oifname != "eth8"' },
  { rule: 'meta oif "lo"' },
  { rule: 'meta oif 0' },
  { rule: 'meta oif 0', hook: 'forward' },
  { rule: 'meta oif != "lo"' },
  { rule: 'meta oiftype ether' },
  { rule: 'meta oifname "eth8"', hook: 'forward' },
  { rule: 'meta oifname != "eth*"', hook: 'forward' },
  { rule: 'meta iif "eth7" meta oif "eth8"', hook: 'forward' },
  { rule: 'meta oiftype ether', hook: 'forward' },
  { rule: 'meta iifname "eth7"', hook: 'postrouting' },
  { rule: 'meta iif "eth7"', hook: 'postrouting' },
  { rule: 'meta oifname "eth8"', hook: 'postrouting' },
  { rule: 'meta iifname "eth7"', hook: 'input' },
  { rule: 'meta oifname "eth7"', hook: 'input' },
  { rule: 'meta pkttype host' },
  { rule: 'meta pkttype unicast' },
  { rule: 'meta pkttype != host' },
  { rule: 'meta pkttype { broadcast, multicast }' },
  { rule: 'meta skuid 0', hook: 'forward' },
  { rule: 'meta skuid != 0', hook: 'forward' },
  { rule: 'meta skuid 0', hook: 'input', answer: 'unknown' },
  { rule: 'meta cgroup 0', hook: 'input', answer: 'unknown' },
  { rule: 'meta skgid 0', hook: 'postrouting' },
  { rule: 'meta cgroup 0', hook: 'forward' },
  { rule: 'meta cgroup != 1', hook: 'postrouting' },
  { rule: 'meta cpu 0', answer: 'unknown' },
  { rule: 'meta day "Monday"', answer: 'unknown' },
  { rule: 'meta hour "00:00"-"12:00"', answer: 'unknown' },
  { rule: 'meta time < "2020-01-01"', answer: 'unknown' },
  { rule: 'meta priority 0', answer: 'unknown' },
  { rule: 'meta random < 100', answer: 'unknown' },
  { rule: 'meta secpath missing', answer: 'unknown' },
  { rule: 'meta ipsec exists', answer: 'unknown' },
  { rule: 'meta sdif 0', hook: 'input' },
  // Ethernet
  { rule: 'ether saddr 02:00:00:00:99:01' },
  { rule: 'ether saddr != 02:00:00:00:99:01' },
  { rule: 'ether daddr 02:00:00:00:99:02', answer: 'unknown' },
  { rule: 'ether type ip', rule6: 'ether type ip6' },
  // Connection
  { rule: 'ct state new' },
  { rule: 'ct state invalid' },
  { rule: 'ct state new,established' },
  { rule: 'ct state { new, established }' },
  { rule: 'ct state != new' },
  { rule: 'ct state != established,related' },
  { rule: 'ct state & (established | related) == 0' },
  { rule: 'ct state untracked' },
  { rule: 'ct status dnat' },
  { rule: 'ct status snat,dnat' },
  { rule: 'ct status != dnat' },
  { rule: 'ct status & dnat == 0' },
  { rule: 'ct status seen-reply' },
  { rule: 'ct status assured' },
  { rule: 'ct status confirmed' },
  { rule: 'ct status expected' },
  { rule: 'ct status & (snat | dnat) != 0' },
  { rule: 'ct direction original' },
  { rule: 'ct direction reply' },
  { rule: 'ct mark 0' },
  { rule: 'ct mark != 0' },
  { rule: 'ct mark & 0xff == 0' },
  { rule: 'ct zone 0' },
  { rule: 'ct zone != 0' },
  { rule: 'ct protocol tcp', answer: 'unknown' },
  { rule: 'ct original protocol tcp' },
  { rule: 'ct l3proto ipv4' },
  { rule: 'ct original ip saddr 10.99.0.1', rule6: 'ct original ip6 saddr fd99::1' },
  { rule: 'ct original ip daddr != 10.99.0.2', rule6: 'ct original ip6 daddr != fd99::2' },
  { rule: 'ct reply ip saddr 10.99.0.0/30', rule6: 'ct reply ip6 saddr fd99::/126' },
  { rule: 'ct reply ip daddr 10.99.0.1', rule6: 'ct reply ip6 daddr fd99::1' },
  // nft lists part of an address as one that begins with zeros, and so is not told what is meant
  { rule: 'ct original saddr 10.99.0.0/16', rule6: 'ct original saddr fd99::/16', table: 'own', answer: 'unknown' },
  { rule: 'ct reply saddr != 10.99.0.0/24', rule6: 'ct reply saddr != fd99::/64', table: 'own', answer: 'unknown' },
  { rule: 'ct original saddr 10.99.0.1', rule6: 'ct original saddr fd99::1', table: 'own' },
  { rule: 'meta l4proto tcp ct original proto-dst 80' },
  { rule: 'meta l4proto udp ct reply proto-dst 40000' },
  { rule: 'meta l4proto tcp ct original proto-src != 40000' },
  { rule: 'ct helper "ftp"', answer: 'unknown' },
  { rule: 'ct expiration < 1s', answer: 'unknown' },
  { rule: 'ct original packets 1' },
  { rule: 'ct original bytes > 60' },
  { rule: 'ct reply packets 0' },
  { rule: 'ct packets < 2' },
  { rule: 'ct original avgpkt > 100' },
  { rule: 'ct label 1', answer: 'unknown' },
  { rule: 'ct count over 5', answer: 'unknown' },
  { rule: 'ct count 5', answer: 'unknown' },
  // Routing tables
  { rule: 'fib daddr type local' },
  { rule: 'fib daddr type != local' },
  { rule: 'fib saddr type unicast' },
  { rule: 'fib saddr type local' },
  { rule: 'fib daddr type { local, broadcast, multicast }' },
  { rule: 'fib daddr . iif type local' },
  { rule: 'fib daddr . iif type != local' },
  { rule: 'fib daddr . oif type local', hook: 'forward' },
  { rule: 'fib saddr . iif oif missing' },
  { rule: 'fib saddr . iif oif exists' },
  { rule: 'fib saddr . mark . iif oif != 0' },
  { rule: 'fib saddr . iif oifname "eth7"' },
  { rule: 'fib saddr oif exists' },
  { rule: 'fib saddr oif "eth7"' },
  { rule: 'fib daddr oif "eth8"' },
  { rule: 'fib daddr oifname "eth8"' },
  { rule: 'fib daddr oif 0' },
  { rule: 'fib daddr oif != 0' },
  { rule: 'fib daddr oif missing' },
  // Sets, concatenations, maps
  { rule: 'ip saddr @clients', rule6: 'ip6 saddr @clients' },
  { rule: 'ip daddr != @clients', rule6: 'ip6 daddr != @clients' },
  { rule: 'ip saddr @nets', rule6: 'ip6 saddr @nets' },
  { rule: 'ip daddr @nets', rule6: 'ip6 daddr @nets' },
  { rule: 'ip daddr . meta l4proto . th dport @pairs', rule6: 'ip6 daddr . meta l4proto . th dport @pairs' },
  { rule: 'ip daddr . meta l4proto . th dport != @pairs', rule6: 'ip6 daddr . meta l4proto . th dport != @pairs' },
  { rule: 'ip saddr . tcp dport @ranges', rule6: 'ip6 saddr . tcp dport @ranges' },
  { rule: 'ip daddr . tcp dport @ranges', rule6: 'ip6 daddr . tcp dport @ranges' },
  { rule: 'meta iifname . tcp dport { "eth7" . 80, "eth8" . 443 }' },
  { rule: 'meta iif . meta mark { "eth7" . 0, "lo" . 1 }' },
  { rule: 'ct state . meta l4proto { new . tcp, established . udp }' },
  {
    rule: 'tcp dport . ip saddr { 80 . 10.99.0.0/24, 443 . 10.99.0.1 }',
    rule6: 'tcp dport . ip6 saddr { 80 . fd99::/64, 443 . fd99::1 }',
  },
  { rule: 'meta l4proto . th dport vmap @verdicts', isMap: true },
  { rule: 'tcp dport vmap { 80 : jump hit, 443 : jump hit, 1000-9000 : jump hit }', isMap: true },
  { rule: 'tcp dport vmap @rest', isMap: true },
  { rule: 'ct state vmap { new : jump hit, invalid : jump hit }', isMap: true },
  { rule: 'meta iifname vmap { "eth7" : jump hit, "lo" : jump hit }', isMap: true },
  { rule: 'ip daddr vmap { 10.99.0.0/24 : jump hit }', rule6: 'ip6 daddr vmap { fd99::/64 : jump hit }', isMap: true },
  { rule: 'fib daddr type vmap { local : jump hit, unicast : jump hit }', isMap: true },
  // Set and then looked at
  { rule: 'meta mark set 0x7 meta mark 0x7' },
  { rule: 'meta mark set meta mark | 0x4000 meta mark & 0x4000 != 0' },
  { rule: 'meta mark set tcp dport map { 80 : 1, 443 : 2 } meta mark 1' },
  { rule: 'meta mark set meta mark ^ 0xff meta mark 0xff' },
  { rule: 'ct mark set 0x9 ct mark 0x9' },
  { rule: 'ct mark set meta mark ct mark 0' },
  // `and` binds closer than `xor`
  { rule: 'ct mark set ct mark xor 0x16 and 0xffffffed ct mark 0x4' },
  { rule: 'ct mark set (ct mark xor 0x23 and 0xffffff9c) >> 5 ct mark 0' },
  { rule: 'ip dscp set ef ip dscp ef', rule6: 'ip6 dscp set ef ip6 dscp ef' },
  { rule: 'ip ttl set 9 ip ttl 9', rule6: 'ip6 hoplimit set 9 ip6 hoplimit 9' },
  // Choice and what is not known
  { rule: 'numgen random mod 2 0', answer: 'choice' },
  { rule: 'numgen random mod 1 0' },
  { rule: 'numgen random mod 100 < 30', answer: 'choice' },
  { rule: 'numgen inc mod 3 1', answer: 'choice' },
  { rule: 'numgen random mod 2 vmap { 0 : jump hit, 1 : jump hit }', answer: 'choice', isMap: true },
  { rule: 'numgen random mod 4 offset 10 10-13' },
  { rule: 'jhash ip saddr mod 2 seed 0x1 0', rule6: 'jhash ip6 saddr mod 2 seed 0x1 0', answer: 'choice' },
  { rule: 'jhash ip saddr . tcp sport mod 1 0', rule6: 'jhash ip6 saddr . tcp sport mod 1 0' },
  { rule: 'symhash mod 2 0', answer: 'choice' },
  { rule: 'limit rate 1/minute', answer: 'unknown' },
  { rule: 'limit rate over 1/minute', answer: 'unknown' },
  { rule: 'quota 100000 bytes', answer: 'unknown' },
  { rule: 'quota over 100000 bytes', answer: 'unknown' },
  { rule: 'osf name "Linux"', answer: 'unknown', only: 4 },
  { rule: 'rt classid 1', answer: 'unknown', hook: 'forward' },
  { rule: 'rt mtu > 100', answer: 'unknown', hook: 'forward' },
  // Quiet
  { rule: 'log prefix "here"' },
  { rule: 'meta nftrace set 1' },
  { rule: 'meta priority set 1:2' },
  { rule: 'tcp option maxseg size set 1200' },
];
