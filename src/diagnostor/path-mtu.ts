/** Finds the place where the path takes smaller packets than its ends think: small ones work, large ones may hang. */
import type { Evidence } from '../model/evidence.ts';
import type { Branch, Link } from '../model/path.ts';
import type { Suspicion } from '../model/suspicion.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { Walked } from './diagnostor.ts';

interface Room {
  readonly node: string;
  readonly dev: string;
  /** Bytes of the client's own packet that fit through here. */
  readonly bytes: number;
  readonly evidence: Evidence;
}

export function pathMtuFindings(walked: Walked): readonly Suspicion[] {
  const found = new Map<string, Suspicion>();
  const actions = new Map([...walked.visited].map((action) => [action.id, action]));
  for (const branch of walked.branches) {
    const finding = findingOf(branch, walked.links, actions);
    if (finding !== undefined) found.set(finding.message, finding);
  }
  return [...found.values()];
}

function findingOf(
  branch: Branch,
  links: ReadonlyMap<string, Link>,
  actions: ReadonlyMap<string, NetNodeAction>,
): Suspicion | undefined {
  const { hops } = branch.forward;
  const own = hops[0]?.packet.length;
  const last = hops.at(-1);
  if (own === undefined || last === undefined || branch.verdict !== 'reachable') return undefined;
  const rooms = hops.flatMap((hop): Room[] => {
    const link = hop.egress === undefined ? undefined : links.get(hop.egress);
    const dev = link?.sourceAttributes['if'];
    const device = dev === undefined ? undefined : actions.get(hop.node)?.ns.link(dev);
    if (link === undefined || dev === undefined || device === undefined) return [];
    return [
      {
        node: hop.node,
        dev,
        bytes: device.mtu - (link.packet.length - own),
        evidence: { kind: 'link', raw: device.raw },
      },
    ];
  });
  const ends = [rooms[0]?.bytes, endMtu(last.ingress, links, actions)].filter((mtu) => mtu !== undefined);
  const narrowest = rooms.reduce<Room | undefined>(
    (least, room) => (least === undefined || room.bytes < least.bytes ? room : least),
    undefined,
  );
  if (narrowest === undefined || ends.length < 2 || narrowest.bytes >= Math.min(...ends)) return undefined;
  return {
    level: LEVEL.warning,
    code: 'PMTU_RISK',
    message: `both ends send packets of up to ${Math.min(...ends)} bytes, but only ${narrowest.bytes} fit through ${narrowest.dev} of ${narrowest.node}`,
    evidence: [narrowest.evidence],
    node: narrowest.node,
  };
}

/** The server tells the client the MTU of its own device (as its MSS). */
function endMtu(
  ingress: string | undefined,
  links: ReadonlyMap<string, Link>,
  actions: ReadonlyMap<string, NetNodeAction>,
): number | undefined {
  const link = ingress === undefined ? undefined : links.get(ingress);
  const dev = link?.destinationAttributes['if'];
  return link === undefined || dev === undefined ? undefined : actions.get(link.destination)?.ns.link(dev)?.mtu;
}
