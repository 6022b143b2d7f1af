/** Texts of the findings that say what could not be known; the verdict leaves it open and says so. */
import type { SuspicionInfo, UnknownCode } from '../../model/suspicion-codes.ts';

export const UNKNOWN_FINDINGS: Readonly<Record<UnknownCode, SuspicionInfo>> = {
  RULE_NOT_UNDERSTOOD: {
    title: 'A rule could not be judged',
    meaning:
      'The packet comes to a rule with a match or target that is not modelled, or whose outcome depends on something that a capture cannot hold (time, rate, history, a BPF program). Both outcomes were followed; where they end differently, the verdict is undetermined.',
    confirm:
      'Does its counter grow while you try: `iptables-save -c | grep -F "RULE"`\nOr follow the packet: `iptables -t raw -I PREROUTING -d ADDRESS -p tcp --dport PORT -j TRACE` with `xtables-monitor --trace`',
    fix: 'Nothing is wrong by this alone. Decide by hand whether the rule applies; the branches show what follows from either.',
  },
  DEVICE_NOT_UNDERSTOOD: {
    title: 'An interface of a kind that is not modelled',
    meaning:
      'The packet has to pass a device whose behaviour is not simulated yet (a tunnel, a bond, a BPF-driven device). What happens beyond it is not known.',
    confirm: 'Its kind: `ip -d link show DEVICE`\nWhat leaves by it: `tcpdump -ni DEVICE host ADDRESS`',
    fix: 'Diagnose in two parts: up to the device with this result, and from behind it with a second question that starts there.',
  },
  STATE_MISSING: {
    title: 'State that the verdict needs was not captured',
    meaning:
      'A section of the dump that decides here is absent: the tool was missing on the node, failed, timed out, or the node was not captured at all.',
    confirm: 'What is there and what failed, with exit codes: `skoop bundle show FILE`',
    fix: 'Capture again with the tool present (the collector takes it from its own image or from the node), as root, and for every node on the path: `skoop collect --print-script | ssh NODE sudo sh > NODE.dump`',
  },
  NFT_NOT_UNDERSTOOD: {
    title: 'Rules of nftables that are not understood could touch the packet',
    meaning:
      'An nftables rule on the way of this packet has a statement that is not simulated, or stands in a chain that is not (family netdev, a table that iptables and nft both wrote into). What it does with the packet is not known.',
    confirm:
      'Read them: `nft list ruleset`\nFollow the packet: add `meta nftrace set 1` in a chain at prerouting and run `nft monitor trace`',
    fix: 'Nothing is wrong by this alone. Read the chains at the hooks that are named; if none can match, the verdict of the other branch holds.',
  },
  IPVS_NOT_UNDERSTOOD: {
    title: 'What IPVS does with the packet is not known',
    meaning:
      'A virtual service of IPVS takes the packet, and something that decides where it goes could not be read or is not computed: the message says what. The evidence is the service.',
    confirm: 'Virtual services and their real servers: `ipvsadm -Sn`\nWhat it does with connections: `ipvsadm -Lcn`',
    fix: 'Nothing is wrong by this alone. Ask about each backend address directly with `-d ADDRESS`.',
  },
  OUTSIDE_CLUSTER: {
    title: 'The packet leaves what can be seen',
    meaning:
      'The packet goes out of the cluster, or comes from outside. What happens there (routers, firewalls, the cloud) is not part of the capture.',
    confirm: 'Does it leave, and does an answer come: `tcpdump -ni DEVICE host ADDRESS`',
    fix: 'If it leaves the node as shown and no answer comes, ask whoever runs the network beyond: name the source address that the packet has there, after translation.',
  },
  POD_NAMESPACE_MISSING: {
    title: "The pod's network namespace is not in the capture",
    meaning:
      'Kubernetes says that the pod runs on this node, and no captured namespace there belongs to it by cgroup or by address: it started or ended meanwhile, was not asked for, or runs in a sandbox with a kernel of its own.',
    confirm:
      'Is it the same pod as in the capture (compare the uid): `kubectl -n NAMESPACE get pod POD -o jsonpath="{.metadata.uid} {.status.podIP}"`\nWhat was captured: `skoop bundle show FILE`',
    fix: 'Capture the node again, with the objects taken at the same time. For gVisor and Kata pods look inside the pod itself; the node does not see their network state.',
  },
  PROBE_DISAGREES: {
    title: 'A real connection contradicts the simulation',
    meaning:
      'With `--probe` a real connection was tried beside the simulation, and the two ended differently. Either the state changed between them, or something has a say that is not in the state (a BPF program, a firewall between the nodes), or the simulation is wrong, which is a fault in skoop.',
    confirm:
      'Ask again: a state that was changing answers differently now.\nLook for what is not in the state: `bpftool net`, `tc filter show dev DEVICE ingress`',
    fix: 'Trust the real connection. If it happens again, keep the state with `--save-bundle FILE` and report it with the question: the bundle shows what was simulated.',
  },
};
