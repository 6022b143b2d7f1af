/** What a verdict takes for granted because the dumps can't tell. */
import type { InfraShim } from '../infra/index.ts';
import type { Walked } from '../diagnostor/diagnostor.ts';
import { cgroupsOfSome } from '../netstack/attached/cgroups.ts';
import { isBlindToTcx } from '../netstack/attached/unplaced.ts';
import { savesMention } from '../netstack/iptables/saves.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';

export function assumptionsOf(walked: Walked, infra: InfraShim): readonly string[] {
  const visited = [...walked.visited];
  const nodesWhere = (holds: (at: NetNodeAction) => boolean): string =>
    [...new Set(visited.filter(holds).map(({ node }) => node.name))].join(', ');
  const withoutBpf = nodesWhere(({ ns }) => ns.section('bpf-net')?.exitCode !== 0);
  const withOldTool = nodesWhere(({ ns }) => isBlindToTcx(ns));
  const crosses = [...walked.links.values()].some((link) => link.type === 'infra');
  return [
    ...(withoutBpf === '' ? [] : [`no BPF program is attached on ${withoutBpf} (bpftool was not there to ask)`]),
    ...(withOldTool === ''
      ? []
      : [`no tcx or netkit program is attached on ${withOldTool} (bpftool is too old to say)`]),
    ...visited
      .filter(({ ns }) => savesMention(ns, ' -m time '))
      .map(
        ({ id, node }) =>
          `it is as late as when ${id} was looked at, ${node.dump.collectedAt}: a rule there asks for the time`,
      ),
    ...ofProcesses(walked),
    ...(crosses ? infra.assumptions : []),
  ];
}

/** Which service of a node a process belongs to is not collected. */
function ofProcesses({ branches, visited }: Walked): readonly string[] {
  const ends = new Set(
    branches.flatMap(({ forward }) =>
      forward.hops.filter(({ action }) => action === 'send' || action === 'serve').map(({ node }) => node),
    ),
  );
  return [...visited]
    .filter(({ id }) => ends.has(id))
    .flatMap(({ id, ns }) => {
      const cgroups = cgroupsOfSome(ns);
      return cgroups.length === 0
        ? []
        : [`the process on ${id} is in none of the cgroups with BPF programs of their own: ${cgroups.join(', ')}`];
    });
}
