/** A cluster for a script: the one that SKOOP_E2E_CLUSTER names, or one of its own that ends with it. */
import { attachCluster, type RunningCluster } from './running-cluster.ts';
import { startCluster } from './up.ts';

export async function withCluster(purpose: string, use: (cluster: RunningCluster) => Promise<void>): Promise<void> {
  const running = process.env['SKOOP_E2E_CLUSTER'];
  const cluster =
    running === undefined
      ? await startCluster({ name: `${purpose}-${process.pid}`, endsWithOwner: true })
      : await attachCluster(running);
  try {
    await use(cluster);
  } finally {
    if (running === undefined) await cluster.stop();
    else await cluster.close();
  }
}
