/** Texts of the findings that say why a packet stopped where it did. */
import type { PacketCode, SuspicionInfo } from '../../model/suspicion-codes.ts';

export const PACKET_FINDINGS: Readonly<Record<PacketCode, SuspicionInfo>> = {
  CONNECTION_REFUSED: {
    title: 'Nothing listens on the port',
    meaning:
      'The packet reached its destination, and no socket there takes it. The kernel answers at once with a TCP reset or an ICMP port unreachable; the client reports "connection refused".',
    confirm:
      'Sockets that listen in the destination, with their addresses: `ss -Htunl`\nFrom the source it fails at once, not after a timeout: `nc -vz ADDRESS PORT`\nThe container may have crashed or still be starting: `kubectl -n NAMESPACE get pod POD` and `kubectl -n NAMESPACE logs POD --previous`',
    fix: 'Start the server, or make it listen on the port that clients use.\nBehind a Service, `targetPort` must be the number that the container listens on; `containerPort` only documents and opens nothing.\nA server that should take both families must listen on `::` (dual stack) or on each of them.',
  },
  SOCKET_WRONG_ADDRESS: {
    title: 'A server listens on the port, but on another address',
    meaning:
      'A socket for this port exists, bound to an address, a device or a family that this packet does not have; most often 127.0.0.1 or ::1. To the kernel that is the same as no server: the connection is refused.',
    confirm: 'The local address column tells it: `ss -Htunl "sport = :PORT"`',
    fix: 'Let the server listen on `0.0.0.0`, or on `::` for both families. Many servers call this `bind`, `host` or `listen`.\nA server that must stay on loopback is reachable only from its own pod or through a sidecar.',
  },
  PACKET_REJECTED: {
    title: 'A rule rejects the packet',
    meaning:
      'A REJECT rule takes the packet and answers with a TCP reset or an ICMP error, so the client fails at once ("connection refused", "no route to host", "permission denied") instead of waiting.',
    confirm:
      'Its counter grows with every attempt: `iptables-save -c | grep REJECT` (`ip6tables-save -c` for IPv6)\nkube-proxy writes such a rule for a Service with no endpoints; its comment says so: `kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE`',
    fix: 'If the rule belongs to kube-proxy, give the Service ready endpoints.\nOtherwise change it where it is made (firewalld, ufw, a network policy agent, configuration management): a rule deleted by hand comes back.',
  },
  PACKET_DROPPED: {
    title: 'A rule or chain policy drops the packet',
    meaning: 'The packet is discarded without an answer. The client waits until its connect timeout.',
    confirm:
      'Its counter grows while you try: `iptables-save -c -t TABLE | grep CHAIN`; run it twice\nFor rules in nftables: `nft list chain FAMILY TABLE CHAIN`\nWhich rule really takes it: `iptables -t raw -I PREROUTING -d ADDRESS -p tcp --dport PORT -j TRACE` and `xtables-monitor --trace` (take the rule out again with `-D`)',
    fix: 'Allow the traffic where the rule is made: a network policy, firewalld, ufw, Docker (which sets the policy of FORWARD to DROP), the cloud image. A rule deleted by hand comes back at the next sync.\nTo be sure of the cause, insert an ACCEPT for this one address and port in front of it, try, and take it out again.',
  },
  NO_ROUTE: {
    title: 'No route to the destination',
    meaning:
      'No policy rule leads to a route for this address, not even a default one. A local sender gets "network is unreachable"; a forwarding node answers with an ICMP error.',
    confirm:
      'Ask the kernel: `ip route get ADDRESS` (for a forwarded packet `ip route get ADDRESS from SOURCE iif DEVICE`)\nAll tables and rules: `ip rule; ip route show table all` (with `-6` for IPv6)',
    fix: 'Restore the route. Pod and pod-network routes are made by the network plugin: look at its pod on this node and restart it.\nFor addresses outside the cluster, restore the default route of the node: `ip route add default via GATEWAY dev DEVICE`',
  },
  ROUTE_UNREACHABLE: {
    title: 'An unreachable route catches the packet',
    meaning:
      'The longest matching route is of type `unreachable`: the kernel answers "no route to host". Some plugins write one for their whole block so that addresses of pods that are gone do not leave by the default route.',
    confirm:
      'Ask the kernel: `ip route get ADDRESS`\nFind it: `ip route show table all type unreachable; ip rule | grep unreachable`',
    fix: 'If the address belongs to a living pod, its more specific route is missing: restart the network plugin on this node.\nElse delete the route: `ip route del unreachable PREFIX`',
  },
  ROUTE_PROHIBITED: {
    title: 'A prohibit route catches the packet',
    meaning:
      'The matching route or policy rule is of type `prohibit`: the kernel refuses with "permission denied" or an ICMP "administratively prohibited". Somebody set it on purpose.',
    confirm: 'Find it: `ip route show table all type prohibit; ip rule | grep prohibit`',
    fix: 'Find out who made it, then remove it: `ip route del prohibit PREFIX` or `ip rule del pref PRIORITY`',
  },
  ROUTE_BLACKHOLE: {
    title: 'A blackhole route swallows the packet',
    meaning:
      'The longest matching route is of type `blackhole`: forwarded packets vanish without an answer; a local sender gets "invalid argument". Calico writes one for each address block of a node, which more specific pod routes should override.',
    confirm: 'Ask the kernel: `ip route get ADDRESS`\nFind it: `ip route show table all type blackhole`',
    fix: 'If the address belongs to a living pod, its more specific route is missing: restart the network plugin on this node.\nElse delete the route: `ip route del blackhole PREFIX`',
  },
  NEIGHBOUR_UNRESOLVED: {
    title: 'Nobody answers for the next hop',
    meaning:
      'The route is there, but the link-layer address of the next hop cannot be found: nothing on that link answers ARP or neighbour discovery for it. A local sender gets "no route to host" after about three seconds.',
    confirm:
      'INCOMPLETE or FAILED tells it: `ip neigh show to ADDRESS`\nAsk the link itself: `arping -I DEVICE ADDRESS` (IPv6: `ndisc6 ADDRESS DEVICE`)',
    fix: 'If the next hop is a pod, it or its interface is gone: check that the address is still in use.\nIf it is a gateway or a node, check that it is up and on the same layer 2 network; where it is not, the route needs a gateway that is.\nOn vxlan, the entry is made by the plugin: restart it.',
  },
  NEIGHBOUR_WRONG: {
    title: 'The neighbour entry leads to the wrong machine',
    meaning:
      'The next hop resolves to a link-layer address that its owner does not have: a permanent entry that has become stale, or a second machine that answers for the same address. The frame reaches somebody else or nobody.',
    confirm:
      'Compare with the address that the target really has: `ip neigh show to ADDRESS` here, `ip link show DEVICE` there\nTwo answers from two machines mean a duplicate address: `arping -D -I DEVICE ADDRESS`',
    fix: 'Delete the entry, the kernel learns it anew: `ip neigh del ADDRESS dev DEVICE`\nIf the plugin wrote it (PERMANENT), restart the plugin on this node.',
  },
  BRIDGE_DROPPED: {
    title: 'The bridge does not pass the frame on',
    meaning:
      'The frame entered a Linux bridge and no port gives it out: the port is not forwarding, both ports are isolated, the VLAN is not allowed there, hairpin is off for a packet that must go back out of its own port, or the FDB points to the wrong port.',
    confirm:
      'State and flags of the ports: `bridge -d link show`\nWhich port owns the MAC: `bridge fdb show br BRIDGE | grep MAC`\nVLANs of the ports: `bridge vlan show`',
    fix: 'According to the step shown: `ip link set PORT up`, `bridge link set dev PORT hairpin on`, `bridge link set dev PORT isolated off`, `bridge vlan add dev PORT vid VID`, or delete the stale entry: `bridge fdb del MAC dev PORT master`',
  },
  LINK_DOWN: {
    title: 'An interface on the way is down',
    meaning:
      'The packet has to leave or arrive by an interface that is not up, has no carrier, or whose other end is down.',
    confirm:
      '`UP` and `LOWER_UP` must both be in the angle brackets: `ip link show DEVICE`; `M-DOWN` or `NO-CARRIER` is the other end',
    fix: 'Set it up: `ip link set DEVICE up`\nIf it goes down again, look at who manages it: the network plugin, NetworkManager, systemd-networkd.\nNO-CARRIER on a veth: its other end is down or gone; recreate the pod.',
  },
  FORWARDING_DISABLED: {
    title: 'The kernel does not forward',
    meaning:
      "The packet has to pass through this namespace and forwarding is off, so the kernel discards it. IPv4 asks the interface by which the packet came in; IPv6 asks `all` (or the interface's `force_forwarding` on new kernels).",
    confirm: '`sysctl net.ipv4.ip_forward net.ipv4.conf.DEVICE.forwarding net.ipv6.conf.all.forwarding`',
    fix: 'Set it now: `sysctl -w net.ipv4.ip_forward=1` (IPv6: `net.ipv6.conf.all.forwarding=1`)\nMake it last in a file under /etc/sysctl.d, and look for a file there, or a hardening tool, that turns it off.',
  },
  REVERSE_PATH_FILTERED: {
    title: 'Reverse path filtering discards the packet',
    meaning:
      "The kernel would send an answer to this packet's source by another interface than the one it came in by (rp_filter 1, strict), or has no route back at all (2, loose). It discards the packet silently. The larger of `all` and the interface's own value counts.",
    confirm:
      '`sysctl net.ipv4.conf.all.rp_filter net.ipv4.conf.DEVICE.rp_filter`\nThe way back: `ip route get SOURCE` names another device than DEVICE\nThe counter grows while you try: `nstat -az TcpExtIPReversePathFilter`',
    fix: 'Mend the routing, so that both directions use the same interface.\nWhere the asymmetry is wanted, go loose: `sysctl -w net.ipv4.conf.DEVICE.rp_filter=2` (the larger value counts, so 2 here is enough), and make it last under /etc/sysctl.d.',
  },
  MARTIAN_PACKET: {
    title: 'The packet has an address that cannot be right',
    meaning:
      "The kernel discards packets whose source or destination is impossible where they come in: 127.0.0.0/8 from outside, a source that is this machine's own address, a multicast or broadcast source.",
    confirm:
      '`sysctl -w net.ipv4.conf.all.log_martians=1`, try again, then `dmesg | grep martian` (set it back to 0 afterwards)',
    fix: "A packet for 127.0.0.0/8 that was translated needs `sysctl -w net.ipv4.conf.DEVICE.route_localnet=1` (kube-proxy sets it for node ports on localhost).\nA source that is the node's own address means a duplicate address or a missing masquerade on the sender's side.",
  },
  PACKET_TOO_BIG: {
    title: 'The packet does not fit the MTU of a link',
    meaning:
      "A packet with the don't-fragment flag, or any IPv6 packet, is larger than the MTU of the link it must leave by. The kernel discards it and tells the sender with an ICMP error. Where a firewall eats that error, connections open and then hang at the first large answer.",
    confirm:
      'Find the limit: `ping -M do -s 1472 ADDRESS` (1472 + 28 = 1500), then smaller\nMTUs on the way: `ip link` in the pod and on each node',
    fix: 'Give pods an MTU that leaves room for the encapsulation: underlay minus 50 for vxlan over IPv4 (70 over IPv6), minus 20 for ipip, minus 60 for WireGuard over IPv4 (80 over IPv6).\nLet ICMP "fragmentation needed" and ICMPv6 "packet too big" through every firewall.',
  },
  TTL_EXCEEDED: {
    title: "The packet's TTL ran out",
    meaning:
      'A router on the way found a TTL (hop limit) of one or less and discarded the packet: it went in a circle, or a rule lowered its TTL.',
    confirm:
      'The hops: `traceroute -n ADDRESS` (repeating hops are a loop)\nRules that change it: `iptables-save -t mangle | grep -i -e TTL -e HL`',
    fix: 'Mend the loop (see FORWARDING_LOOP), or take out the rule that lowers the TTL.',
  },
  FORWARDING_LOOP: {
    title: 'The packet goes in a circle',
    meaning:
      'The packet came to the same place, unchanged, a second time. Each round lowers its TTL until it is discarded.',
    confirm:
      '`traceroute -n ADDRESS` shows the same hops again and again\nOn each node of the circle: `ip route get ADDRESS from SOURCE iif DEVICE`',
    fix: "One node of the circle has the wrong route: most often a pod network's route that points to a node that no longer owns it, while that node sends it to the default gateway. Mend that route, or restart the network plugin there.",
  },
  ADDRESS_MISSING: {
    title: 'There is no usable source address',
    meaning:
      'The sender has no address of this family that it may use: none is configured, the family is switched off, or the address is tentative. The connect call fails with "cannot assign requested address" or "network is unreachable".',
    confirm:
      '`ip addr show` in the sender; `tentative` and `dadfailed` addresses do not count\n`sysctl net.ipv6.conf.all.disable_ipv6 net.ipv6.conf.DEVICE.disable_ipv6`',
    fix: 'Use the family that the pod has, or give it one of the other family (dual-stack cluster, IPAM of the plugin).\n`dadfailed`: another machine has the same address (see DUPLICATE_ADDRESS).',
  },
  NAT_FAILED: {
    title: 'The address translation cannot be carried out',
    meaning:
      'A nat rule matched, but there is no address or port that it may use: MASQUERADE on an interface with no address of this family, or a port range that is used up. The kernel discards the packet.',
    confirm:
      'Addresses of the egress interface: `ip addr show dev DEVICE`\nRanges that are used up count as insert_failed: `conntrack -S`',
    fix: 'Give the interface an address, or translate to a fixed one with SNAT --to-source.\nA port range that is used up: widen it, or spread the clients over more source addresses.',
  },
  HOST_UNKNOWN: {
    title: 'The address belongs to nobody here',
    meaning:
      'The packet leaves the cluster towards an address inside its networks, and nobody out there has it: the owner was deleted, its node is not in the capture, or the node that sends the packet out has no route to the pod, or no rules for the Service.',
    confirm:
      '`kubectl get pods,services,nodes -A -o wide | grep ADDRESS`\nWhat the bundle holds: `skoop bundle show FILE`',
    fix: "Use an address that exists; clients that keep a pod's old address should use the Service's name.\nIf the owner is on a node that was not captured, capture that node as well.",
  },
  INTERMITTENT: {
    title: 'Some connections work and some do not',
    meaning:
      'The kernel picks among several ways, endpoints of a Service or equal-cost routes, and they end differently. Retries help, which makes it look like the network is flaky. Nothing is random about the cause: each way fails or works every time.',
    confirm:
      'Try often and count: `for i in $(seq 20); do nc -z -w 2 ADDRESS PORT && echo ok || echo failed; done | sort | uniq -c`\nThe endpoints one by one: `kubectl -n NAMESPACE get endpointslices -l kubernetes.io/service-name=SERVICE`, then skoop with `-d` and each address',
    fix: 'Mend or take out the ways that fail: each is shown as a branch with its own reason.\nA readiness probe that really connects to the port keeps a broken endpoint out of the Service.',
  },
  REPLY_LOST: {
    title: 'The packet arrives, the answer does not come back',
    meaning:
      'The request reaches the server; its answer is lost, goes out untranslated, or takes a way on which somebody discards it. The client sees a timeout, the server sees half-open connections.',
    confirm:
      'On the server, connections that stay half-open: `ss -tn state syn-recv`\nBoth directions on each node: `tcpdump -ni any host ADDRESS and port PORT`',
    fix: "Follow the reply's path as shown: the step that stops it is the cause (route back to the client, rp_filter, a rule that drops INVALID, a translation that only one of two gateways knows).\nWhere the answer takes another way around, a masquerade on the way in brings it back through the same node.",
  },
};
