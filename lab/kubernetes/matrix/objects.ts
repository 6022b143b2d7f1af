/** The fields of Kubernetes objects that tell what can be asked of a cluster. */
import type { Condition, Metadata } from '../api.ts';
import type { ClusterObjects } from './collect.ts';

export interface Service {
  readonly metadata: Metadata;
  readonly spec: {
    readonly clusterIPs?: readonly string[];
    readonly externalIPs?: readonly string[];
    readonly ports: readonly {
      readonly name?: string;
      readonly port: number;
      readonly protocol: 'TCP' | 'UDP';
      readonly nodePort?: number;
    }[];
    readonly ipFamilies?: readonly ('IPv4' | 'IPv6')[];
  };
  readonly status: { readonly loadBalancer?: { readonly ingress?: readonly { readonly ip: string }[] } };
}

export interface EndpointSlice {
  readonly metadata: Metadata & { readonly labels?: Readonly<Record<string, string>> };
  readonly endpoints?: readonly { readonly addresses: readonly string[] }[];
}

export interface Pod {
  readonly metadata: Metadata;
  readonly spec: {
    readonly nodeName?: string;
    readonly hostNetwork?: boolean;
    readonly containers: readonly {
      readonly ports?: readonly {
        readonly containerPort: number;
        readonly hostPort?: number;
        readonly protocol?: 'TCP' | 'UDP';
      }[];
    }[];
  };
  readonly status: { readonly podIPs?: readonly { readonly ip: string }[] };
}

export interface Node {
  readonly metadata: Metadata;
  readonly status: {
    readonly addresses: readonly { readonly type: string; readonly address: string }[];
    readonly conditions: readonly Condition[];
  };
}

export interface Objects {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
}

/** Objects of the API server have these fields. */
export function typed(objects: ClusterObjects): Objects {
  return {
    nodes: (objects['Node'] ?? []) as readonly Node[],
    pods: (objects['Pod'] ?? []) as readonly Pod[],
    services: (objects['Service'] ?? []) as readonly Service[],
    slices: (objects['EndpointSlice'] ?? []) as readonly EndpointSlice[],
  };
}
