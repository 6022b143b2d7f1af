/** What leaves the node must fit: the tunnel into the outer interface, the pods' packets into the tunnel. */
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, linkEvidence, NetstackAssertion } from '../../assertions/index.ts';
import type { NetLink } from '../../netstack/state.ts';
import type { Scene } from './scene.ts';

/** Outer Ethernet payload that vxlan takes: IP, UDP, VXLAN and inner Ethernet headers. */
const OVERHEAD = { 4: 50, 6: 70 } as const;

export function checkMtu(scene: Scene): readonly Suspicion[] {
  if (scene.peers.length === 0) return [];
  const outer = outerLink(scene);
  const isVxlan = scene.config.backend.value === 'vxlan';
  const tunnel = isVxlan ? scene.host.ns.link(scene.vtepName) : undefined;
  return [...checkTunnel(scene, tunnel, outer), ...checkPods(scene, tunnel ?? (isVxlan ? undefined : outer))];
}

function checkTunnel(
  { host, family }: Scene,
  tunnel: NetLink | undefined,
  outer: NetLink | undefined,
): readonly Suspicion[] {
  if (tunnel === undefined || outer === undefined) return [];
  const fitting = outer.mtu - OVERHEAD[family];
  return NetstackAssertion.mtuFits(
    host,
    tunnel,
    { mtu: fitting, by: outer },
    {
      code: 'MTU_MISMATCH',
      level: LEVEL.warning,
      message: `${tunnel.name} of ${host.id} has MTU ${tunnel.mtu}, and ${outer.name} (${outer.mtu}) has room for ${fitting}: big packets are lost`,
      remedy: `ip link set ${tunnel.name} mtu ${fitting} on ${host.id}, and restart flannel there`,
    },
  );
}

/** Of the pods on the path. In IPv6 flannel itself makes the tunnel smaller than the pods, and relies on path MTU discovery. */
function checkPods({ check, config, family }: Scene, way: NetLink | undefined): readonly Suspicion[] {
  return [...check.view.pods].flatMap(([id, ns]) => {
    if (!ns.links.ok) return [];
    const dev = ns.addresses.ok
      ? ns.addresses.value.find((one) => one.ip.family === family && one.scope === 'global')?.dev
      : undefined;
    const link = dev === undefined ? undefined : ns.link(dev);
    if (link === undefined) return [];
    if (config.podMtu !== undefined && link.mtu !== config.podMtu) {
      return [
        complain(
          { id },
          {
            code: 'MTU_MISMATCH',
            level: LEVEL.warning,
            message: `${link.name} of pod ${id} has MTU ${link.mtu} and not ${config.podMtu}`,
            remedy: 'recreate the pod: existing pods keep the MTU that they were made with',
          },
          [linkEvidence(link)],
        ),
      ];
    }
    if (way === undefined || link.mtu <= way.mtu) return [];
    return [
      complain(
        { id },
        {
          code: family === 6 ? 'PMTU_RISK' : 'MTU_MISMATCH',
          level: family === 6 ? LEVEL.info : LEVEL.warning,
          message: `${link.name} of pod ${id} has MTU ${link.mtu}, and ${way.name} of ${check.view.node.name} only ${way.mtu}: big packets need path MTU discovery to work`,
          remedy: `recreate the pod with MTU ${way.mtu}: existing pods keep the MTU that they were made with`,
        },
        [linkEvidence(link), linkEvidence(way)],
      ),
    ];
  });
}

/** The device under the tunnel; else the one with the registered address. */
function outerLink({ host, config, own, vtepName }: Scene): NetLink | undefined {
  const tunnel = host.ns.link(vtepName);
  const under = tunnel?.kind.kind === 'vxlan' ? tunnel.kind.dev : undefined;
  const byAddress = own.publicIP === undefined ? undefined : host.ns.owner(own.publicIP)?.dev;
  const name = config.hostInterface ?? under ?? byAddress;
  return name === undefined ? undefined : host.ns.link(name);
}
