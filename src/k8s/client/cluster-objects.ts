/** temp */
import type { ApiServer } from './api-server.ts';
import type { KubeObjects } from '../ip-cache.ts';
const P: Record<string,string> = { Node:'/api/v1/nodes', Pod:'/api/v1/pods', Service:'/api/v1/services', EndpointSlice:'/apis/discovery.k8s.io/v1/endpointslices', Namespace:'/api/v1/namespaces', ConfigMap:'/api/v1/configmaps', DaemonSet:'/apis/apps/v1/daemonsets', Deployment:'/apis/apps/v1/deployments', ReplicaSet: '/apis/apps/v1/replicasets', NetworkPolicy:'/apis/networking.k8s.io/v1/networkpolicies', ServiceCIDR:'/apis/networking.k8s.io/v1/servicecidrs' };
export async function clusterObjects(api: ApiServer): Promise<{ objects: KubeObjects; notes: readonly string[] }> {
  const rows = await Promise.all(Object.entries(P).map(async ([kind, path]) => [kind, await api.list(path, (x) => ({ kind, apiVersion: path.startsWith('/api/') ? 'v1' : path.split('/').slice(2,4).join('/'), ...x }))] as const));
  return { objects: Object.fromEntries(rows), notes: [] };
}
