/** What a collector took from one node: the raw output of each command, never a summary. */

/** Version of the dump format that this build writes and the newest that it reads. */
export const DUMP_SCHEMA = 1;

/** Every section that a namespace's dump can have, with the command that prints it. */
export const SECTION_COMMANDS = {
  'ip-link': 'ip -N -j -d link',
  'ip-addr': 'ip -N -j addr',
  'ip4-route': 'ip -N -j -4 route show table all',
  'ip6-route': 'ip -N -j -6 route show table all',
  'ip4-rule': 'ip -N -j -4 rule',
  'ip6-rule': 'ip -N -j -6 rule',
  'ip4-tries': "grep -E '^[LM]|Prefixes' /proc/net/fib_triestat",
  'ip-neigh': 'ip -N -j neigh',
  'ip-neigh-proxy': 'ip -N -j neigh show proxy',
  'ip-nexthop': 'ip -N -j nexthop',
  'ip-netns-ids': 'ip -N -j netns list-id',
  'ip-netconf': 'ip -N -j netconf',
  'ip4-local': 'ip -N -j -4 route show table all type local',
  'bridge-link': 'bridge -j -d link',
  'bridge-fdb': 'bridge -j fdb',
  'bridge-vlan': 'bridge -j vlan',
  'iptables-legacy-save': 'iptables-legacy-save -c',
  'ip6tables-legacy-save': 'ip6tables-legacy-save -c',
  'iptables-nft-save': 'iptables-nft-save -c',
  'ip6tables-nft-save': 'ip6tables-nft-save -c',
  'arptables-legacy': 'arptables-legacy -L -n',
  'ebtables-legacy': 'ebtables-legacy -L of each table',
  'nft-ruleset': 'nft -j list ruleset',
  'nft-ruleset-text': 'nft -a list ruleset',
  'ipset-save': 'ipset save',
  ipvs: 'cat /proc/net/ip_vs',
  'ipvs-templates': "grep ' 0000 ' /proc/net/ip_vs_conn",
  'ipvs-save': 'ipvsadm-save -n',
  sockets: 'ss -Htunl',
  sysctl: 'grep -r . /proc/sys/net',
  'proc-net': 'ls /proc/net',
  tc: 'tc -j qdisc and filter',
  nfqueue: 'cat /proc/net/netfilter/nfnetlink_queue',
  xfrm: 'ip -j xfrm policy',
  wireguard: 'wg show all dump',
  conntrack: 'conntrack -L -o extended',
  'bpf-net': 'bpftool -j net',
  'bpf-link': 'bpftool -j link',
  'bpf-prog': 'bpftool -j prog',
  'bpf-cgroup': 'bpftool -j cgroup tree',
} as const;

export type SectionName = keyof typeof SECTION_COMMANDS;

/** One command's raw output. `exitCode` 124 is a time-out, 127 a missing tool. */
export interface Section {
  readonly command: string;
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly milliseconds?: number;
}

/** One network namespace of a node. */
export interface NetNSInfo {
  /** The namespace's inode number, the same as `readlink /proc/PID/ns/net` shows. */
  readonly inode: number;
  readonly isHost: boolean;
  /** Names under /run/netns, if any. */
  readonly names: readonly string[];
  /**
   * Command name of a process inside that brings a kernel of its own (gVisor's `runsc-sandbox`, Kata's virtual machine):
   * what happens behind the namespace's interface is not in these sections.
   */
  readonly sandbox?: string;
  /** Only links, addresses, routes and neighbours were taken: enough to know who answers for an address, not what a packet meets. */
  readonly isBrief?: true;
  /** A section that was not asked for, or whose subsystem the kernel does not show, is absent. */
  readonly sections: Readonly<Partial<Record<SectionName, Section>>>;
}

/** Which pod lives in which namespace, as far as the node itself can tell. */
export interface PodNetInfo {
  /** From the cgroup path; `kubernetes.io/config.hash` for static pods. */
  readonly uid?: string;
  readonly netnsInode: number;
  /** Addresses found inside, canonical text, without loopback and link-local ones. */
  readonly addresses: readonly string[];
}

export interface NodeNetworkStackDump {
  readonly schema: number;
  readonly nodeName: string;
  /** ISO 8601, UTC. */
  readonly collectedAt: string;
  readonly kernel: string;
  readonly pods: readonly PodNetInfo[];
  readonly netns: readonly NetNSInfo[];
  /**
   * Interface indexes of the host's veths whose other end is in none of the node's namespaces, where not all of them were
   * dumped: what leaves by them leaves the node.
   */
  readonly outside?: readonly number[];
  /** Namespaces that exist on the node and were not dumped. */
  readonly notDumped?: readonly { readonly inode: number; readonly names: readonly string[] }[];
}

/** Why a node has no dump. */
export interface NoDump {
  /** In words that follow `node-a was not collected: `. */
  readonly why: string;
  /** What can be done about it, with real names. */
  readonly remedy?: string;
}
