/** What is known of the clusters of this machine, as lines for a person. */
import { machinesOf } from './machines.ts';
import { processesOf } from './processes.ts';
import { clusterNames, isAlive, readRecord } from './state.ts';

export async function statusLines(): Promise<string[]> {
  const lines: string[] = [];
  for (const name of await clusterNames()) {
    const record = await readRecord(name);
    const found = `${machinesOf(name).length} namespaces, ${processesOf(name).length} processes`;
    if (record === undefined) {
      lines.push(`${name}: what is left of a start that was cut off (${found}); down --name ${name} removes it`);
      continue;
    }
    const { proxy, flannel, nodes, phase, owner, endsWithOwner } = record;
    const isOwned = isAlive(owner);
    const state = (phase === 'starting' || endsWithOwner) && !isOwned ? `stale, down --name ${name} removes it` : phase;
    lines.push(`${name}: ${state}; kube-proxy ${proxy}, flannel ${flannel}; ${found}`);
    for (const node of nodes)
      lines.push(`  ${node.name} ${node.ipv4} ${node.ipv6} pods ${node.podCidrs.join(' ')} init ${node.init}`);
  }
  return lines.length === 0 ? ['no cluster'] : lines;
}
