/** One node's part of the pod network in one family, with everything that flannel's checks look at. */
import type { Family } from '../../model/address.ts';
import type { Subject } from '../../assertions/index.ts';
import type { NodeInfo } from '../../k8s/index.ts';
import type { NodeCheck, Peer } from '../plugin.ts';
import type { FlannelConfig } from './config.ts';
import { readLease } from './lease.ts';
import type { Lease } from './lease.ts';

export interface Scene {
  readonly family: Family;
  readonly config: FlannelConfig;
  readonly check: NodeCheck;
  readonly host: Subject;
  readonly own: Lease;
  /** Name that flannel gives its vxlan device. */
  readonly vtepName: string;
  readonly peers: readonly PeerLease[];
}

export interface PeerLease {
  readonly node: NodeInfo;
  readonly peer: Peer;
  readonly lease: Lease;
}

export function sceneOf(check: NodeCheck, config: FlannelConfig, family: Family): Scene {
  const { node, host } = check.view;
  const own = readLease(node, config.annotations, family);
  const vni = own.vtep?.vni ?? config.vni;
  return {
    family,
    config,
    check,
    own,
    host: { id: node.name, ns: host },
    vtepName: `${family === 4 ? 'flannel' : 'flannel-v6'}.${vni}`,
    peers: check.peers.map((peer) => ({
      node: peer.node,
      peer,
      lease: readLease(peer.node, config.annotations, family),
    })),
  };
}

/** What a person does first. */
export function restart(node: string): string {
  return `restart flannel on ${node}, which writes it anew`;
}
