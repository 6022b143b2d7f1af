/** The graph of the way there as KubeSkoop's `nodes` and `links`: who did what with the packet that came in by which link. */
import type { Hop, Link, PacketPath } from '../../model/path.ts';
import type { DiagnoseResult } from '../json-schema.ts';
import { packetJson } from './packet.ts';
import { suspicionJson } from './suspicion.ts';

type NodeJson = DiagnoseResult['nodes'][number];
type LinkJson = DiagnoseResult['links'][number];

/** The source's own action has the key "", the others the id of the link that the packet came in by. */
export function nodesJson(path: PacketPath): NodeJson[] {
  const actions = new Map<string, NodeJson['actions']>();
  for (const hop of forwardHops(path)) {
    const ofNode = actions.get(hop.node) ?? Object.create(null);
    actions.set(hop.node, ofNode);
    const key = hop.ingress ?? '';
    // Where one branch translates a service address and another does not, the service is what readers look for.
    if (ofNode[key]?.type !== 'service') ofNode[key] = { type: hop.action };
  }
  return path.nodes.map(({ id, type, suspicions }) => ({
    id,
    type,
    suspicions: suspicions.map(suspicionJson),
    actions: { ...actions.get(id) },
  }));
}

/** Links that the way there does not use, such as those of an answer or an error, stand apart: KubeSkoop's readers take `links` for it. */
export function linksJson(path: PacketPath): { links: LinkJson[]; replyLinks: LinkJson[] } {
  const there = sentBy(forwardHops(path));
  const back = sentBy(
    path.branches.flatMap(({ reply, established }) => [...(reply?.hops ?? []), ...(established?.hops ?? [])]),
  );
  return {
    links: path.links.flatMap((link) => {
      const action = there.get(link.id);
      return action === undefined ? [] : [linkJson(link, action)];
    }),
    replyLinks: path.links
      .filter(({ id }) => !there.has(id))
      // An error that was sent back is no leg of a branch: which action sent it is not kept.
      .map((link) => linkJson(link, back.get(link.id) ?? '')),
  };
}

/** By link: the key of the action that sent a packet over it. */
function sentBy(hops: readonly Hop[]): Map<string, string> {
  const keys = new Map<string, string>();
  for (const hop of hops) {
    if (hop.egress !== undefined && !keys.has(hop.egress)) keys.set(hop.egress, hop.ingress ?? '');
  }
  return keys;
}

function linkJson(link: Link, action: string): LinkJson {
  return {
    id: link.id,
    type: link.type,
    source: link.source,
    source_attributes: attributesJson(link.sourceAttributes),
    destination: link.destination,
    destination_attributes: attributesJson(link.destinationAttributes),
    action,
    packet: packetJson(link.packet),
  };
}

/** KubeSkoop names the device that has the addresses: of a bridge's port the bridge. Ours adds the port. */
function attributesJson({ bridge, ...attributes }: Link['sourceAttributes']): Record<string, string> {
  const { if: port } = attributes;
  return bridge === undefined || port === undefined ? attributes : { ...attributes, if: bridge, port };
}

function forwardHops(path: PacketPath): Hop[] {
  return path.branches.flatMap((branch) => branch.forward.hops);
}
