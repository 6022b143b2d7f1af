import { describe, expect, it } from 'vitest';
import type { NetNSInfo, Section, SectionName } from '../../src/model/dump.ts';
import { attachedTo } from '../../src/netstack/attached.ts';
import { NetNS } from '../../src/netstack/netns.ts';

function namespace(sections: Partial<Record<SectionName, string>>): NetNS {
  const full = Object.entries(sections).map(([name, stdout]): [string, Section] => [
    name,
    { command: name, exitCode: 0, stdout, stderr: '' },
  ]);
  const info: NetNSInfo = { inode: 4026532000, isHost: true, names: [], sections: Object.fromEntries(full) };
  return new NetNS('node-a', info);
}

const CLSACT = '[{"kind":"noqueue","handle":"0:","dev":"lo"},{"kind":"clsact","handle":"ffff:","dev":"eth0"}]';
const FILTER = '[{"protocol":"all","pref":1,"kind":"bpf","options":{"bpf_name":"cil_to_netdev"}}]';

const ROWS = [
  ['no section at all', {}, 'eth0', 'ingress', undefined],
  ['a clsact with no filter', { tc: `${CLSACT}\n[]\n[]\n` }, 'eth0', 'ingress', undefined],
  ['an ingress filter', { tc: `${CLSACT}\n${FILTER}\n[]\n` }, 'eth0', 'ingress', 'tc ingress filter on eth0 of node-a'],
  ['an ingress filter, for what leaves', { tc: `${CLSACT}\n${FILTER}\n[]\n` }, 'eth0', 'egress', undefined],
  ['an egress filter', { tc: `${CLSACT}\n[]\n${FILTER}\n` }, 'eth0', 'egress', 'tc egress filter on eth0 of node-a'],
  ['a filter on another device', { tc: `${CLSACT}\n${FILTER}\n${FILTER}\n` }, 'cni0', 'ingress', undefined],
  [
    'netem',
    { tc: '[{"kind":"netem","handle":"8001:","dev":"eth0","options":{"loss-random":{"loss":0.1}}}]\n' },
    'eth0',
    'egress',
    'tc qdisc on eth0 of node-a',
  ],
  [
    'an XDP program that ip shows',
    { 'ip-link': '[{"ifname":"eth0","xdp":{"mode":2,"prog":{"id":12}}}]' },
    'eth0',
    'ingress',
    'XDP on eth0 of node-a',
  ],
  [
    'a tcx program that bpftool shows',
    { 'bpf-net': '[{"xdp":[],"tc":[{"devname":"eth0","kind":"tcx/ingress","name":"cil_from_netdev"}]}]' },
    'eth0',
    'ingress',
    'BPF tc on eth0 of node-a',
  ],
] as const;

describe('what is attached to a device', () => {
  it.each(ROWS)('%s', (_, sections, dev, way, where) => {
    expect(attachedTo(namespace(sections), dev, way)?.where).toBe(where);
  });
});
