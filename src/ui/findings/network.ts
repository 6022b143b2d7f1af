/** Texts of the findings about a pod network that is not what its plugin means it to be. */
import type { NetworkCode, SuspicionInfo } from '../../model/suspicion-codes.ts';

export const NETWORK_FINDINGS: Readonly<Record<NetworkCode, SuspicionInfo>> = {
  HOST_ROUTE_MISSING: {
    title: 'The node has no route to its own pod',
    meaning:
      "No route on the node leads to the pod's interface or bridge, so packets for the pod take the default route and leave.",
    confirm: "On the node: `ip route get POD-ADDRESS` must name the pod's veth or the bridge",
    fix: 'Recreate the pod, or restart the network plugin on this node. With a bridge, check that it still has its address, which makes the route: `ip addr show BRIDGE`',
  },
  HOST_ROUTE_WRONG: {
    title: "The node's route to its own pod leads elsewhere",
    meaning:
      "A route for the pod's address exists, and leads to another device than the pod's: a leftover of an earlier pod, or a more specific route of something else.",
    confirm: 'On the node: `ip route get POD-ADDRESS` and `ip route show table all match POD-ADDRESS`',
    fix: 'Delete the wrong one: `ip route del PREFIX dev DEVICE`, then restart the network plugin so that it writes its own.',
  },
  BRIDGE_PORT_MISSING: {
    title: "The pod's veth is not a port of the bridge",
    meaning:
      "The node's end of the pod's veth pair should be enslaved to the bridge and is not, so the bridge never sees the pod's frames.",
    confirm:
      "On the node: `bridge link show`; the pod's end is the one with the index after @if in the pod's `ip link`",
    fix: 'Put it back: `ip link set VETH master BRIDGE`. If it drops off again, look for NetworkManager or systemd-networkd managing veth devices.',
  },
  NODE_ROUTE_MISSING: {
    title: "The route to another node's pods is missing",
    meaning:
      'This node has no route for the pod network of that node: packets for its pods take the default route and get lost.',
    confirm:
      'On this node: `ip route show PODCIDR` and `ip route get POD-ADDRESS`\nThe pod networks: `kubectl get nodes -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDRs`',
    fix: 'Restart the network plugin on this node and read its log. Until then: `ip route add PODCIDR via NODE-ADDRESS` (host-gw), or `ip route add PODCIDR via VTEP-ADDRESS dev flannel.1 onlink` (vxlan).',
  },
  NODE_ROUTE_WRONG: {
    title: "The route to another node's pods leads elsewhere",
    meaning:
      "The route for that node's pod network has another next hop or device than the plugin would write: it is left over from an earlier node or backend, or was made by hand.",
    confirm:
      "On this node: `ip route show PODCIDR`; next hop must be that node's address (host-gw) or its VTEP address (vxlan)",
    fix: '`ip route replace PODCIDR via NODE-ADDRESS`, or restart the network plugin. In a cloud, a route controller may write the same network: turn one of them off.',
  },
  VTEP_MISSING: {
    title: 'The vxlan device is missing',
    meaning: "The overlay's vxlan device does not exist on this node, so it takes no part in the pod network.",
    confirm: "`ip -d link show type vxlan`\nThe plugin's log on this node: `kubectl -n kube-flannel logs POD`",
    fix: 'Restart the network plugin on this node. If it fails, its log names the cause; an existing device with the same VNI or UDP port is usual.',
  },
  VTEP_WRONG: {
    title: 'The vxlan device is not what the configuration says',
    meaning:
      "VNI, UDP port, local address or MAC of the vxlan device differ from the plugin's configuration or the node's annotations: packets from or to the other nodes are discarded.",
    confirm: '`ip -d link show type vxlan` against `kubectl get node NODE -o yaml | grep flannel`',
    fix: "Delete the device and restart the plugin, which makes it anew: `ip link del flannel.1`. This interrupts the node's pod traffic to other nodes for some seconds.",
  },
  VTEP_FDB_MISSING: {
    title: "The FDB does not know the other node's VTEP",
    meaning:
      "The vxlan device needs an entry from the remote VTEP's MAC to that node's address and has none: the frame has nowhere to go.",
    confirm:
      '`bridge fdb show dev flannel.1`\nThe MAC it should have: `kubectl get node NODE -o yaml | grep backend-data`',
    fix: 'Restart the network plugin on this node. Until then: `bridge fdb append VTEP-MAC dev flannel.1 dst NODE-ADDRESS self permanent`',
  },
  VTEP_FDB_WRONG: {
    title: 'The FDB sends to the wrong node',
    meaning:
      "The entry for the remote VTEP's MAC names another address than that node's: the encapsulated packet goes to a machine that discards it. Usual after a node got a new address.",
    confirm: '`bridge fdb show dev flannel.1 | grep VTEP-MAC` against `kubectl get node NODE -o wide`',
    fix: 'Restart the network plugin on this node. Until then: `bridge fdb replace VTEP-MAC dev flannel.1 dst NODE-ADDRESS self permanent`',
  },
  VTEP_NEIGHBOUR_MISSING: {
    title: "No neighbour entry for the other node's VTEP",
    meaning:
      "The route to the other node's pods goes by its VTEP address, and its MAC is not known: overlays that do not learn get it from the plugin alone.",
    confirm: '`ip neigh show dev flannel.1`',
    fix: 'Restart the network plugin on this node. Until then: `ip neigh replace VTEP-ADDRESS lladdr VTEP-MAC dev flannel.1 nud permanent`',
  },
  VTEP_NEIGHBOUR_WRONG: {
    title: "The neighbour entry for the other node's VTEP has the wrong MAC",
    meaning:
      "The MAC is not the one that the other node's vxlan device has now: that node takes the frame for somebody else's and discards it. Usual after the device was made anew there.",
    confirm:
      '`ip neigh show dev flannel.1` here against `ip link show flannel.1` there and `kubectl get node NODE -o yaml | grep backend-data`',
    fix: 'Restart the network plugin on this node. Until then: `ip neigh replace VTEP-ADDRESS lladdr VTEP-MAC dev flannel.1 nud permanent`',
  },
  MASQUERADE_MISSING: {
    title: 'Packets that leave the pod network are not masqueraded',
    meaning:
      "The plugin should translate the source of packets from pods to the outside, and the rule is not there. They leave with a pod's address, to which nobody outside knows the way back.",
    confirm:
      '`iptables-save -t nat | grep -i masq` (IPv6: `ip6tables-save`)\nThe source that leaves: `tcpdump -ni DEVICE host ADDRESS`',
    fix: 'Restart the network plugin with masquerading on (flannel: `--ip-masq`). Until then: `iptables -t nat -A POSTROUTING -s CLUSTER-CIDR ! -d CLUSTER-CIDR -j MASQUERADE`',
  },
  FORWARD_RULES_MISSING: {
    title: 'Nothing lets pod traffic through FORWARD',
    meaning:
      "The policy of the FORWARD chain is DROP (Docker, ufw and firewalld set it), and the plugin's or kube-proxy's rules that accept pod traffic are not there.",
    confirm:
      '`iptables-save -c -t filter | grep FORWARD`: look for FLANNEL-FWD, KUBE-FORWARD or an ACCEPT for the pod network',
    fix: 'Restart the network plugin, which writes them. Until then: `iptables -I FORWARD -s CLUSTER-CIDR -j ACCEPT` and the same with `-d`.',
  },
  MTU_MISMATCH: {
    title: 'An MTU does not fit the network',
    meaning:
      'A pod or tunnel interface has an MTU that the links below it cannot carry, or two ends differ. Small packets pass and large ones vanish: connections open, then hang.',
    confirm:
      '`ip link` in the pod, for the bridge, the tunnel device and the outer interface\n`ping -M do -s 1422 ADDRESS` between pods (1422 + 28 = 1450)',
    fix: "Set the MTU in the plugin's configuration (underlay minus 50 for vxlan over IPv4, 70 over IPv6) and recreate the pods: existing ones keep theirs.",
  },
  NETWORK_CONFIG_MISMATCH: {
    title: "The plugin's configuration and the cluster differ",
    meaning:
      "Two sources that should agree do not: the plugin's network and the nodes' podCIDRs, the backend in the configuration and in a node's annotations, kube-proxy's cluster CIDR and the real one.",
    confirm:
      'flannel: `kubectl -n kube-flannel get configmap kube-flannel-cfg -o yaml`\nNodes: `kubectl get nodes -o custom-columns=NAME:.metadata.name,CIDR:.spec.podCIDRs`\nkube-proxy: `kubectl -n kube-system get configmap kube-proxy -o yaml | grep -i cidr`',
    fix: "Make the plugin's network equal to the controller manager's --cluster-cidr, then restart the plugin on every node. Nodes with a podCIDR outside it have to be joined anew.",
  },
  SYSCTL_UNEXPECTED: {
    title: 'A kernel setting is not what the network needs',
    meaning: 'A sysctl has a value under which this kind of pod network does not work, or works only sometimes.',
    confirm: '`sysctl KEY` on the node; who sets it: `grep -r KEY /etc/sysctl.conf /etc/sysctl.d /usr/lib/sysctl.d`',
    fix: 'Set it now with `sysctl -w KEY=VALUE` and for good in a file under /etc/sysctl.d that sorts after the one that sets it otherwise.',
  },
};
