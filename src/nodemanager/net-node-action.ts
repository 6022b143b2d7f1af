/** A node of the graph: a pod, a host or another namespace, with what it does to packets. */
import type { Frame, Packet } from '../model/packet.ts';
import type { NetNodeType } from '../model/path.ts';
import type { NetNS } from '../netstack/netns.ts';
import { receive, send, type Luggage, type Outcome } from '../netstack/walk/index.ts';
import type { NodeState } from './node-state.ts';

export class NetNodeAction {
  constructor(
    /** `namespace/pod`, the node's name, or the namespace's own name. */
    readonly id: string,
    readonly type: NetNodeType,
    readonly node: NodeState,
    readonly ns: NetNS,
  ) {}

  /** A process here sends a packet. */
  send(packet: Packet, source: 'given' | 'chosen-by-route', luggage: Luggage): readonly Outcome[] {
    return send(this.ns, packet, source, luggage);
  }

  /** A frame comes in by a device. */
  receive(dev: string, frame: Frame, luggage: Luggage): readonly Outcome[] {
    return receive(this.ns, dev, frame, luggage);
  }
}
