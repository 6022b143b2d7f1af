/** What is attached to devices: BPF programs, tc filters, queues; by a program of two instructions, or as tc has them. */
import { fileURLToPath } from 'node:url';
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SitePod } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];
const ATTACH = `python3 ${fileURLToPath(new URL('../attach-bpf.py', import.meta.url))}`;
const BPF_NEEDS_ROOT = 'the kernel takes BPF programs from root alone';
/** enum xdp_action, TC_ACT_SHOT */
const [XDP_DROP, XDP_PASS, SHOT] = [1, 2, 2];

const onNode =
  (sh: (pod: SitePod, site: Site) => string) =>
  (site: Site): readonly Change[] => {
    const pod = site.pod('api-1');
    return [{ in: pod.node, sh: sh(pod, site) }];
  };
const inPod =
  (sh: string) =>
  (site: Site): readonly Change[] => [{ in: site.pod('api-1'), sh }];

/** As tc has a classic program: it gives one number for every packet. */
const bytecode = (answer: number): string => `bytecode "1,6 0 0 ${answer}"`;

/** What CNI's bandwidth plugin does for `kubernetes.io/ingress-bandwidth` and `egress-bandwidth`. */
const limited = (pod: SitePod): string =>
  [
    `tc qdisc add dev ${pod.veth} root tbf rate 100mbit burst 2mb latency 25ms`,
    `ip link add bwp0 type ifb; ip link set bwp0 up`,
    `tc qdisc add dev ${pod.veth} ingress`,
    `tc filter add dev ${pod.veth} parent ffff: protocol all u32 match u32 0 0 action mirred egress redirect dev bwp0`,
    'tc qdisc add dev bwp0 root tbf rate 100mbit burst 2mb latency 25ms',
  ].join('; ');

type Row = Omit<Scenario, 'wiring' | 'backends'>;

const ROWS: readonly Row[] = [
  {
    name: 'xdp-drop',
    about: "a program at a pod's device drops everything",
    needsRoot: BPF_NEEDS_ROOT,
    change: inPod(`${ATTACH} xdp eth0 ${XDP_DROP}`),
  },
  {
    name: 'xdp-pass',
    about: "a program at the node's own device lets everything pass",
    needsRoot: BPF_NEEDS_ROOT,
    change: onNode(() => `${ATTACH} xdp eth0 ${XDP_PASS}`),
  },
  {
    name: 'tc-program-drops',
    about: 'a classic program at a veth of the node drops what the pod sends',
    change: onNode(
      ({ veth }) => `tc qdisc add dev ${veth} clsact; tc filter add dev ${veth} ingress bpf da ${bytecode(SHOT)}`,
    ),
  },
  {
    name: 'tc-program-drops-egress',
    about: 'the same for what the node sends to the others',
    change: onNode(() => `tc qdisc add dev eth0 clsact; tc filter add dev eth0 egress bpf da ${bytecode(SHOT)}`),
  },
  {
    name: 'tc-program-on-lo',
    about: 'the same for what the pod sends to itself',
    change: inPod(`tc qdisc add dev lo clsact; tc filter add dev lo ingress bpf da ${bytecode(SHOT)}`),
  },
  {
    name: 'tc-classifies',
    about: 'filters that choose a class and do nothing else',
    change: onNode(
      ({ veth }) =>
        `tc qdisc add dev ${veth} clsact; tc filter add dev ${veth} ingress bpf ${bytecode(SHOT)} flowid 1:1; tc filter add dev ${veth} egress protocol all u32 match u32 0 0 flowid 1:2`,
    ),
  },
  {
    name: 'tc-shared-block',
    about: 'a filter of a block that devices share',
    change: onNode(
      ({ veth }) => `tc qdisc add dev ${veth} ingress_block 22 clsact; tc filter add block 22 bpf da ${bytecode(SHOT)}`,
    ),
  },
  {
    name: 'bandwidth-plugin',
    about: "a pod's traffic is slowed down in both directions, by way of an ifb device",
    change: onNode(limited),
  },
  {
    name: 'bandwidth-plugin-ifb-down',
    about: 'the ifb device that a pod is redirected to is down',
    change: onNode((pod) => `${limited(pod)}; ip link set bwp0 down`),
  },
  {
    name: 'qdisc-without-room',
    about: 'the queue of a pod takes no packet',
    change: onNode(({ veth }) => `tc qdisc add dev ${veth} root pfifo limit 0`),
  },
  {
    name: 'qdisc-blackhole',
    about: "the queue of a node's uplink forgets everything",
    change: onNode(() => 'tc qdisc add dev eth0 root blackhole'),
  },
];

/** Devices of the names that a data plane gives, and a classic program where it would have its own. */
const DATA_PLANES: readonly Row[] = [
  {
    name: 'cilium-devices',
    about: "a node with Cilium's devices, whose programs nothing here lists; a pod's packets are dropped",
    change: onNode(
      ({ veth }) =>
        `ip link add cilium_host type veth peer name cilium_net; ip link set cilium_host up; ip link set cilium_net up; tc qdisc add dev ${veth} clsact; tc filter add dev ${veth} ingress bpf da ${bytecode(SHOT)}`,
    ),
  },
  {
    name: 'calico-bpf-devices',
    about: "a node with Calico's devices for eBPF, and nothing that drops",
    change: onNode(
      () =>
        'ip link add bpfin.cali type veth peer name bpfout.cali; ip link set bpfin.cali up; ip link set bpfout.cali up',
    ),
  },
];

/** A program of some process would hold the other end of these. */
const TUN: readonly Row[] = [
  {
    name: 'tun-route',
    about: 'the way to the pods of the other node is a tun device that no program has open',
    change: onNode(
      (_, site) =>
        `ip tuntap add dev tun0 mode tun; ip link set tun0 up; ${site.ip} route replace ${site.node('node-b').podCIDR} dev tun0`,
    ),
  },
  {
    name: 'tap-port',
    about: 'a tap device that no program has open is a port of the bridge of pods',
    change: onNode(() => 'ip tuntap add dev tap0 mode tap; ip link set tap0 master cni0 up'),
  },
];

export const ATTACHED: readonly Scenario[] = [...ROWS, ...DATA_PLANES, ...TUN].map((row) => ({
  wiring: 'host-gw',
  backends: NFT,
  ...row,
}));
