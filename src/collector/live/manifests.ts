/** The objects that a diagnosis makes: a pod that may look at its node, the Job that ends it, and the agent. */
import { AGENT_NAME, CONTAINER, LABELS, labelsOf } from './labels.ts';

export type Manifest = Readonly<Record<string, unknown>>;

export interface CollectorImage {
  readonly image: string;
  readonly pullPolicy: string;
}

/**
 * What collect.sh needs on a node, each right with its reason; all others are dropped. Each was taken away on a real
 * node to see what is missed then.
 */
export const CAPABILITIES = [
  // setns(2) into the pods' network namespaces. Without: only the host's namespace is seen.
  'SYS_ADMIN',
  // /proc/PID/ns, /proc/PID/root and /proc/PID/cgroup of other processes. Without: no pod's namespace is found.
  'SYS_PTRACE',
  // The kernel shows rules, sets and connections to nobody else (nft, iptables-nft, ipset, conntrack, xfrm).
  'NET_ADMIN',
  // iptables-legacy asks by a raw socket; ping of --probe.
  'NET_RAW',
  // The node's own tools (chroot /proc/1/root) where the image has none.
  'SYS_CHROOT',
] as const;

/** What a collector's pod is on its node. `seconds`: it ends by itself then; absent: it stays. */
export function podSpec(image: CollectorImage, seconds?: number): Manifest {
  return {
    // The processes of the node, to find the namespaces; its network, as the pods' network may be what is broken.
    hostPID: true,
    hostNetwork: true,
    restartPolicy: seconds === undefined ? 'Always' : 'Never',
    ...(seconds === undefined ? {} : { activeDeadlineSeconds: seconds }),
    // Nothing to say to the API server.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    // It only sleeps: there is nothing to end in order.
    terminationGracePeriodSeconds: 0,
    // A node that is tainted is a node that is asked about.
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: CONTAINER,
        image: image.image,
        imagePullPolicy: image.pullPolicy,
        command: ['sh', '-c', seconds === undefined ? 'while :; do sleep 3600; done' : `sleep ${seconds}`],
        env: [{ name: 'TMPDIR', value: '/tmp' }],
        // No request: a full node must still take it. The limit keeps a node with very many namespaces safe.
        resources: { requests: { cpu: '0', memory: '0' }, limits: { memory: '1Gi' } },
        securityContext: {
          privileged: false,
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          // Of a container, root without the rights above is little; other users can't have them.
          runAsUser: 0,
          runAsNonRoot: false,
          capabilities: { drop: ['ALL'], add: [...CAPABILITIES] },
          seccompProfile: { type: 'RuntimeDefault' },
          // The profiles for containers forbid to look at other processes, which is all that this one does.
          appArmorProfile: { type: 'Unconfined' },
          seLinuxOptions: { type: 'spc_t' },
        },
        // What collect.sh writes meanwhile: in memory, gone with the pod.
        volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
      },
    ],
    volumes: [{ name: 'tmp', emptyDir: { medium: 'Memory' } }],
  };
}

export interface RunIdentity {
  readonly namespace: string;
  readonly run: string;
  readonly starter: string;
}

/**
 * A Job without pods of its own: its deadline and its time to live end what it owns. Pods are made beside it and not
 * by it, as a refusal is then the answer to our request and not an event that somebody has to find.
 */
export function timerJob(identity: RunIdentity, name: string, seconds: number): Manifest {
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: metaOf(identity, name),
    spec: {
      parallelism: 0,
      backoffLimit: 0,
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: 0,
      template: {
        metadata: { labels: labelsOf('collector') },
        spec: { restartPolicy: 'Never', automountServiceAccountToken: false, containers: [NEVER_RUN] },
      },
    },
  };
}

/** A Job must have a template. */
const NEVER_RUN = { name: 'none', image: 'none', resources: { limits: { cpu: '1m', memory: '1Mi' } } };

export interface Owner {
  readonly name: string;
  readonly uid: string;
}

/** Bound to its node without the scheduler, which may be what is broken. */
export function collectorPod(
  identity: RunIdentity,
  owner: Owner,
  at: { readonly node: string; readonly number: number; readonly seconds: number; readonly image: CollectorImage },
): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...metaOf(identity, `skoop-${identity.run}-${at.number}`),
      // Not its controller: the Job must neither count it nor replace it.
      ownerReferences: [{ apiVersion: 'batch/v1', kind: 'Job', name: owner.name, uid: owner.uid, controller: false }],
    },
    spec: { nodeName: at.node, ...podSpec(at.image, at.seconds) },
  };
}

function metaOf({ namespace, run, starter }: RunIdentity, name: string): Manifest {
  return { name, namespace, labels: { ...labelsOf('collector'), [LABELS.run]: run, [LABELS.starter]: starter } };
}

/** A pod on every node that only sleeps until a diagnosis runs the script in it. Nothing listens. */
export function agentDaemonSet(namespace: string, image: CollectorImage, version: string): Manifest {
  const labels = labelsOf('agent');
  return {
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: { name: AGENT_NAME, namespace, labels: { ...labels, [LABELS.version]: version } },
    spec: {
      selector: { matchLabels: { [LABELS.name]: labels[LABELS.name], [LABELS.component]: labels[LABELS.component] } },
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '100%' } },
      template: { metadata: { labels: { ...labels, [LABELS.version]: version } }, spec: podSpec(image) },
    },
  };
}

/** Pod Security lets pods with these rights run in namespaces with this label only. */
export function collectorNamespace(name: string): Manifest {
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { [LABELS.managedBy]: 'skoop', 'pod-security.kubernetes.io/enforce': 'privileged' },
    },
  };
}
