/** What skoop models, by the registries that the evaluators themselves use, and how a use of each entry reads in a test. */
import { DEVICE_PROOFS } from '../../lab/device-proofs.ts';
import { KNOWN_TYPES } from '../../src/netstack/ipset/test-set.ts';
import { MATCHES } from '../../src/netstack/iptables/matches/index.ts';
import { unknowable } from '../../src/netstack/iptables/matches/unknowable.ts';
import { QUIET, TARGETS } from '../../src/netstack/iptables/targets/index.ts';
import type { Scheduler } from '../../src/netstack/ipvs/schedule.ts';
import type { ForwardingMethod } from '../../src/netstack/ipvs/types.ts';
import { NFTABLES_PARTS } from './nftables.ts';
import type { LinkKind } from '../../src/netstack/state.ts';

export interface Entry {
  readonly name: string;
  readonly model: string;
  /** A use of it in a file whose expectations come from a kernel. */
  readonly use?: RegExp;
  /** The files in which a use counts; all of them unless said otherwise. */
  readonly among?: RegExp;
  /** What proves it, where that is written down by name. */
  readonly proofs?: readonly string[];
  /** Why no kernel was asked. */
  readonly unproven?: string;
}

export interface Part {
  readonly title: string;
  readonly about: string;
  readonly entries: readonly Entry[];
}

const NOT_HERE = 'the kernel of the tests does not have it';
const NOT_IN_TOOL = 'neither the kernel nor the iptables of the tests has it';

const SAME_AS_LC = 'followed like lc, which is asked';
const AS_MH = 'followed like mh, which is asked';

const UNPROVEN: Readonly<Record<string, string>> = {
  '-m cgroup': NOT_HERE,
  '-m dhcpmac': NOT_IN_TOOL,
  '-m l2tp': NOT_HERE,
  '-m rateest': NOT_HERE,
  '-m realm': NOT_HERE,
  '-m udplite': NOT_IN_TOOL,
  '-j IDLETIMER': 'its timers belong to the whole machine, which a test leaves alone',
  '-j LED': NOT_HERE,
  '-j QUEUE': 'only iptables-legacy has it; NFQUEUE is asked',
  '-j SECMARK': NOT_HERE,
  '-j ULOG': NOT_HERE,
  'forwarding: local': 'only a synchronised connection has it',
  'forwarding: bypass': 'needs a cache in front of other networks',
  'scheduler nq': SAME_AS_LC,
  'scheduler sed': SAME_AS_LC,
  'scheduler wlc': SAME_AS_LC,
  'scheduler twos': 'newer than the kernel of the guest',
  'scheduler lblc': AS_MH,
  'scheduler lblcr': AS_MH,
  'scheduler ovf': 'never computed',
};

const QUEUED = 'carried out where no program reads the queue; else `undetermined`';
const HANDED_OVER: Readonly<Record<string, string>> = { NFQUEUE: QUEUED, QUEUE: QUEUED };

const matches = Object.keys(MATCHES).map((name): Entry => ({
  name: `-m ${name}`,
  model: name in unknowable ? 'never known' : 'evaluated',
  use: new RegExp(String.raw`-[mp] ${name}\b`),
}));

const targets = Object.keys(TARGETS).map((name): Entry => ({
  name: `-j ${name}`,
  model: QUIET.includes(name) ? 'goes on' : (HANDED_OVER[name] ?? 'carried out'),
  use: new RegExp(String.raw`-j ${name}\b`),
}));

const sets = [...KNOWN_TYPES].map((name): Entry => ({
  name,
  model: 'looked up',
  use: new RegExp(String.raw`create \S+ ${name}(?![\w,])`),
}));

/** A kind that is added does not compile without a line here. */
const DEVICE_MODELS: Readonly<Record<LinkKind['kind'], string>> = {
  loopback: 'walked',
  veth: 'walked',
  bridge: 'walked',
  vxlan: 'walked',
  geneve: 'walked, with a remote',
  vrf: 'walked, and routes into one; addresses of its own behind such a route, tunnels in one and clients of one are `undetermined`',
  macvlan: 'walked',
  vlan: 'walked (802.1Q)',
  bond: 'walked; balance-tlb, balance-alb and broadcast with one slave that is up',
  ipvlan: 'walked in mode l2',
  wireguard: 'walked; `undetermined` where an end has still to learn the address of the other',
  dummy: 'walked',
  'ip-tunnel': 'walked',
  physical: 'the way out of the host; what lies behind it is `outside`',
  unsupported: '`undetermined`, with its name: tun, tap, xfrm, vti, netkit, openvswitch, and what is not known',
};

const devices = Object.entries(DEVICE_MODELS).map(([name, model]): Entry => {
  const proof = DEVICE_PROOFS[name as LinkKind['kind']];
  if (typeof proof !== 'string') return { name, model, proofs: proof.map((scenario) => `lab: ${scenario}`) };
  return proof.startsWith('test/') ? { name, model, proofs: [proof] } : { name, model, unproven: proof };
});

/** A scheduler that is added does not compile without a line here. */
const SCHEDULER_MODELS: Readonly<Record<Scheduler, string>> = {
  rr: 'every open server, with its share',
  wrr: 'every open server, with its share',
  lc: 'every open server',
  wlc: 'every open server',
  sed: 'every open server',
  nq: 'every open server',
  twos: 'every open server',
  fo: 'computed',
  sh: 'computed',
  dh: 'computed',
  mh: 'one of the open servers: not known which',
  lblc: 'one of the open servers: not known which',
  lblcr: 'one of the open servers: not known which',
  ovf: '`undetermined`, with the service',
};
const METHODS: Readonly<Record<ForwardingMethod, readonly [model: string, use: RegExp]>> = {
  masquerade: ['walked', / -m -w \d/],
  route: ['walked', /'-g'/],
  tunnel: ['`undetermined`, with the service', /'-i'/],
  local: ['walked', / -l -w /],
  bypass: ['`undetermined`, with the service', / bypass /],
};
const ipvs: readonly Entry[] = [
  ...Object.entries(SCHEDULER_MODELS).map(([name, model]) => ({
    name: `scheduler ${name}`,
    model,
    use: new RegExp(String.raw`'${name}'|-s ${name}\b`),
  })),
  ...Object.entries(METHODS).map(([name, [model, use]]) => ({ name: `forwarding: ${name}`, model, use })),
];

const MACHINE = 'test/netstack/attached/machine.test.ts';
const SEEN = 'BPF programs of the whole machine are not attached by a test; seen once by hand, the tool’s output kept';

/** What is attached to devices, hooks and cgroups. */
const attached: readonly Entry[] = [
  { name: 'XDP', model: '`undetermined`, with its name', proofs: ['lab: xdp-drop', 'lab: xdp-pass'] },
  {
    name: 'tc filter',
    model:
      '`undetermined`, with its name, unless all filters of the device only classify, let pass, or redirect to an ifb device that is up',
    proofs: [
      'lab: tc-program-drops',
      'lab: tc-program-drops-egress',
      'lab: tc-shared-block',
      'lab: tc-classifies',
      'lab: bandwidth-plugin',
      'lab: bandwidth-plugin-ifb-down',
    ],
  },
  {
    name: 'queueing discipline',
    model:
      'walked past where it only orders or slows down (noqueue, mq, fq_codel, …; tbf that holds a packet); else `undetermined`, with its name',
    proofs: ['lab: bandwidth-plugin', 'lab: qdisc-without-room', 'lab: qdisc-blackhole'],
  },
  {
    name: 'tcx, netkit program',
    model:
      '`undetermined`, with its name; where bpftool is older than 7.3 any loaded program of the kind may be on any device',
    unproven: SEEN,
  },
  {
    name: 'netfilter link',
    model: '`undetermined` at its hook in every namespace of the node: the kernel does not say which',
    unproven: SEEN,
  },
  {
    name: 'program of a cgroup',
    model:
      '`undetermined` for the processes of the cgroup and below; for those of the host, where it is not the root’s, a named assumption',
    unproven: SEEN,
  },
  {
    name: 'Cilium, Calico (eBPF)',
    model:
      'recognised by `cilium_host`, `bpfin.cali` and the names of programs; `undetermined` on their devices, and on all of the node where no bpftool lists what is attached',
    proofs: ['lab: cilium-devices', 'lab: calico-bpf-devices'],
  },
  {
    name: 'Open vSwitch',
    model: 'recognised by its kind of device; `undetermined` at its ports',
    proofs: ['lab: openvswitch-port'],
  },
];

/** Not those of nftables, which `arptables` and `ebtables` of iptables-nft make: these are walked as nftables. */
const layer2: readonly Entry[] = [
  {
    name: 'arptables',
    model:
      'evaluated by device, address, MAC address and operation; other rules, and what a bridge forwards, are `undetermined`',
    proofs: [
      'lab: arptables-legacy-empty',
      'lab: arptables-legacy-output',
      'lab: arptables-legacy-policy',
      'lab: arptables-legacy-elsewhere',
      'lab: arptables-legacy-forward',
    ],
  },
  {
    name: 'ebtables',
    model:
      '`undetermined` where a frame or a question for a neighbour meets a chain of filter, nat or broute that is not empty',
    proofs: [
      'lab: ebtables-legacy-empty',
      'lab: ebtables-legacy-filter',
      'lab: ebtables-legacy-nat-policy',
      'lab: ebtables-legacy-broute',
    ],
  },
];

const withReasons = (entries: readonly Entry[]): readonly Entry[] =>
  entries
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .map((entry) => ({
      ...entry,
      ...(UNPROVEN[entry.name] === undefined ? {} : { unproven: UNPROVEN[entry.name]! }),
    }));

export const PARTS: readonly Part[] = [
  {
    title: 'iptables matches',
    about:
      'In iptables-legacy and iptables-nft, IPv4 and IPv6. `evaluated`: true, false, several ways with their probability, or not known where the dump lacks what it asks for. `never known`: no dump could tell; the rule is followed both ways, and the verdict is `undetermined` where that matters.',
    entries: withReasons(matches),
  },
  {
    title: 'iptables targets',
    about: '`goes on`: it counts, logs, copies, or changes what no later decision looks at.',
    entries: withReasons(targets),
  },
  ...NFTABLES_PARTS,
  {
    title: 'arptables and ebtables of the legacy kind',
    about:
      'In tables of their own in the kernel. It lists those of arptables by namespace; those of ebtables are modules of the whole machine, and the tool is asked in each namespace that has a bridge. Without the tool what is in them is not known.',
    entries: layer2,
  },
  { title: 'ipset types', about: 'A type that is not listed answers `undetermined`.', entries: withReasons(sets) },
  {
    title: 'IPVS',
    about:
      'Services by address and by mark, persistence, weights, and the switches of net.ipv4.vs, in the guest’s kernel. An open server is one whose weight is not 0. One-packet scheduling, persistence engines and other schedulers are `undetermined`.',
    entries: withReasons(ipvs),
  },
  {
    title: 'Attached',
    about: `What sees packets at devices, hooks and sockets, by \`tc\`, \`ip -d link\` and, where there is one, bpftool; without bpftool the answer names the assumption. How the tools’ output is read: \`${MACHINE}\`.`,
    entries: withReasons(attached),
  },
  {
    title: 'Devices',
    about: 'By the kernel’s kind of link. `lab:` names scenarios of the laboratory.',
    entries: devices,
  },
];
