/** Takes from a live cluster the objects that a diagnosis reads, all at once, and says which it could not have. */
import { fields } from '../fields.ts';
import type { Fields } from '../fields.ts';
import type { KubeObjects } from '../ip-cache.ts';
import { ApiError } from './api-error.ts';
import type { ApiServer } from './api-server.ts';
import { podSlimmer, slimEndpointSlice, slimMetadata, slimNode, slimTemplated, slimWhole } from './slim.ts';
import type { Slim } from './slim.ts';

export interface MissingKind {
  readonly kind: string;
  readonly error: ApiError;
}

export interface ClusterObjects {
  readonly objects: KubeObjects;
  /** Kinds that the server did not give, or not all of: what follows from them is an assumption. */
  readonly missing: readonly MissingKind[];
}

interface Kind {
  readonly kind: string;
  readonly path: string;
  readonly slim: () => Slim;
  /** Without these there is nothing to ask about. */
  readonly isRequired?: boolean;
  /** The server leaves out all but the metadata. */
  readonly isMetadataOnly?: boolean;
  /** As many as one page has are enough: each Service has one, or two. */
  readonly isSample?: boolean;
  /** Not every cluster has this kind: then it says nothing that it is not there. */
  readonly isNew?: boolean;
}

const KINDS: readonly Kind[] = [
  { kind: 'Pod', path: '/api/v1/pods', slim: podSlimmer, isRequired: true },
  { kind: 'Node', path: '/api/v1/nodes', slim: () => slimNode, isRequired: true },
  { kind: 'Service', path: '/api/v1/services', slim: () => slimWhole },
  { kind: 'EndpointSlice', path: '/apis/discovery.k8s.io/v1/endpointslices', slim: () => slimEndpointSlice },
  { kind: 'Namespace', path: '/api/v1/namespaces', slim: () => slimMetadata, isMetadataOnly: true },
  { kind: 'NetworkPolicy', path: '/apis/networking.k8s.io/v1/networkpolicies', slim: () => slimWhole },
  { kind: 'DaemonSet', path: '/apis/apps/v1/daemonsets', slim: () => slimTemplated },
  { kind: 'Deployment', path: '/apis/apps/v1/deployments', slim: () => slimTemplated },
  { kind: 'ReplicaSet', path: '/apis/apps/v1/replicasets', slim: () => slimMetadata, isMetadataOnly: true },
  { kind: 'StatefulSet', path: '/apis/apps/v1/statefulsets', slim: () => slimMetadata, isMetadataOnly: true },
  { kind: 'Job', path: '/apis/batch/v1/jobs', slim: () => slimMetadata, isMetadataOnly: true },
  { kind: 'ServiceCIDR', path: '/apis/networking.k8s.io/v1/servicecidrs', slim: () => slimWhole, isNew: true },
  {
    kind: 'IPAddress',
    path: '/apis/networking.k8s.io/v1/ipaddresses',
    slim: () => slimMetadata,
    isMetadataOnly: true,
    isSample: true,
    isNew: true,
  },
];

/** Where kube-proxy, kubeadm and the networks keep their configuration. Others are not read, and no Secret ever. */
const CONFIG_MAPS: readonly (readonly [namespace: string, name: string])[] = [
  ['kube-system', 'kube-proxy'],
  ['kube-system', 'kube-proxy-config'],
  ['kube-system', 'kubeadm-config'],
  ['kube-flannel', 'kube-flannel-cfg'],
  ['kube-system', 'kube-flannel-cfg'],
  ['kube-system', 'canal-config'],
];

/** Rejects with ApiError where pods or nodes are not to be had. */
export async function fetchClusterObjects(server: ApiServer): Promise<ClusterObjects> {
  const [lists, maps] = await Promise.all([
    Promise.all(KINDS.map(async (kind) => readKind(server, kind))),
    Promise.all(CONFIG_MAPS.map(async ([namespace, name]) => readConfigMap(server, namespace, name))),
  ]);
  const found = maps.flatMap(({ map }) => (map === undefined ? [] : [map]));
  const refused = maps.find(({ error }) => error !== undefined)?.error;
  return {
    objects: Object.fromEntries([...lists.map(({ kind, items }) => [kind, items] as const), ['ConfigMap', found]]),
    missing: [
      ...lists.flatMap(({ kind, error }) => (error === undefined ? [] : [{ kind, error }])),
      ...(refused === undefined ? [] : [{ kind: 'ConfigMap', error: refused }]),
    ],
  };
}

interface KindResult {
  readonly kind: string;
  readonly items: readonly unknown[];
  readonly error?: ApiError;
}

async function readKind(server: ApiServer, kind: Kind): Promise<KindResult> {
  try {
    const { isMetadataOnly = false, isSample = false } = kind;
    const options = { isMetadataOnly, isSample };
    return { kind: kind.kind, items: await server.list(kind.path, kind.slim(), undefined, options) };
  } catch (error) {
    if (!(error instanceof ApiError) || kind.isRequired === true || !isAboutKind(error)) throw error;
    const isUnknownHere = error.problem === 'not-found' && kind.isNew === true;
    return { kind: kind.kind, items: [], ...(!isUnknownHere && { error }) };
  }
}

/** Whether another kind may still be had: not where nothing answers, or nobody is known. */
function isAboutKind(error: ApiError): boolean {
  return !['unreachable', 'certificate', 'unauthenticated', 'configuration'].includes(error.problem);
}

interface MapResult {
  readonly map?: Fields;
  readonly error?: ApiError;
}

async function readConfigMap(server: ApiServer, namespace: string, name: string): Promise<MapResult> {
  try {
    const map = fields(await server.get(`/api/v1/namespaces/${namespace}/configmaps/${name}`));
    return { map: { ...slimWhole(map) } };
  } catch (error) {
    if (!(error instanceof ApiError) || !isAboutKind(error)) throw error;
    return error.problem === 'not-found' ? {} : { error };
  }
}
