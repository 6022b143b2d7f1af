/** Pods that are on the network between the nodes, by devices that stand on their nodes' own. */
import type { Scenario } from '../scenario.ts';
import type { Change, Site } from '../site.ts';

/** Every pod is on the network between the nodes, by a device that stands on its node's own. */
export function podsOnUplink(site: Site, type: string, pods = site.pods): Change[] {
  const length = site.clusterCIDR.split('/')[1]!;
  return pods.flatMap((pod): Change[] => [
    {
      in: pod.node,
      sh: `ip link del ${pod.veth}; ip link add link eth0 name up${pod.mac.slice(-1)} type ${type}; ip link set up${pod.mac.slice(-1)} netns @ns:${pod.id}@ name eth0`,
    },
    { in: pod, sh: `ip link set eth0 up; ip addr add ${pod.ip}/${length} dev eth0` },
  ]);
}

/** The pods among themselves: they know no way to anything else. */
export const betweenPods: NonNullable<Scenario['select']> = (probes, site) =>
  probes.filter(
    ({ probe }) => site.pods.some((pod) => pod.id === probe.from) && site.pods.some((pod) => pod.ip === probe.to),
  );
