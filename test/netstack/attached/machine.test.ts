import { describe, expect, it } from 'vitest';
import { cgroupsOfSome, programOfCgroup } from '../../../src/netstack/attached/cgroups.ts';
import { programAtHook } from '../../../src/netstack/attached/hooks.ts';
import { hostWith, podOn } from './namespace.ts';

const UID = '3f9d2c1e-8a47-4b6f-9d0e-5c2b7a1f4e88';
const OTHER = '00000000-1111-2222-3333-444444444444';
const slice = (uid: string): string =>
  `kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${uid.replaceAll('-', '_')}.slice`;

/** As bpftool 7.1 prints it. */
const tree = (cgroup: string, attachType: string): string =>
  `[{"cgroup":"/sys/fs/cgroup${cgroup}","programs":[{"id":3,"attach_type":"${attachType}","attach_flags":"multi","name":"p","attach_btf_name":"","attach_btf_obj_id":0,"attach_btf_id":0}]}]\n`;

const CGROUP_ROWS = [
  ['all of them', '', 'cgroup_inet4_connect', 'pod and host'],
  ['all of them, as an older tool names it', '', 'connect4', 'pod and host'],
  ['what only looks at sysctls', '', 'cgroup_sysctl', 'nobody'],
  ['what only looks at devices', '', 'cgroup_device', 'nobody'],
  ['all pods', '/kubepods.slice', 'cgroup_inet_egress', 'pod'],
  ['the pod', `/${slice(UID)}`, 'cgroup_inet_ingress', 'pod'],
  ['the pod, where another driver names it', `/kubepods/besteffort/pod${UID}`, 'cgroup_inet_ingress', 'pod'],
  ['another pod', `/${slice(OTHER)}`, 'cgroup_inet_ingress', 'nobody'],
  ['a service of the node', '/system.slice/ssh.service', 'cgroup_inet_ingress', 'nobody'],
] as const;

describe('a program of a cgroup', () => {
  it.each(CGROUP_ROWS)('of %s', (_, cgroup, attachType, whom) => {
    const sections = { 'bpf-cgroup': tree(cgroup, attachType) };
    expect(programOfCgroup(podOn(sections, UID)) !== undefined).toBe(whom.startsWith('pod'));
    expect(programOfCgroup(hostWith(sections)) !== undefined).toBe(whom.endsWith('host'));
  });

  it('is named with its cgroup', () => {
    expect(programOfCgroup(podOn({ 'bpf-cgroup': tree('/kubepods.slice', 'cgroup_inet_egress') }, UID))?.where).toBe(
      'BPF program cgroup_inet_egress p of cgroup /kubepods.slice on the node of shop/web',
    );
  });

  it('of a service may be that of a process of the host', () => {
    const sections = { 'bpf-cgroup': tree('/system.slice/ssh.service', 'cgroup_inet_ingress') };
    expect(cgroupsOfSome(hostWith(sections))).toEqual(['/system.slice/ssh.service']);
    expect(cgroupsOfSome(podOn(sections, UID))).toEqual([]);
  });
});

const HOOK_ROWS = [
  ['of a tool that knows it', '{"id":89,"type":"netfilter","prog_id":1732,"pf":2,"hook":1,"prio":10,"flags":0}', true],
  ['of another hook', '{"id":89,"type":"netfilter","prog_id":1732,"pf":2,"hook":2,"prio":10,"flags":0}', false],
  ['of the other family', '{"id":89,"type":"netfilter","prog_id":1732,"pf":10,"hook":1,"prio":10,"flags":0}', false],
  ['of a tool that has no name for it', '{"id":89,"type":10,"prog_id":1732}', true],
  ['of another type', '{"id":90,"type":"tracing","prog_id":5}', false],
] as const;

describe('a link of a netfilter hook', () => {
  it.each(HOOK_ROWS)('%s', (_, link, isThere) => {
    const pod = podOn({ 'bpf-link': `[${link}]\n` });
    expect(programAtHook(pod, 4, 'input') !== undefined).toBe(isThere);
  });
});
