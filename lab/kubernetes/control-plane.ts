/** etcd, the API server, the controller manager and the scheduler, in the control plane's network namespace. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { API_PORT, CLUSTER_CIDRS, CONTROL_PLANE, SERVICE_CIDRS } from './addresses.ts';
import { openApi, type Api } from './api.ts';
import type { Built } from './build/everything.ts';
import { CERTIFICATES, INSIDE_URL, kubeconfigPath, urlAt, writeKubeconfig } from './kubeconfig.ts';
import { netnsPath } from './machines.ts';
import type { FeatureGates } from './node-config.ts';
import { startDaemon, until, type Daemon } from './processes.ts';
import { folderOf } from './state.ts';

const ETCD_URL = 'http://127.0.0.1:2379';

export interface ControlPlane {
  readonly api: Api;
  readonly port: number;
  readonly daemons: readonly Daemon[];
}

export async function startControlPlane(cluster: string, programs: Built, gates: FeatureGates): Promise<ControlPlane> {
  const folder = folderOf(cluster);
  const netns = netnsPath(cluster, 'control-plane');
  const inside = (name: string, argv: readonly string[]): Daemon =>
    startDaemon(cluster, name, ['nsenter', `--net=${netns}`, ...argv]);
  const program = (name: string): string => join(programs.kubernetes, name);

  await mkdir(join(folder, 'etcd'), { recursive: true, mode: 0o700 });
  await writeFile(auditPolicyPath(folder), JSON.stringify(AUDIT_POLICY));
  const etcd = inside('etcd', [programs.etcd, ...etcdFlags(folder)]);
  const apiserver = inside('kube-apiserver', [
    program('kube-apiserver'),
    ...apiserverFlags(folder),
    ...gateFlags(gates),
  ]);
  const portFile = join(folder, 'port');
  const script = fileURLToPath(new URL('forward.py', import.meta.url));
  const forward = ['/usr/bin/python3', '-I', script, netns, CONTROL_PLANE.ipv4, String(API_PORT), portFile];
  const forwarder = startDaemon(cluster, 'forwarder', forward);

  const port = Number(await until('a port for the API server', async () => readFile(portFile, 'utf8'), [forwarder]));
  const admin = { cluster, user: 'kubernetes-admin', credentials: { certificate: 'admin' } };
  await writeKubeconfig('admin', { ...admin, url: urlAt(port) });
  await writeKubeconfig('admin-inside', { ...admin, url: INSIDE_URL });
  const api = await openApi(cluster, port);
  await until('the API server', async () => api.text('/readyz'), [etcd, apiserver]);

  const clients = ['controller-manager', 'scheduler'] as const;
  for (const name of clients)
    await writeKubeconfig(name, { cluster, url: INSIDE_URL, user: name, credentials: { certificate: name } });
  const config = (name: string): string => `--kubeconfig=${kubeconfigPath(cluster, name)}`;
  const manager = inside('kube-controller-manager', [
    program('kube-controller-manager'),
    config('controller-manager'),
    ...managerFlags(folder),
  ]);
  const scheduler = inside('kube-scheduler', [program('kube-scheduler'), config('scheduler'), '--leader-elect=false']);
  return { api, port, daemons: [etcd, apiserver, forwarder, manager, scheduler] };
}

const etcdFlags = (folder: string): string[] => [
  `--data-dir=${folder}/etcd`,
  `--listen-client-urls=${ETCD_URL}`,
  `--advertise-client-urls=${ETCD_URL}`,
  '--listen-peer-urls=http://127.0.0.1:2380',
  // nobody restores this cluster after a power cut
  '--unsafe-no-fsync',
];

function gateFlags(gates: FeatureGates): readonly string[] {
  const words = Object.entries(gates).map(([name, isOn]) => `${name}=${isOn}`);
  return words.length === 0 ? [] : [`--feature-gates=${words.join(',')}`];
}

function apiserverFlags(folder: string): string[] {
  const pki = join(folder, CERTIFICATES);
  return [
    `--etcd-servers=${ETCD_URL}`,
    `--bind-address=${CONTROL_PLANE.ipv4}`,
    `--advertise-address=${CONTROL_PLANE.ipv4}`,
    `--secure-port=${API_PORT}`,
    `--tls-cert-file=${pki}/apiserver.crt`,
    `--tls-private-key-file=${pki}/apiserver.key`,
    `--client-ca-file=${pki}/ca.crt`,
    `--kubelet-client-certificate=${pki}/apiserver-kubelet-client.crt`,
    `--kubelet-client-key=${pki}/apiserver-kubelet-client.key`,
    `--kubelet-certificate-authority=${pki}/ca.crt`,
    '--kubelet-preferred-address-types=InternalIP',
    `--service-account-key-file=${pki}/sa.pub`,
    `--service-account-signing-key-file=${pki}/sa.key`,
    '--service-account-issuer=https://kubernetes.default.svc.cluster.local',
    `--service-cluster-ip-range=${SERVICE_CIDRS}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--allow-privileged=true',
    `--audit-policy-file=${auditPolicyPath(folder)}`,
    `--audit-log-path=${join(folder, AUDIT_LOG)}`,
  ];
}

const auditPolicyPath = (folder: string): string => join(folder, 'audit-policy.json');
/** In the cluster's folder: one event a line, of the requests that AUDITED makes. */
export const AUDIT_LOG = 'audit.log';
/** A service account whose requests are written down, for who counts them; of others that would be a log of everything. */
export const AUDITED = 'default/ann';
const AUDIT_POLICY = {
  apiVersion: 'audit.k8s.io/v1',
  kind: 'Policy',
  omitStages: ['RequestReceived', 'ResponseStarted'],
  rules: [{ level: 'Metadata', users: [`system:serviceaccount:${AUDITED.replace('/', ':')}`] }, { level: 'None' }],
};

function managerFlags(folder: string): string[] {
  const pki = join(folder, CERTIFICATES);
  return [
    '--leader-elect=false',
    '--allocate-node-cidrs=true',
    `--cluster-cidr=${CLUSTER_CIDRS}`,
    `--service-cluster-ip-range=${SERVICE_CIDRS}`,
    '--use-service-account-credentials=true',
    // a test waits for it; 50 s is what it is where nobody does
    '--node-monitor-grace-period=20s',
    `--service-account-private-key-file=${pki}/sa.key`,
    // without it no pod could verify the API server
    `--root-ca-file=${pki}/ca.crt`,
  ];
}
