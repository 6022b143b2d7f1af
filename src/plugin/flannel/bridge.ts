/** The pods' bridge: where there is one, each pod's veth is a port of it. */
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, linkEvidence } from '../../assertions/index.ts';
import { idOf } from '../../k8s/index.ts';
import { hostEnd, leadsToBridge } from '../generic/host-side.ts';
import type { PodCheck } from '../plugin.ts';
import type { FlannelConfig } from './config.ts';

/** Only where the routes do not tell: a route to the bridge makes the generic check say the same. */
export function checkBridge({ pod, netns, view }: PodCheck, config: FlannelConfig): readonly Suspicion[] {
  const bridge = view.host.link(config.bridge.value);
  if (bridge?.kind.kind !== 'bridge' || pod.ips.some((ip) => leadsToBridge(view.host, ip))) return [];
  const dev = pod.ips.map((ip) => netns.owner(ip)?.dev).find((name) => name !== undefined);
  const inside = dev === undefined ? undefined : netns.link(dev);
  const end = inside === undefined ? undefined : hostEnd(view.host, inside);
  if (end === undefined || end.master === bridge.name) return [];
  return [
    complain(
      { id: view.node.name },
      {
        code: 'BRIDGE_PORT_MISSING',
        level: LEVEL.critical,
        message: `${end.name} of ${view.node.name}, the node's end of pod ${idOf(pod)}, is not a port of ${bridge.name}`,
        remedy: `ip link set ${end.name} master ${bridge.name} on ${view.node.name}`,
      },
      [linkEvidence(end), linkEvidence(bridge)],
    ),
  ];
}
