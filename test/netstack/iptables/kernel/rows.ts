/** Matches as rules, for the kernel and the evaluator to be compared on every packet of the lab. */
import { clock, daysAround } from './clock.ts';

export interface Row {
  readonly rule: string;
  /** What ip6tables takes in its place. */
  readonly rule6?: string;
  readonly only?: 4 | 6;
  /** PREROUTING unless said otherwise. */
  readonly chain?: 'PREROUTING' | 'INPUT' | 'FORWARD' | 'POSTROUTING';
  /** The evaluator's answer where it can't be definite for every packet. */
  readonly answer?: 'unknown' | 'choice';
}

export const SETS = `create clients hash:ip family inet
add clients 10.99.0.1
create clients6 hash:ip family inet6
add clients6 fd99::1
create nets hash:net family inet
add nets 10.99.0.0/24
add nets 10.99.0.1 nomatch
create nets6 hash:net family inet6
add nets6 fd99::/64
add nets6 fd99::1 nomatch
create ports bitmap:port range 0-1023
add ports 80
create pairs hash:ip,port family inet
add pairs 10.99.0.2,tcp:80
add pairs 10.99.0.2,icmp:echo-request
create pairs6 hash:ip,port family inet6
add pairs6 fd99::2,tcp:80
add pairs6 fd99::2,icmpv6:echo-request
create devices hash:net,iface family inet
add devices 10.99.0.0/24,eth7
create both list:set
add both clients
add both ports
`;

export const ROWS: readonly Row[] = [
  // Header
  { rule: '-d 10.99.0.2', rule6: '-d fd99::2' },
  { rule: '! -d 10.99.0.2', rule6: '! -d fd99::2' },
  { rule: '-s 10.0.0.1/255.0.0.255', rule6: '-s fd00::1/ff00::ffff' },
  { rule: '-s 10.0.0.2/255.0.0.255', rule6: '-s fd00::2/ff00::ffff' },
  { rule: '! -s 10.0.0.2/255.0.0.255', rule6: '! -s fd00::2/ff00::ffff' },
  { rule: '-s 10.98.0.0/15', rule6: '-s fd98::/15' },
  { rule: '-i eth7' },
  { rule: '-i eth+' },
  { rule: '! -i eth+' },
  { rule: '-i eth' },
  { rule: '! -i eth8' },
  { rule: '-i eth7+' },
  { rule: '-p tcp' },
  { rule: '! -p tcp' },
  { rule: '-p 17' },
  { rule: '! -p 6' },
  { rule: '-p icmp', rule6: '-p ipv6-icmp' },
  { rule: '-f', only: 4 },
  { rule: '! -f', only: 4 },
  { rule: '-o eth8', chain: 'FORWARD' },
  { rule: '! -o eth+', chain: 'FORWARD' },
  { rule: '-i eth7 -o eth8', chain: 'FORWARD' },
  { rule: '-o eth8', chain: 'POSTROUTING' },
  { rule: '! -o eth7', chain: 'POSTROUTING' },
  { rule: '-i eth7', chain: 'INPUT' },
  // Transport
  { rule: '-p tcp -m tcp --dport 80' },
  { rule: '-p tcp -m tcp ! --dport 80' },
  { rule: '-p tcp -m tcp --dport 80:443' },
  { rule: '-p tcp -m tcp --sport 1024:' },
  { rule: '-p tcp -m tcp ! --sport :1023' },
  { rule: '-p tcp -m tcp --sport 40000 ! --dport 81:8080' },
  { rule: '-p tcp --syn' },
  { rule: '-p tcp ! --syn' },
  { rule: '-p tcp -m tcp --tcp-flags ALL SYN' },
  { rule: '-p tcp -m tcp --tcp-flags ACK,FIN ACK' },
  { rule: '-p tcp -m tcp --tcp-flags ALL NONE' },
  { rule: '-p tcp -m tcp ! --tcp-flags SYN,RST SYN' },
  { rule: '-p tcp -m tcp --tcp-option 2', answer: 'unknown' },
  { rule: '-p udp -m udp --dport 53' },
  { rule: '-p udp -m udp ! --sport 53 --dport 1:65535' },
  { rule: '-p icmp -m icmp --icmp-type 8', rule6: '-p ipv6-icmp -m icmp6 --icmpv6-type 128' },
  { rule: '-p icmp -m icmp ! --icmp-type 8', rule6: '-p ipv6-icmp -m icmp6 ! --icmpv6-type 128' },
  { rule: '-p icmp -m icmp --icmp-type 8/0', rule6: '-p ipv6-icmp -m icmp6 --icmpv6-type 128/0' },
  { rule: '-p icmp -m icmp --icmp-type 8/1', rule6: '-p ipv6-icmp -m icmp6 --icmpv6-type 128/1' },
  { rule: '-p icmp -m icmp ! --icmp-type 8/1', rule6: '-p ipv6-icmp -m icmp6 ! --icmpv6-type 128/1' },
  { rule: '-p icmp -m icmp --icmp-type any', only: 4 },
  { rule: '-p tcp -m multiport --dports 80,443' },
  { rule: '-p tcp -m multiport ! --dports 80,443' },
  { rule: '-p tcp -m multiport --dports 1:79,8000:9000' },
  { rule: '-p udp -m multiport --sports 53,40000' },
  { rule: '-p udp -m multiport --ports 53' },
  { rule: '-p udp -m multiport ! --ports 54' },
  // Connection
  { rule: '-m conntrack --ctstate NEW' },
  { rule: '-m conntrack --ctstate INVALID,UNTRACKED' },
  { rule: '-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT' },
  { rule: '-m conntrack ! --ctstate NEW' },
  { rule: '-m conntrack --ctstate SNAT,DNAT' },
  { rule: '-m state --state NEW' },
  { rule: '-m state --state ESTABLISHED,RELATED' },
  { rule: '-m conntrack --ctproto 17' },
  { rule: '-m conntrack ! --ctproto 17' },
  { rule: '-m conntrack --ctorigsrc 10.99.0.0/24', rule6: '-m conntrack --ctorigsrc fd99::/64' },
  { rule: '-m conntrack ! --ctorigdst 10.99.0.2', rule6: '-m conntrack ! --ctorigdst fd99::2' },
  { rule: '-m conntrack --ctreplsrc 10.99.0.2', rule6: '-m conntrack --ctreplsrc fd99::2' },
  { rule: '-p tcp -m conntrack --ctorigdstport 80' },
  { rule: '-p tcp -m conntrack ! --ctorigsrcport 1:1024' },
  { rule: '-p udp -m conntrack --ctrepldstport 40000' },
  { rule: '-m conntrack --ctstatus SEEN_REPLY' },
  { rule: '-m conntrack ! --ctstatus SEEN_REPLY,ASSURED' },
  { rule: '-m conntrack --ctstatus CONFIRMED' },
  { rule: '-m conntrack --ctstatus EXPECTED' },
  { rule: '-m conntrack ! --ctstatus NONE' },
  { rule: '-m conntrack --ctdir ORIGINAL' },
  { rule: '-m conntrack --ctdir REPLY' },
  { rule: '-m conntrack --ctexpire 0:1', answer: 'unknown' },
  { rule: '-m connmark --mark 0' },
  { rule: '-m connmark ! --mark 0' },
  { rule: '-m connmark --mark 0/0xff' },
  { rule: '-m connbytes --connbytes 0:1 --connbytes-mode packets --connbytes-dir both' },
  { rule: '-m connbytes --connbytes 1: --connbytes-mode packets --connbytes-dir original' },
  { rule: '-m connbytes --connbytes 1: --connbytes-mode packets --connbytes-dir reply' },
  { rule: '-m connbytes ! --connbytes 100: --connbytes-mode bytes --connbytes-dir original' },
  { rule: '-m connbytes --connbytes 60: --connbytes-mode avgpkt --connbytes-dir both' },
  { rule: '-p tcp -m connlimit --connlimit-above 0' },
  { rule: '-p tcp -m connlimit --connlimit-above 5', answer: 'unknown' },
  { rule: '-p tcp -m connlimit --connlimit-upto 0' },
  // Packet
  { rule: '-m mark --mark 0' },
  { rule: '-m mark ! --mark 0x4000/0x4000' },
  { rule: '-m mark --mark 0x4000/0x4000' },
  { rule: '-m length --length 0:64' },
  { rule: '-m length ! --length 100:' },
  { rule: '-m length --length 128' },
  { rule: '-m ttl --ttl-eq 64', rule6: '-m hl --hl-eq 64' },
  { rule: '-m ttl --ttl-lt 10', rule6: '-m hl --hl-lt 10' },
  { rule: '-m ttl --ttl-gt 64', rule6: '-m hl --hl-gt 64' },
  { rule: '-m ttl ! --ttl-eq 64', rule6: '-m hl ! --hl-eq 64' },
  { rule: '-m ttl --ttl-eq 64', rule6: '-m hl --hl-eq 64', chain: 'FORWARD' },
  { rule: '-m ttl --ttl-eq 63', rule6: '-m hl --hl-eq 63', chain: 'FORWARD' },
  { rule: '-m dscp --dscp 46' },
  { rule: '-m dscp ! --dscp 0' },
  { rule: '-m tos --tos 0x20/0xff' },
  { rule: '-m tos ! --tos 0xb8/0xf8' },
  { rule: '-p tcp -m ecn --ecn-tcp-ece' },
  { rule: '-p tcp -m ecn ! --ecn-tcp-cwr' },
  { rule: '-m ecn --ecn-ip-ect 2' },
  { rule: '-m ecn ! --ecn-ip-ect 0' },
  { rule: '-m iprange --src-range 10.99.0.1-10.99.0.5', rule6: '-m iprange --src-range fd99::1-fd99::5' },
  {
    rule: '-m iprange --src-range 10.99.0.1-10.99.0.5 ! --dst-range 10.99.0.2-10.99.0.3',
    rule6: '-m iprange --src-range fd99::1-fd99::5 ! --dst-range fd99::2-fd99::3',
  },
  // Device
  { rule: '-m mac --mac-source 02:00:00:00:99:01' },
  { rule: '-m mac ! --mac-source 02:00:00:00:99:01' },
  { rule: '-m mac ! --mac-source 02:00:00:00:99:0a' },
  { rule: '-m pkttype --pkt-type unicast' },
  { rule: '-m pkttype ! --pkt-type unicast' },
  { rule: '-m pkttype --pkt-type broadcast' },
  { rule: '-m pkttype --pkt-type multicast' },
  { rule: '-m physdev --physdev-in eth7' },
  { rule: '-m physdev ! --physdev-in eth7' },
  { rule: '-m physdev --physdev-is-in' },
  { rule: '-m physdev ! --physdev-is-in', chain: 'FORWARD' },
  { rule: '-m physdev --physdev-is-bridged', chain: 'FORWARD' },
  { rule: '-m physdev ! --physdev-is-bridged', chain: 'FORWARD' },
  { rule: '-m rpfilter' },
  { rule: '-m rpfilter --invert' },
  { rule: '-m rpfilter --loose' },
  // Address types
  { rule: '-m addrtype --dst-type LOCAL' },
  { rule: '-m addrtype ! --dst-type LOCAL' },
  { rule: '-m addrtype --src-type UNICAST' },
  { rule: '-m addrtype --src-type LOCAL' },
  { rule: '-m addrtype --dst-type UNICAST' },
  { rule: '-m addrtype --dst-type LOCAL --limit-iface-in' },
  { rule: '-m addrtype ! --src-type LOCAL --dst-type UNICAST' },
  { rule: '-m addrtype --dst-type UNICAST,LOCAL' },
  { rule: '-m addrtype --dst-type MULTICAST' },
  { rule: '-m addrtype --dst-type BROADCAST', only: 4 },
  { rule: '-m addrtype --dst-type UNREACHABLE' },
  { rule: '-m addrtype --dst-type BLACKHOLE', only: 4 },
  { rule: '-m addrtype ! --dst-type LOCAL --limit-iface-out', chain: 'FORWARD' },
  // Sets
  { rule: '-m set --match-set clients src', rule6: '-m set --match-set clients6 src' },
  { rule: '-m set ! --match-set clients dst', rule6: '-m set ! --match-set clients6 dst' },
  { rule: '-m set --match-set nets src', rule6: '-m set --match-set nets6 src' },
  { rule: '-m set --match-set nets dst', rule6: '-m set --match-set nets6 dst' },
  { rule: '-m set --match-set nets src --return-nomatch', rule6: '-m set --match-set nets6 src --return-nomatch' },
  { rule: '-m set --match-set nets dst --return-nomatch', rule6: '-m set --match-set nets6 dst --return-nomatch' },
  { rule: '-m set --match-set ports dst' },
  { rule: '-m set ! --match-set ports src' },
  { rule: '-m set --match-set pairs dst,dst', rule6: '-m set --match-set pairs6 dst,dst' },
  { rule: '-m set --match-set pairs dst,src', rule6: '-m set --match-set pairs6 dst,src' },
  { rule: '-m set --match-set devices src,src', only: 4 },
  { rule: '-m set --match-set devices src,dst', only: 4 },
  { rule: '-m set --match-set both src' },
  { rule: '-m set --match-set both dst' },
  { rule: '-m set --match-set both dst,dst' },
  // Choice and what is not known
  { rule: '-m statistic --mode random --probability 0.5', answer: 'choice' },
  { rule: '-m statistic --mode random ! --probability 0.25', answer: 'choice' },
  { rule: '-m statistic --mode random --probability 1.0' },
  { rule: '-m statistic --mode random --probability 0' },
  { rule: '-m statistic --mode nth --every 3 --packet 0', answer: 'choice' },
  { rule: '-m limit --limit 1/min --limit-burst 5', answer: 'unknown' },
  { rule: '-m hashlimit --hashlimit-upto 1/sec --hashlimit-name web', answer: 'unknown' },
  { rule: '-m recent --set --name seen --rsource' },
  { rule: '-m recent --rcheck --name web --rsource', answer: 'unknown' },
  { rule: '-m recent ! --rcheck --seconds 5 --name web --rsource', answer: 'unknown' },
  { rule: '-m string --string GET --algo bm', answer: 'unknown' },
  { rule: `-m time --timestart ${clock(-2)} --timestop ${clock(2)}` },
  { rule: `-m time --timestart ${clock(2)} --timestop ${clock(-2)}` },
  { rule: `-m time --timestart ${clock(2)} --timestop ${clock(4)}` },
  { rule: `-m time --weekdays ${daysAround({ weekday: 'short' })}` },
  { rule: `-m time ! --weekdays ${daysAround({ weekday: 'short' })}` },
  {
    rule: `-m time --monthdays ${daysAround({ day: 'numeric' })} --timestart 00:00:00 --timestop 00:00:00 --contiguous`,
  },
  { rule: `-m time ! --monthdays ${daysAround({ day: 'numeric' })}` },
  { rule: '-m time --datestart 2020-01-01T00:00:00 --datestop 2021-01-01T00:00:00' },
  { rule: '-m time --datestart 2020-01-01T12:30:00' },
  { rule: '-m time --datestart 2020-01-01T12:30:00 --kerneltz', answer: 'unknown' },
  // The protocol of IPv4, the next header of IPv6
  { rule: '-m u32 --u32 "6&0xff=6"', rule6: '-m u32 --u32 "3&0xff=6"' },
  { rule: '-m u32 ! --u32 "6&0xff=6,17"', rule6: '-m u32 ! --u32 "3&0xff=6,17"' },
  { rule: '-m u32 --u32 "5&0xff=0:64"', rule6: '-m u32 --u32 "4&0xff=0:64"' },
  // The destination port behind the header, whatever its length
  { rule: '-m u32 --u32 "6&0xff=6&&0>>22&0x3c@0&0xffff=80:443"', rule6: '-m u32 --u32 "3&0xff=6&&40&0xffff=80:443"' },
  { rule: '-m u32 --u32 "0>>22&0x3c@12>>16&0x3f=2"', rule6: '-m u32 --u32 "52>>16&0x3f=2"', answer: 'unknown' },
  { rule: '-m u32 --u32 "12=0x0a630001"', rule6: '-m u32 --u32 "20=1"' },
  { rule: '-m u32 --u32 "13<<8=0x63000100"', rule6: '-m u32 --u32 "21<<8>>16=0:1"' },
  { rule: '-m u32 --u32 "1000=0"' },
  { rule: '-m u32 ! --u32 "1000=0"' },
  { rule: '-m u32 --u32 "60=0"', answer: 'unknown' },
  { rule: '-m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0"' },
  // What tcpdump -ddd makes of `tcp dst port 80` without its link layer
  {
    rule: '-m bpf --bytecode "9,48 0 0 9,21 0 6 6,40 0 0 6,69 4 0 8191,177 0 0 0,72 0 0 2,21 0 1 80,6 0 0 65535,6 0 0 0"',
    rule6: '-m bpf --bytecode "6,48 0 0 6,21 0 3 6,40 0 0 42,21 0 1 80,6 0 0 65535,6 0 0 0"',
  },
  // Arithmetic: (tos + ttl) * 3 / 2 % 100 ^ 7 > 90, over scratch memory and X
  {
    rule: '-m bpf --bytecode "14,48 0 0 1,2 0 0 3,48 0 0 8,97 0 0 3,12 0 0 0,36 0 0 3,52 0 0 2,148 0 0 100,164 0 0 7,7 0 0 0,135 0 0 0,37 0 1 90,6 0 0 1,6 0 0 0"',
    only: 4,
  },
  { rule: '-m bpf --bytecode "4,128 0 0 0,53 0 1 100,6 0 0 1,6 0 0 0"' },
  { rule: '-m bpf --bytecode "4,32 0 0 1000,6 0 0 1,6 0 0 1,6 0 0 1"' },
  // The identification is not known, and does not matter
  { rule: '-m bpf --bytecode "4,40 0 0 4,21 0 0 1,6 0 0 1,6 0 0 0"', only: 4 },
  { rule: '-m bpf --bytecode "4,40 0 0 4,21 0 1 4711,6 0 0 1,6 0 0 0"', only: 4, answer: 'unknown' },
  { rule: '-m quota --quota 100000', answer: 'unknown' },
  { rule: '-m comment --comment "it\'s \\"quoted\\" \\\\ here"' },
  // The packets here say 1460; one without the SYN says it too, which no sender does.
  ...['1:1500', '1460', '1461:65535', '! 1:1459'].map((mss): Row => ({
    rule: `-p tcp -m tcp --tcp-flags SYN SYN -m tcpmss ${mss.startsWith('!') ? `! --mss ${mss.slice(2)}` : `--mss ${mss}`}`,
  })),
  { rule: '-m socket', answer: 'unknown' },
  { rule: '-m owner --uid-owner 0', chain: 'POSTROUTING' },
  { rule: '-m owner ! --uid-owner 0', chain: 'POSTROUTING' },
  { rule: '-m owner --socket-exists', chain: 'POSTROUTING' },
  { rule: '-m owner ! --socket-exists', chain: 'POSTROUTING' },
  { rule: '-m owner ! --uid-owner 0 --gid-owner 0', chain: 'POSTROUTING' },
  { rule: '-p esp -m esp --espspi 5' },
  { rule: '-p ah -m ah --ahspi 5' },
  { rule: '-p ipcomp -m ipcomp --ipcompspi 5' },
  { rule: '-p sctp -m sctp --dport 80' },
  { rule: '-p dccp -m dccp --dport 80' },
  { rule: '-m cpu --cpu 0', answer: 'unknown' },
  { rule: '-m devgroup --src-group 0' },
  { rule: '-m devgroup ! --src-group 0' },
  { rule: '-m devgroup --src-group 0x4/0xfe' },
  { rule: '-m devgroup --src-group 0 ! --dst-group 0x1', chain: 'FORWARD' },
  { rule: '-m policy --dir in --pol none' },
  { rule: '-m policy --dir in --pol ipsec' },
  { rule: '-m policy --dir in --pol ipsec --proto esp --mode tunnel' },
  { rule: '-m policy --dir in --pol ipsec --strict --proto ah --mode transport --next --reqid 5', only: 4 },
  { rule: '-m policy --dir out --pol none', chain: 'POSTROUTING' },
  {
    rule: '-m cluster --cluster-total-nodes 2 --cluster-local-node 1 --cluster-hash-seed 1',
    answer: 'unknown',
  },
  { rule: '-p tcp -m osf --genre Linux', only: 4, answer: 'unknown' },
  { rule: '-m dst --dst-len 8', only: 6 },
  { rule: '-p ipv6-mh -m mh --mh-type 1', only: 6 },
  { rule: '-m srh', only: 6 },
  { rule: '-m hbh', only: 6 },
  { rule: '-m rt', only: 6 },
  { rule: '-m frag', only: 6 },
  { rule: '-m ipv6header --header prot --soft', only: 6 },
  { rule: '-m ipv6header --header prot', only: 6 },
  { rule: '-m ipv6header ! --header hop', only: 6 },
  { rule: '-m ipv6header --header hop --soft', only: 6 },
  { rule: '-m ipv6header --header hop,prot --soft', only: 6 },
  { rule: '-m ipv6header ! --header hop,prot --soft', only: 6 },
  { rule: '-m ipv6header ! --header hop --soft', only: 6 },
  { rule: '-m eui64', only: 6 },
];
