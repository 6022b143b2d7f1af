/** Takes all objects of the cluster of a kubeconfig, and prints what that cost this process. */
import { connect } from '../../src/k8s/client/connect.ts';
import { fetchClusterObjects } from '../../src/k8s/client/cluster-objects.ts';

export interface Fetched {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly megabytes: number;
  readonly objects: number;
}

const started = performance.now();
const server = await connect({ file: process.argv[2], env: {} });
const { objects, missing } = await fetchClusterObjects(server);
server.close();
if (missing.length > 0) throw missing[0]!.error;
const { user, system } = process.cpuUsage();
const fetched: Fetched = {
  seconds: (performance.now() - started) / 1000,
  cpuSeconds: (user + system) / 1e6,
  megabytes: process.resourceUsage().maxRSS / 1024,
  objects: Object.values(objects).reduce((sum, items) => sum + items.length, 0),
};
console.log(JSON.stringify(fetched));
