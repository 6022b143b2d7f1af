/** The node's end of a pod: its veth is up, a port of the right bridge, and the node's route to the pod leads there. */
import type { IP } from '../../model/address.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, linkEvidence, NetstackAssertion, routesTo } from '../../assertions/index.ts';
import type { Subject } from '../../assertions/index.ts';
import { idOf } from '../../k8s/index.ts';
import type { NetNS } from '../../netstack/netns.ts';
import type { NetLink } from '../../netstack/state.ts';
import type { PodCheck } from '../plugin.ts';

export function checkPodHostSide({ pod, netns, view }: PodCheck): readonly Suspicion[] {
  const host: Subject = { id: view.node.name, ns: view.host };
  const seen = new Set<string>();
  return pod.ips.flatMap((ip) => {
    const dev = netns.owner(ip)?.dev;
    const inside = dev === undefined ? undefined : netns.link(dev);
    const end = inside === undefined ? undefined : hostEnd(view.host, inside);
    // Not a veth, or one whose other end is not on the node: only a plugin could say what the node should have.
    if (end === undefined) return [];
    const isFirst = !seen.has(end.name);
    seen.add(end.name);
    return [...(isFirst ? checkEnd(host, end, idOf(pod)) : []), ...checkRoute(host, end, ip, idOf(pod))];
  });
}

/**
 * The veth on the node whose peer is this one. Indexes are per namespace, so both ends must name each other, and the
 * node's end must say that its peer is in another namespace.
 */
export function hostEnd(host: NetNS, inside: NetLink): NetLink | undefined {
  const { links } = host;
  if (!links.ok || inside.kind.kind !== 'veth' || inside.linkIndex === undefined) return undefined;
  return links.value.find(
    (link) =>
      link.kind.kind === 'veth' &&
      link.ifindex === inside.linkIndex &&
      link.linkIndex === inside.ifindex &&
      link.linkNetnsid !== undefined,
  );
}

function checkEnd(host: Subject, end: NetLink, pod: string): readonly Suspicion[] {
  return NetstackAssertion.linkIsUp(host, end, {
    code: 'POD_INTERFACE_DOWN',
    level: LEVEL.critical,
    message: `${end.name} of ${host.id}, the node's end of pod ${pod}, is ${end.isUp ? 'without carrier' : 'down'}`,
    remedy: `ip link set ${end.name} up on ${host.id}`,
  });
}

function checkRoute(host: Subject, end: NetLink, ip: IP, pod: string): readonly Suspicion[] {
  const answers = routesTo(host.ns, ip);
  const devices = new Set(answers.map((answer) => answer.dev));
  if (answers.length === 0 || answers.some((answer) => answer.kind === 'unknown')) return [];
  if (
    devices.size === 1 &&
    (devices.has(end.name) || (end.master !== undefined && leadsToMaster(host.ns, [...devices][0], end.master)))
  )
    return [];
  const evidence = [...answers.flatMap((answer) => answer.evidence), linkEvidence(end)];
  const answer = answers[0]!;
  const through = answer.dev === undefined ? undefined : host.ns.link(answer.dev);
  if (answer.kind === 'unicast' && through?.kind.kind === 'bridge') {
    return [
      complain(
        host,
        {
          code: 'BRIDGE_PORT_MISSING',
          level: LEVEL.critical,
          message: `${end.name} of ${host.id}, the node's end of pod ${pod}, is ${end.master === undefined ? 'not a port' : `a port of ${end.master} and not`} of ${through.name}`,
          remedy: `ip link set ${end.name} master ${through.name} on ${host.id}`,
        },
        evidence,
      ),
    ];
  }
  const isMissing = answer.kind !== 'unicast' || (answer.route?.dst.length ?? 0) === 0;
  const wanted = end.master ?? end.name;
  return [
    complain(
      host,
      {
        code: isMissing ? 'HOST_ROUTE_MISSING' : 'HOST_ROUTE_WRONG',
        level: LEVEL.critical,
        message: isMissing
          ? `${host.id} has no route to ${ip.text} of its own pod ${pod}`
          : `${host.id} sends packets for ${ip.text} of its own pod ${pod} to ${answer.dev ?? 'nowhere'} and not to ${wanted}`,
        remedy:
          end.master === undefined
            ? `ip route replace ${ip.text} dev ${end.name} on ${host.id}`
            : `check that ${end.master} of ${host.id} has its address, which makes the route: ip addr show ${end.master}`,
      },
      evidence,
    ),
  ];
}

/** Whether the node's route to the address goes into some bridge. */
export function leadsToBridge(host: NetNS, ip: IP): boolean {
  return routesTo(host, ip).some((answer) => answer.dev !== undefined && host.link(answer.dev)?.kind.kind === 'bridge');
}

/** The route goes to the bridge itself, or to a device on top of it, such as a VLAN or macvlan of the bridge. */
function leadsToMaster(host: NetNS, dev: string | undefined, master: string): boolean {
  if (dev === master) return true;
  const link = dev === undefined ? undefined : host.link(dev);
  return (
    link?.linkIndex !== undefined && link.linkNetnsid === undefined && host.link(master)?.ifindex === link.linkIndex
  );
}
