/**
 * Seconds from Enter to verdict on a real cluster of two nodes: with collector pods, with the agent, and beside them the
 * commands that a person would type; the same once there are 500 pods and 200 services; and what the collector costs a
 * node. `npm run build && npx tsx scripts/bench/live.ts`; `--small` leaves the 500 pods out. SKOOP_E2E_CLUSTER names a
 * cluster that runs already, of which the pods stay.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { withCluster, type RunningCluster } from '../../lab/kubernetes/index.ts';
import { costOfCollector } from './collector-cost.ts';
import { addCrowd } from './crowd.ts';
import { medianOf } from './median.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/skoop.cjs', import.meta.url));
const QUESTION = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', '80'];
const IMAGE = '--collector-image=localhost/lab/tools:1';
const ROUNDS = 7;
const CROWD = { pods: 500, services: 200, perNode: 100 };

/** What one looks at by hand: where the pod is, the service, its endpoints, and routes, links and rules on both nodes. */
const BY_HAND = [
  'get pod client-2 -o wide',
  'get service web -o yaml',
  'get endpointslices -l kubernetes.io/service-name=web -o yaml',
  'exec client-2 -- ip route',
  'exec ds/host-web -- ip route',
  'exec ds/host-web -- ip -d link',
] as const;

async function measureIn(cluster: RunningCluster): Promise<void> {
  const ask = async (...words: readonly string[]): Promise<void> => {
    const { status, stderr } = await run(process.execPath, [PROGRAM, ...words], cluster.kubeconfig);
    if (status !== 0) throw new Error(stderr);
  };
  // Before there are nodes that no pod of it can run on.
  await ask('agent', 'install', IMAGE);
  const measure = async (where: string): Promise<void> => {
    await report(`${where}, with collector pods`, () => ask(...QUESTION, IMAGE, '--agent=never', '--exit-code'));
    await report(`${where}, with the agent`, () => ask(...QUESTION, '--agent=only', '--exit-code'));
    await report(`${where}, six kubectl commands by hand, without reading them`, () => byHand(cluster));
    for (const line of await costOfCollector(cluster)) console.log(`${where}, ${line}`);
  };
  await measure('small');
  if (process.argv.includes('--small')) return;
  const crowd = await addCrowd(cluster, CROWD);
  const { running, described, describedNodes } = crowd;
  console.log(
    `500 pods and 200 services: ${running} pods more run, ${described} are objects on ${describedNodes} nodes that are objects`,
  );
  try {
    await measure('500 pods');
  } finally {
    crowd.stop();
  }
}

async function byHand(cluster: RunningCluster): Promise<void> {
  const kubectl = cluster.kubectlArgv(['-n', 'shop']);
  for (const line of BY_HAND) await run(kubectl[0]!, [...kubectl.slice(1), ...line.split(' ')], cluster.kubeconfig);
}

/** Not synchronous: the nodes without a kubelet must tell that they live meanwhile. */
async function run(
  program: string,
  words: readonly string[],
  kubeconfig: string,
): Promise<{ readonly status: number | null; readonly stderr: string }> {
  const child = spawn(program, words, {
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stderr };
}

async function report(what: string, work: () => Promise<void>): Promise<void> {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const began = performance.now();
    await work();
    times.push((performance.now() - began) / 1000);
  }
  const seconds = (value: number): string => value.toFixed(2);
  console.log(`${what}: median ${seconds(medianOf(times))} s, best ${seconds(Math.min(...times))} s of ${ROUNDS}`);
}

await withCluster('bench', measureIn);
