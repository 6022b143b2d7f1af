/** The order in which a hook's parts see a packet: the kernel's priorities as data. */
import type { Family } from '../../model/address.ts';
import type { Hook } from '../../model/step.ts';

export type IpvsRole = 'request' | 'reply' | 'error';

/** `nat` asks the nat tables once per connection, then rewrites the packet. */
export type HookPart =
  | { readonly part: 'table'; readonly table: 'raw' | 'mangle' | 'filter' | 'security'; readonly priority: number }
  | { readonly part: 'conntrack'; readonly priority: number }
  | { readonly part: 'nat'; readonly manip: 'src' | 'dst'; readonly priority: number }
  /** `request` gives packets to real servers, `reply` gives answers the virtual address, `error` looks at ICMP errors. */
  | { readonly part: 'ipvs'; readonly role: IpvsRole; readonly priority: number };

const raw = { part: 'table', table: 'raw', priority: -300 } as const;
const conntrack = { part: 'conntrack', priority: -200 } as const;
const mangle = { part: 'table', table: 'mangle', priority: -150 } as const;
const natDst = { part: 'nat', manip: 'dst', priority: -100 } as const;
const filter = { part: 'table', table: 'filter', priority: 0 } as const;
const security = { part: 'table', table: 'security', priority: 50 } as const;
const ipvs = (role: IpvsRole, priority: number): HookPart => ({ part: 'ipvs', role, priority });
const natSrc = { part: 'nat', manip: 'src', priority: 100 } as const;

/** include/uapi/linux/netfilter_ipv4.h, and the hooks that ip_tables.c, nf_nat_proto.c and ip_vs_core.c register. */
export const HOOK_ORDER: Readonly<Record<Hook, readonly HookPart[]>> = {
  prerouting: [raw, conntrack, mangle, natDst],
  input: [mangle, filter, security, ipvs('reply', 98), ipvs('request', 99), natSrc],
  forward: [mangle, filter, security, ipvs('error', 99), ipvs('reply', 100)],
  output: [raw, conntrack, mangle, natDst, ipvs('reply', -99), ipvs('request', -98), filter, security],
  postrouting: [mangle, natSrc],
  // nftables alone is at devices
  ingress: [],
  egress: [],
};

export const CHAIN_OF: Readonly<Record<Hook, string>> = {
  prerouting: 'PREROUTING',
  input: 'INPUT',
  forward: 'FORWARD',
  output: 'OUTPUT',
  postrouting: 'POSTROUTING',
  ingress: 'INGRESS',
  egress: 'EGRESS',
};

export const nftFamilies = (family: Family): readonly string[] => [family === 4 ? 'ip' : 'ip6', 'inet'];
