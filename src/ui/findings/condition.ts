/** Texts of the findings about a machine's condition that hurts some connections, this one perhaps among them. */
import type { ConditionCode, SuspicionInfo } from '../../model/suspicion-codes.ts';

export const CONDITION_FINDINGS: Readonly<Record<ConditionCode, SuspicionInfo>> = {
  CONNTRACK_FULL: {
    title: 'The connection tracking table is full',
    meaning:
      'Every new connection needs an entry in the conntrack table. When it is full the kernel discards new connections of everybody on the node, while existing ones go on.',
    confirm:
      '`sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max`\n`dmesg | grep "nf_conntrack: table full"` and the drop column of `conntrack -S`\nWho fills it: `conntrack -L -o extended | awk \'{for(i=1;i<=NF;i++) if($i ~ /^src=/){print $i; break}}\' | sort | uniq -c | sort -rn | head`',
    fix: 'Raise it: `sysctl -w net.netfilter.nf_conntrack_max=VALUE` (kube-proxy: `conntrack.maxPerCore`, `conntrack.min`).\nThen mend who fills it: clients without keep-alive, DNS over UDP without a cache, a scan.',
  },
  CONNTRACK_STALE: {
    title: 'An old connection entry leads to an endpoint that is gone',
    meaning:
      'nat rules are consulted once per connection. A UDP client that keeps its source port stays bound to the endpoint that it got first, even after that is gone, as long as it keeps sending.',
    confirm: '`conntrack -L -p udp --orig-dst SERVICE-ADDRESS`: reply source is an address that no endpoint has',
    fix: 'Delete the entries: `conntrack -D -p udp --orig-dst SERVICE-ADDRESS`. kube-proxy does that when an endpoint goes; if it did not, read its log. Clients should open a new socket now and then.',
  },
  PMTU_RISK: {
    title: 'Large packets depend on path MTU discovery',
    meaning:
      "The path has a link with a smaller MTU than the sender's interface. It works as long as the ICMP errors that say so come back; where something drops them, connections open and hang at the first large packet.",
    confirm:
      '`ping -M do -s 1472 ADDRESS` from the source; an error is good, silence is not\nWhat the sender has learned: `ip route get ADDRESS` shows `mtu`',
    fix: 'Give the sender the smallest MTU of the path, or let ICMP "fragmentation needed" and ICMPv6 "packet too big" pass, or clamp: `iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`',
  },
  PMTU_BLACK_HOLE: {
    title: 'Small packets come through, large ones vanish',
    meaning:
      'Somewhere on the path a packet of full size does not fit and may not be fragmented, and the ICMP error that says so does not come to its sender. Connections open, and hang at the first large packet: a TLS certificate, a page, a file.',
    confirm:
      '`ping -M do -s 1472 ADDRESS` from the source: silence, while `ping -s 1000 ADDRESS` is answered\nThe size at which it breaks: `skoop … --size BYTES`',
    fix: 'Let ICMP "fragmentation needed" and ICMPv6 "packet too big" pass, everywhere on the way back to the sender; or give the pods the smallest MTU of the path; or clamp: `iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu`',
  },
  LISTEN_QUEUE_FULL: {
    title: "The server's accept queue is full",
    meaning:
      'The server does not accept connections as fast as they come: the kernel ignores new ones, and clients see timeouts or slow connects although the server runs.',
    confirm:
      'Recv-Q above Send-Q: `ss -ltn "sport = :PORT"`\nThe counters grow: `nstat -az TcpExtListenOverflows TcpExtListenDrops`',
    fix: 'Find out why the server does not accept: blocked, out of file descriptors or CPU (throttled by its limit). Raise the backlog and `net.core.somaxconn` in the pod only after that.',
  },
};
