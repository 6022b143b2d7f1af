/** What is sent to a Service, and from where, as the node that translates it sees it. */
import type { IP } from '../model/address.ts';
import type { NodeInfo, Transport } from '../k8s/index.ts';

export interface TrafficSource {
  /** `node`: made by the node itself, pods with hostNetwork included; all else arrives by a device. */
  readonly kind: 'pod' | 'node' | 'outside';
  readonly ip: IP;
  /** Node that a pod is on. */
  readonly nodeName?: string;
  /** Device that the packet arrives by, where it is known. */
  readonly iif?: string;
}

export interface ServiceTraffic {
  readonly address: IP;
  readonly port: number;
  readonly protocol: Transport;
  readonly source: TrafficSource;
}

/** The node that translates, as far as the intent depends on it. */
export interface TranslatingNode {
  readonly node: NodeInfo;
  /** Every address that the node's own kernel holds as its own. */
  readonly addresses: readonly IP[];
}
