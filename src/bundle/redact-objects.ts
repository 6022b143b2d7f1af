/** Leaves of each Kubernetes object what is about the network. */
import type { KubernetesObject } from './objects-input.ts';
import { isRecord } from './manifest.ts';
import { hideCredentials, isCredential, withoutCredentials } from './redact-credentials.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Annotations that say something about the network, by the domain of their name. */
const NETWORK_ANNOTATIONS =
  /^(?:kubernetes\.io\/config\.(?:hash|source|mirror)|(?:.+\.)?(?:flannel|cni|projectcalico|cilium|kube-router|weave|antrea|ovn|k8s\.ovn|kube-ovn|multus|networking|network|k3s|rke2)\b[^/]*\/.+|service\.(?:beta\.)?kubernetes\.io\/.+|endpoints\.kubernetes\.io\/.+|k8s\.v1\.cni\.cncf\.io\/.+|node\.alpha\.kubernetes\.io\/.+)$/;

/** ConfigMaps that configure the network; of all others only the name stays. */
const NETWORK_CONFIGMAPS =
  /flannel|kube-proxy|kubeadm-config|calico|cilium|coredns|kube-router|antrea|weave|canal|nodelocaldns|metallb/;
/** Files in a network's ConfigMap that are credentials as a whole. */
const CREDENTIAL_FILES = /kubeconfig|\.key$|\.pem$|\.crt$|etcd_ca|etcd_cert|etcd_key/i;
/** Named by a network's domain, and the environment of a program all the same. */
const ENVIRONMENT = /\/node-env$/;

const CONTAINER_FIELDS = ['name', 'ports', 'restartPolicy'];
const POD_FIELDS = [
  'nodeName',
  'hostNetwork',
  'hostAliases',
  'dnsPolicy',
  'dnsConfig',
  'hostname',
  'subdomain',
  'readinessGates',
  'runtimeClassName',
  'overhead',
  'securityContext',
  'terminationGracePeriodSeconds',
  'nodeSelector',
  'tolerations',
  'schedulerName',
  'hostPID',
];
const TEMPLATED = new Set(['DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet', 'Job', 'ReplicationController']);
/** Their arguments are where a network's and a proxy's settings stand (`--iface`, `--ip-masq`). */
const NETWORK_PROGRAMS = /flannel|kube-proxy|calico|cilium|kube-router|antrea|weave|coredns|aws-node|canal/;

/** Kinds that are kept whatever their API group is; of others those of a network's group. */
const KEPT_KINDS = new Set([
  'Node',
  'Pod',
  'Service',
  'Endpoints',
  'EndpointSlice',
  'Namespace',
  'ConfigMap',
  'NetworkPolicy',
  'ServiceCIDR',
  'IPAddress',
  ...TEMPLATED,
]);
const NETWORK_GROUPS =
  /^(?:.+\.)?(?:networking\.k8s\.io|projectcalico\.org|cilium\.io|cni\.cncf\.io|metallb\.io|ovn\.org|kubeovn\.io|antrea\.io|kube-router\.io|submariner\.io|vpcresources\.k8s\.aws|eni\.amazonaws\.com)\//;

/** What `--redact` keeps of one object; undefined where nothing of it is about the network. */
export function redactObject(object: KubernetesObject): KubernetesObject | undefined {
  const group = typeof object['apiVersion'] === 'string' ? object['apiVersion'].slice(0, 320) : '';
  if (!KEPT_KINDS.has(object.kind) && !NETWORK_GROUPS.test(group)) return undefined;
  const metadata = redactMetadata(object.metadata);
  switch (object.kind) {
    case 'Pod':
      return {
        ...object,
        metadata,
        spec: redactPodSpec(object['spec'], nameOf(object)),
        status: redactPodStatus(object['status']),
      };
    case 'ConfigMap':
      return redactConfigMap(object, metadata);
    case 'Node':
      return {
        ...object,
        metadata,
        status: omit(object['status'], NODE_DETAILS),
      };
    default:
      return TEMPLATED.has(object.kind)
        ? { ...object, metadata, spec: redactTemplate(object['spec'], nameOf(object)) }
        : { ...(withoutCredentials(object) as KubernetesObject), metadata };
  }
}

const NODE_DETAILS = [
  'images',
  'nodeInfo.machineID',
  'nodeInfo.systemUUID',
  'nodeInfo.bootID',
  'volumesInUse',
  'volumesAttached',
  'config',
];

function redactMetadata(metadata: Fields): Fields {
  const { managedFields: _fields, annotations, ...rest } = metadata;
  if (!isRecord(annotations)) return rest;
  return {
    ...rest,
    annotations: Object.fromEntries(
      Object.entries(annotations).filter(
        ([name]) =>
          name.length < 320 && NETWORK_ANNOTATIONS.test(name) && !isCredential(name) && !ENVIRONMENT.test(name),
      ),
    ),
  };
}

function redactPodSpec(spec: unknown, owner: string): Fields {
  if (!isRecord(spec)) return {};
  const containers = (key: string): Fields =>
    Array.isArray(spec[key]) ? { [key]: spec[key].map((item: unknown) => redactContainer(item, owner)) } : {};
  return { ...pick(spec, POD_FIELDS), ...containers('containers'), ...containers('initContainers') };
}

function redactContainer(container: unknown, owner: string): Fields {
  if (!isRecord(container)) return {};
  const isNetwork = NETWORK_PROGRAMS.test(owner);
  const probes = ['readinessProbe', 'livenessProbe', 'startupProbe'].flatMap((key) =>
    isRecord(container[key]) ? [[key, redactProbe(container[key])]] : [],
  );
  return {
    ...pick(container, isNetwork ? [...CONTAINER_FIELDS, 'command', 'args'] : CONTAINER_FIELDS),
    ...Object.fromEntries(probes),
  };
}

/** Where a probe goes is about the network, what it carries is not. */
function redactProbe(probe: Fields): Fields {
  const { exec: _exec, httpGet, ...rest } = probe;
  return isRecord(httpGet) ? { ...rest, httpGet: pick(httpGet, ['port', 'scheme', 'host']) } : rest;
}

function redactPodStatus(status: unknown): Fields {
  return isRecord(status)
    ? pick(status, ['phase', 'conditions', 'podIP', 'podIPs', 'hostIP', 'hostIPs', 'startTime', 'qosClass'])
    : {};
}

function redactTemplate(spec: unknown, owner: string): Fields {
  if (!isRecord(spec)) return {};
  const { template, volumeClaimTemplates: _volumes, ...rest } = spec;
  if (!isRecord(template)) return rest;
  const metadata = isRecord(template['metadata']) ? redactMetadata(template['metadata']) : {};
  return { ...rest, template: { metadata, spec: redactPodSpec(template['spec'], owner) } };
}

function redactConfigMap(object: KubernetesObject, metadata: Fields): KubernetesObject {
  const { data, binaryData: _binary, ...rest } = object;
  const isKept = NETWORK_CONFIGMAPS.test(nameOf(object)) && isRecord(data);
  const kept = isKept ? Object.entries(data).filter(([key]) => !CREDENTIAL_FILES.test(key) && !isCredential(key)) : [];
  const shown = kept.map(([key, text]) => [key, typeof text === 'string' ? hideCredentials(text) : text]);
  return { ...rest, kind: object.kind, metadata, data: Object.fromEntries(shown) };
}

function nameOf(object: KubernetesObject): string {
  return String(object.metadata['name']);
}

function pick(fields: Fields, keys: readonly string[]): Fields {
  return Object.fromEntries(keys.flatMap((key) => (fields[key] === undefined ? [] : [[key, fields[key]]])));
}

/** Without the named fields; `a.b` is the field b of a. */
function omit(fields: unknown, keys: readonly string[]): unknown {
  if (!isRecord(fields)) return fields;
  const rest: Record<string, unknown> = { ...fields };
  for (const key of keys) {
    const [outer = '', inner] = key.split('.');
    if (inner === undefined) delete rest[outer];
    else if (isRecord(rest[outer])) rest[outer] = omit(rest[outer], [inner]);
  }
  return rest;
}
