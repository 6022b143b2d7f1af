/** Every right that asking a running cluster takes, with its reason. deploy/rbac.yaml is held against this table by a test. */

export interface Right {
  readonly verb: string;
  readonly group: string;
  /** With the subresource: `pods/exec`. */
  readonly resource: string;
  /** In the whole cluster, or in the collector's namespace. */
  readonly scope: 'cluster' | 'collector';
  /** Without it no diagnosis; else one that knows less. */
  readonly isNeeded: boolean;
  readonly reason: string;
  /** Of this object only. */
  readonly name?: { readonly namespace: string; readonly name: string };
}

const read = (group: string, resource: string, reason: string, isNeeded = false): Right => ({
  verb: 'list',
  group,
  resource,
  scope: 'cluster',
  isNeeded,
  reason,
});

const collect = (verb: string, group: string, resource: string, reason: string): Right => ({
  verb,
  group,
  resource,
  scope: 'collector',
  isNeeded: true,
  reason,
});

export const RIGHTS: readonly Right[] = [
  read('', 'pods', 'names and addresses of pods, and their nodes', true),
  read('', 'nodes', 'addresses of nodes, and whether they are ready', true),
  read('', 'services', 'names and addresses of services', true),
  read('discovery.k8s.io', 'endpointslices', 'what is behind a service', true),
  read('', 'namespaces', 'names such as web.shop'),
  ...[
    ['kube-system', 'kube-proxy'],
    ['kube-system', 'kubeadm-config'],
    ['kube-flannel', 'kube-flannel-cfg'],
  ].map(([namespace = '', name = '']): Right => ({
    ...read('', 'configmaps', "the network plugin's and kube-proxy's configuration"),
    verb: 'get',
    name: { namespace, name },
  })),
  read('apps', 'daemonsets', 'which network plugin and proxy run'),
  read('apps', 'deployments', 'names such as deploy/web'),
  read('apps', 'replicasets', 'names such as deploy/web'),
  read('apps', 'statefulsets', 'names such as sts/db'),
  read('batch', 'jobs', 'names such as job/backup'),
  read('networking.k8s.io', 'networkpolicies', 'policies that may mean to stop a packet'),
  read('networking.k8s.io', 'servicecidrs', "the services' address blocks"),
  read('networking.k8s.io', 'ipaddresses', 'the same, by the addresses in use'),
  collect('create', 'batch', 'jobs', 'the Job that removes collector pods whatever happens'),
  collect('delete', 'batch', 'jobs', 'to clean up at once'),
  collect('create', '', 'pods', 'a collector pod on each node on the path'),
  collect('watch', '', 'pods', 'to know when it runs'),
  collect('delete', '', 'pods', 'to clean up at once'),
  collect('create', '', 'pods/exec', 'to run the collector script in it'),
  collect('get', '', 'pods/exec', 'the same: the connection for it'),
];

export function describeRight({ verb, group, resource, scope, name }: Right, namespace: string): string {
  if (name !== undefined) return `${verb} ${resource} ${name.namespace}/${name.name}`;
  const what = `${verb} ${resource}${group === '' ? '' : `.${group}`}`;
  return scope === 'cluster' ? `${what} in all namespaces` : `${what} in namespace ${namespace}`;
}
