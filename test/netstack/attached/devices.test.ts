import { describe, expect, it } from 'vitest';
import { attachedTo } from '../../../src/netstack/attached/devices.ts';
import { hostWith } from './namespace.ts';

const CLSACT = '[{"kind":"noqueue","handle":"0:","dev":"lo"},{"kind":"clsact","handle":"ffff:","dev":"eth0"}]';
const HEAD = '{"protocol":"all","pref":1,"kind":"bpf","chain":0}';
const FILTER = `[${HEAD},{"protocol":"all","pref":1,"kind":"bpf","chain":0,"options":{"handle":"0x1","bpf_name":"cil_to_netdev","direct-action":true}}]`;
const filter = (kind: string, options: string): string =>
  `${CLSACT}\n[{"protocol":"all","pref":1,"kind":"${kind}","chain":0},{"protocol":"all","pref":1,"kind":"${kind}","chain":0,"options":{${options}}}]\n[]\n`;
const gact = (type: string, random = 'none'): string =>
  `"actions":[{"order":1,"kind":"gact","control_action":{"type":"${type}"},"prob":{"random_type":"${random}","control_action":{"type":"pass"},"val":0},"index":1}]`;
const REDIRECT =
  '"actions":[{"order":1,"kind":"mirred","mirred_action":"redirect","direction":"egress","to_dev":"ifb0","control_action":{"type":"stolen"},"index":1}]';
const ifb = (flags: string): string =>
  `[{"ifindex":1,"ifname":"ifb0","flags":[${flags}],"mtu":1500,"linkinfo":{"info_kind":"ifb"}},{"ifindex":2,"ifname":"eth0","flags":["UP"],"mtu":1500}]`;
const linkNamed = (name: string): string => `[{"ifindex":9,"ifname":"${name}","flags":["UP"],"mtu":1500}]`;
const tbf = (burst: number): string =>
  `[{"kind":"tbf","handle":"8001:","root":true,"dev":"eth0","options":{"rate":125000,"burst":${burst},"lat":25000}}]\n`;

const INGRESS = 'tc ingress filter cil_to_netdev (Cilium) on eth0 of node-a';

const ROWS = [
  ['no section at all', {}, 'ingress', undefined],
  ['a clsact with no filter', { tc: `${CLSACT}\n[]\n[]\n` }, 'ingress', undefined],
  ['an ingress filter', { tc: `${CLSACT}\n${FILTER}\n[]\n` }, 'ingress', INGRESS],
  ['an ingress filter, for what leaves', { tc: `${CLSACT}\n${FILTER}\n[]\n` }, 'egress', undefined],
  [
    'an egress filter',
    { tc: `${CLSACT}\n[]\n${FILTER}\n` },
    'egress',
    'tc egress filter cil_to_netdev (Cilium) on eth0 of node-a',
  ],
  ['a list that is cut off', { tc: `${CLSACT}\n[{"proto\n[]\n` }, 'ingress', 'tc ingress filter on eth0 of node-a'],
  ['a filter that drops', { tc: filter('u32', gact('drop')) }, 'ingress', 'tc ingress filter u32 on eth0 of node-a'],
  ['a filter that lets pass', { tc: filter('matchall', gact('pass')) }, 'ingress', undefined],
  [
    'a filter that lets pass at random',
    { tc: filter('matchall', gact('pass', 'random')) },
    'ingress',
    'tc ingress filter matchall on eth0 of node-a',
  ],
  ['a filter that chooses a class', { tc: filter('flower', '"handle":1,"classid":"1:1"') }, 'ingress', undefined],
  [
    'a filter of a kind that is not known',
    { tc: filter('rsvp', '"handle":1') },
    'ingress',
    'tc ingress filter rsvp on eth0 of node-a',
  ],
  ['a redirection to an ifb', { tc: filter('u32', REDIRECT), 'ip-link': ifb('"UP","LOWER_UP"') }, 'ingress', undefined],
  [
    'a redirection to an ifb that is down',
    { tc: filter('u32', REDIRECT), 'ip-link': ifb('') },
    'ingress',
    'tc ingress filter u32 on eth0 of node-a',
  ],
  [
    'a redirection to an ifb that drops',
    {
      tc: `[{"kind":"clsact","dev":"eth0"},{"kind":"netem","dev":"ifb0","options":{}}]\n${filter('u32', REDIRECT).split('\n')[1]}\n[]\n`,
      'ip-link': ifb('"UP","LOWER_UP"'),
    },
    'ingress',
    'tc ingress filter u32 on eth0 of node-a',
  ],
  ['a bucket that holds a packet', { tc: tbf(4096), 'ip-link': ifb('') }, 'egress', undefined],
  ['a bucket that holds none', { tc: tbf(1000), 'ip-link': ifb('') }, 'egress', 'tc qdisc tbf on eth0 of node-a'],
  [
    'netem',
    { tc: '[{"kind":"netem","handle":"8001:","dev":"eth0","options":{"loss-random":{"loss":0.1}}}]\n' },
    'egress',
    'tc qdisc netem on eth0 of node-a',
  ],
  [
    'a queue of no length',
    { tc: '[{"kind":"pfifo","dev":"eth0","options":{"limit":0}}]\n' },
    'egress',
    'tc qdisc pfifo on eth0 of node-a',
  ],
  [
    'an XDP program that ip shows',
    { 'ip-link': '[{"ifname":"eth0","xdp":{"mode":2,"prog":{"id":12,"name":"cil_xdp_entry"}}}]' },
    'ingress',
    'BPF program xdp cil_xdp_entry (Cilium) on eth0 of node-a',
  ],
  [
    'a tcx program that bpftool shows',
    {
      'bpf-net':
        '[{"xdp":[],"tc":[{"devname":"eth0","kind":"tcx/ingress","name":"cil_from_netdev"}],"flow_dissector":[],"netfilter":[]}]',
    },
    'ingress',
    'BPF program tcx/ingress cil_from_netdev (Cilium) on eth0 of node-a',
  ],
  [
    'the same, for what leaves',
    { 'bpf-net': '[{"xdp":[],"tc":[{"devname":"eth0","kind":"tcx/ingress","name":"cil_from_netdev"}]}]' },
    'egress',
    undefined,
  ],
  [
    'a tcx program that an old bpftool can only say is loaded',
    {
      'bpf-net': '[{"xdp":[],"tc":[],"flow_dissector":[]}]',
      'bpf-prog': '[{"id":7,"type":"sched_cls","name":"cil_from_netdev"}]',
    },
    'egress',
    'BPF program cil_from_netdev (Cilium), loaded on the node, perhaps (bpftool is too old to say) on eth0 of node-a',
  ],
  [
    'programs that are elsewhere, or for other things',
    {
      'bpf-net':
        '[{"xdp":[],"tc":[{"devname":"eth1","ifindex":3,"kind":"clsact/ingress","name":"a","id":7}],"flow_dissector":[]}]',
      'bpf-prog': '[{"id":7,"type":"sched_cls","name":"a"},{"id":8,"type":"cgroup_device"}]',
    },
    'egress',
    undefined,
  ],
  [
    "Calico's program, as an older bpftool has it",
    {
      'bpf-net':
        '[{"xdp":[],"tc":[{"devname":"eth0","ifindex":2,"kind":"clsact/ingress","name":"from_hep_fib_no_log.o:[calico_from_host_ep]","id":44}]}]',
    },
    'ingress',
    'BPF program clsact/ingress from_hep_fib_no_log.o:[calico_from_host_ep] (Calico (eBPF)) on eth0 of node-a',
  ],
  [
    "a device of Cilium's, where nothing lists programs",
    { 'ip-link': linkNamed('cilium_host') },
    'egress',
    'the data plane of Cilium on eth0 of node-a',
  ],
  [
    'the same, where bpftool lists all there are',
    { 'ip-link': linkNamed('cilium_host'), 'bpf-net': '[{"xdp":[],"tc":[],"flow_dissector":[],"netfilter":[]}]' },
    'egress',
    undefined,
  ],
] as const;

describe('what is attached to a device', () => {
  it.each(ROWS)('%s', (_, sections, way, where) => {
    expect(attachedTo(hostWith(sections), 'eth0', way)?.where).toBe(where);
  });
});
