/** Reads how a user writes either end of a question. Whether it exists is another matter. */
import { parseIP } from '../model/address.ts';
import type { IP } from '../model/address.ts';
import { AskError } from './ask-error.ts';
import type { WorkloadKind } from './workload.ts';

export type TargetKind = 'pod' | 'service' | 'node' | WorkloadKind;

export type TargetText =
  | { readonly kind: 'address'; readonly ip: IP }
  /** `svc/web`, `svc/shop/web`. */
  | { readonly kind: 'typed'; readonly type: TargetKind; readonly namespace?: string; readonly name: string }
  /** `shop/web`. */
  | { readonly kind: 'pair'; readonly namespace: string; readonly name: string }
  | { readonly kind: 'plain'; readonly name: string };

/** The names that kubectl takes. */
const TYPES: Readonly<Record<string, TargetKind>> = {
  po: 'pod',
  pod: 'pod',
  pods: 'pod',
  svc: 'service',
  service: 'service',
  services: 'service',
  no: 'node',
  node: 'node',
  nodes: 'node',
  deploy: 'Deployment',
  deployment: 'Deployment',
  deployments: 'Deployment',
  ds: 'DaemonSet',
  daemonset: 'DaemonSet',
  daemonsets: 'DaemonSet',
  sts: 'StatefulSet',
  statefulset: 'StatefulSet',
  statefulsets: 'StatefulSet',
  rs: 'ReplicaSet',
  replicaset: 'ReplicaSet',
  replicasets: 'ReplicaSet',
  job: 'Job',
  jobs: 'Job',
};

export function parseTarget(text: string): TargetText | AskError {
  const asked = text.trim();
  const ip = parseIP(asked.replace(/^\[(.*)\]$/, '$1'));
  if (ip !== undefined) return { kind: 'address', ip };
  if (asked === '') return new AskError('an empty name was asked for');
  if (asked.includes('://')) return new AskError(`"${asked}" is a URL: give the host alone, and its port with -p`);
  if (/^(\[.*\]|[^:]+):[^:/]+$/.test(asked)) {
    const colon = asked.lastIndexOf(':');
    return new AskError(
      `"${asked}" has a port in it: give ${asked.slice(0, colon)} alone, and -p ${asked.slice(colon + 1)}`,
    );
  }
  if (/^[\d.]+$/.test(asked) || asked.includes(':')) return new AskError(`"${asked}" is not an IP address`);
  return parseNames(asked, asked.split('/'));
}

function parseNames(asked: string, parts: readonly string[]): TargetText | AskError {
  const [first = '', second = '', third = ''] = parts;
  if (parts.some((part) => part === '') || parts.length > 3)
    return new AskError(`"${asked}" is neither an address nor a name such as ns/pod, svc/x or node/x`);
  if (parts.length === 1) return { kind: 'plain', name: first };
  const type = Object.hasOwn(TYPES, first.toLowerCase()) ? TYPES[first.toLowerCase()] : undefined;
  if (parts.length === 2)
    return type === undefined
      ? { kind: 'pair', namespace: first, name: second }
      : { kind: 'typed', type, name: second };
  if (type !== undefined) return { kind: 'typed', type, namespace: second, name: third };
  // `shop/svc/web` is what people write who think of the namespace first.
  const inner = Object.hasOwn(TYPES, second.toLowerCase()) ? TYPES[second.toLowerCase()] : undefined;
  if (inner !== undefined) return { kind: 'typed', type: inner, namespace: first, name: third };
  return new AskError(
    `"${asked}" has an unknown type "${first}"; known are pod, svc, node, deploy, ds, sts, rs and job`,
  );
}
