/** What a statement rests on: a line of kernel state or of a Kubernetes object, as it was printed. */

export type EvidenceKind =
  | 'rule'
  | 'policy'
  | 'route'
  | 'policy-rule'
  | 'neighbour'
  | 'fdb'
  | 'link'
  | 'address'
  | 'sysctl'
  | 'socket'
  | 'set'
  | 'conntrack'
  | 'object'
  | 'section';

export interface Evidence {
  readonly kind: EvidenceKind;
  /** The raw text: the rule as iptables-save prints it, the route as `ip route` prints it, `net.ipv4.ip_forward = 0`. */
  readonly raw: string;
  /** Where it stands: `iptables-nft filter FORWARD 3`, `table main`, `ConfigMap kube-flannel/kube-flannel-cfg`. */
  readonly where?: string;
}
