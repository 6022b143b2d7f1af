/** Finds IPVS services that could touch a packet; they are not evaluated yet. */
import type { Evidence } from '../../model/evidence.ts';
import { formatHostPort } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import type { NetNS } from '../netns.ts';

/** The line of `ipvsadm-save -n` that may concern the packet: its destination is a virtual service, or its source a real server. */
export function ipvsFor(ns: NetNS, packet: Packet): Evidence | undefined {
  const section = ns.section('ipvs-save');
  // The section is there only where the kernel has IPVS services, whether or not a tool could list them.
  if (section === undefined) return undefined;
  if (section.exitCode !== 0)
    return { kind: 'section', raw: `ipvs-save: exit code ${section.exitCode}`, where: ns.key };
  if (section.stdout.trim() === '') return undefined;
  const virtual = formatHostPort(packet.dst, packet.dport.min);
  const raw = section.stdout.split('\n').find((line) => {
    const word = line.split(' ');
    return (
      word.includes('-f') || word.includes(virtual) || word.some((w) => w.startsWith(formatHostPort(packet.src, '')))
    );
  });
  return raw === undefined ? undefined : { kind: 'rule', raw, where: `ipvsadm-save of ${ns.key}` };
}
