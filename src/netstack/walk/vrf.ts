/** vrf_ip_rcv and vrf_l3_out: a packet of a VRF's member meets the hooks a second time, at the VRF's own device. */
import type { NetNS } from '../netns.ts';
import type { NetLink } from '../state.ts';
import { runHook } from './run-hook.ts';
import type { Next, Walk } from './walk.ts';
import { end, note } from './walk.ts';

/** The VRF that a device belongs to. */
export function vrfAbove(ns: NetNS, dev: string): NetLink | undefined {
  const master = ns.link(dev)?.master;
  const link = master === undefined ? undefined : ns.link(master);
  return link?.kind.kind === 'vrf' ? link : undefined;
}

/** From here on the packet has come in by the VRF. */
export function enterVrf(
  walk: Walk,
  vrf: NetLink,
  { member, next }: { readonly member: string; readonly next: Next },
): void {
  const evidence = { kind: 'link', raw: vrf.raw } as const;
  if (!vrf.isUp) return end(walk, 'link-down', `${vrf.name} in ${walk.ns.key} is down`, { evidence: [evidence] });
  note(walk, 'device', `in by ${vrf.name}, which ${member} belongs to`, evidence);
  walk.member = member;
  walk.iif = vrf.name;
  runHook(walk, 'prerouting', { iif: vrf.name, oif: undefined }, next);
}

/** OUTPUT, at the VRF first where the packet leaves by a member of one. */
export function runOutput(walk: Walk, oif: string, next: Next): void {
  const vrf = vrfAbove(walk.ns, oif);
  const devices = (dev: string) => ({ iif: undefined, oif: dev });
  if (vrf === undefined) return runHook(walk, 'output', devices(oif), next);
  runHook(walk, 'output', devices(vrf.name), (after) => runHook(after, 'output', devices(oif), next));
}
