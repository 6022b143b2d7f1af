/** The nodes and links that a diagnosis came to. */
import { formatHostPort } from '../model/address.ts';
import type { IP } from '../model/address.ts';
import type { Packet } from '../model/packet.ts';
import { formatPorts } from '../model/packet.ts';
import type { Link, LinkType } from '../model/path.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';

/** One end of a link: a node of the graph, and the device where it is known. */
export interface LinkEnd {
  readonly node: string;
  readonly dev?: string;
  /** That the device is a port of. */
  readonly bridge?: string;
}

export function endOf({ id, ns }: NetNodeAction, dev: string): LinkEnd {
  const master = ns.link(dev)?.master;
  const isPort = master !== undefined && ns.link(master)?.kind.kind === 'bridge';
  return { node: id, dev, ...(isPort ? { bridge: master } : {}) };
}

export class PathGraph {
  readonly links = new Map<string, Link>();
  readonly visited = new Set<NetNodeAction>();
  /** Every address that the packet was sent to, before and after its translation, whether it came there or not. */
  readonly addressed = new Map<string, IP>();

  address({ dst, inner }: Packet): void {
    this.addressed.set(dst.text, dst);
    if (inner !== undefined) this.address(inner.frame.packet);
  }

  /** The id of the link that the packet crosses. What carries news of an error is not part of the drawing. */
  cross(type: LinkType, from: LinkEnd, to: LinkEnd, packet: Packet): string {
    const id = `${type},${from.node},${to.node},${formatHostPort(packet.dst, formatPorts(packet.dport))}`;
    if (packet.quoted === undefined && !this.links.has(id)) {
      this.links.set(id, {
        id,
        type,
        packet,
        source: from.node,
        sourceAttributes: attributes(from),
        destination: to.node,
        destinationAttributes: attributes(to),
      });
    }
    return id;
  }

  /** Takes back every link that was made since; for ways that turned out not to matter. */
  mark(): () => void {
    const before = new Set(this.links.keys());
    return () => {
      for (const id of this.links.keys()) if (!before.has(id)) this.links.delete(id);
    };
  }
}

function attributes({ dev, bridge }: LinkEnd): Link['sourceAttributes'] {
  return { ...(dev === undefined ? {} : { if: dev }), ...(bridge === undefined ? {} : { bridge }) };
}
