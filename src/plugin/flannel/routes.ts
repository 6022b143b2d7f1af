/** The route to each other node's pod network: over the VTEP with vxlan, by the node itself with host-gw. */
import { addOffset, contains, sameIP } from '../../model/address.ts';
import type { IP, Prefix } from '../../model/address.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, objectEvidence, routesTo } from '../../assertions/index.ts';
import type { RouteAnswer } from '../../netstack/router/index.ts';
import { restart } from './scene.ts';
import type { PeerLease, Scene } from './scene.ts';

/** A way that flannel would write. */
interface Way {
  readonly via: IP;
  /** Any device for host-gw: flannel takes the one that the node's address is on. */
  readonly dev?: string;
}

export function checkRoutes(scene: Scene): readonly Suspicion[] {
  return scene.peers.flatMap((peer) => {
    const { subnet } = peer.lease;
    const ways = waysTo(scene, peer);
    if (subnet === undefined || ways.length === 0) return [];
    const inside = peer.peer.addresses.filter((ip) => contains(subnet, ip));
    // The third address of the network stands for its pods: the first is the VTEP's, the second the gateway's.
    const targets = inside.length > 0 ? inside : [addOffset(subnet.ip, 2)];
    const wrong = targets
      .map((ip) => ({ ip, answers: routesTo(scene.host.ns, ip) }))
      .find(({ answers }) => !answers.every((answer) => isOneOf(answer, ways)));
    return wrong === undefined ? [] : [wrongRoute(scene, { peer, subnet, way: ways[0]!, ...wrong })];
  });
}

/** Whether packets to the node's pods go by a plain route, past the tunnel. */
export function isDirect(scene: Scene, { lease }: PeerLease): boolean {
  const { publicIP, subnet } = lease;
  if (!scene.config.isDirectRouting || publicIP === undefined || subnet === undefined) return false;
  const answers = routesTo(scene.host.ns, addOffset(subnet.ip, 2));
  return answers.length > 0 && answers.every((answer) => isOneOf(answer, [{ via: publicIP }]));
}

/** The first is the one to recommend. Empty for backends whose routes are not known here. */
function waysTo({ config, vtepName }: Scene, { lease }: PeerLease): readonly Way[] {
  const { publicIP, subnet } = lease;
  const plain = publicIP === undefined ? [] : [{ via: publicIP }];
  switch (config.backend.value) {
    case 'host-gw':
      return plain;
    case 'vxlan':
      return subnet === undefined ? [] : [{ via: subnet.ip, dev: vtepName }, ...(config.isDirectRouting ? plain : [])];
    default:
      return [];
  }
}

function isOneOf(answer: RouteAnswer, ways: readonly Way[]): boolean {
  // What could not be evaluated is the walk's to report.
  if (answer.kind === 'unknown') return true;
  const { nexthopIp, dev } = answer;
  return (
    answer.kind === 'unicast' &&
    nexthopIp !== undefined &&
    ways.some((way) => sameIP(way.via, nexthopIp) && (way.dev === undefined || way.dev === dev))
  );
}

interface WrongRoute {
  readonly peer: PeerLease;
  readonly subnet: Prefix;
  readonly way: Way;
  readonly ip: IP;
  readonly answers: readonly RouteAnswer[];
}

/** A route that is less exact than the pod network was not made for it: then the right one is missing. */
function wrongRoute(scene: Scene, { peer, subnet, way, ip, answers }: WrongRoute): Suspicion {
  const { host } = scene;
  const chosen = answers.find((answer) => !isOneOf(answer, [way]))!;
  const isMissing = chosen.route === undefined || chosen.route.dst.length < subnet.length;
  const wanted = `via ${way.via.text}${way.dev === undefined ? '' : ` dev ${way.dev} onlink`}`;
  const target = isMissing ? subnet.text : (chosen.route?.dst.text ?? subnet.text);
  const found =
    chosen.kind === 'unicast' ? `via ${chosen.nexthopIp?.text ?? '(none)'} dev ${chosen.dev ?? '(none)'}` : chosen.kind;
  return complain(
    host,
    {
      code: isMissing ? 'NODE_ROUTE_MISSING' : 'NODE_ROUTE_WRONG',
      level: LEVEL.critical,
      message: isMissing
        ? `${host.id} has no route to ${subnet.text}, the pods of ${peer.node.name}`
        : `${host.id} sends packets for ${ip.text}, a pod network address of ${peer.node.name}, ${chosen.kind === 'unicast' ? found : `into a route of type ${found}`} and not ${wanted}`,
      remedy:
        isMissing || target === subnet.text
          ? `${restart(host.id)}; until then: ip ${subnet.ip.family === 6 ? '-6 ' : ''}route replace ${subnet.text} ${wanted}`
          : `delete the stray route on ${host.id}: ip ${subnet.ip.family === 6 ? '-6 ' : ''}route del ${target}`,
    },
    [
      ...chosen.evidence,
      objectEvidence('Node', peer.node, `spec.podCIDRs: [${peer.node.podCIDRs.map((cidr) => cidr.text).join(', ')}]`),
    ],
  );
}
