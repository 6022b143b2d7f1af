/** A fact with the source that said so. */
export interface Detected<T> {
  readonly value: T;
  /** `flag --cluster-cidr`, `ConfigMap kube-system/kube-proxy`, `podCIDRs of 3 nodes`. */
  readonly from: string;
}
