/**
 * Seconds from Enter to verdict on a real cluster of two nodes: with collector pods, with the agent, and beside them the
 * commands that a person would type. `npm run build && npx tsx scripts/bench/live.ts`; SKOOP_E2E_CLUSTER names a cluster that runs already.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { attachCluster, startCluster, type RunningCluster } from '../../lab/kubernetes/index.ts';
import { medianOf } from './median.ts';

const PROGRAM = fileURLToPath(new URL('../../dist/skoop.cjs', import.meta.url));
const QUESTION = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', '80'];
const IMAGE = '--collector-image=localhost/lab/tools:1';
const ROUNDS = 7;

/** What one looks at by hand: where the pod is, the service, its endpoints, and routes, links and rules on both nodes. */
const BY_HAND = [
  'get pod client-2 -o wide',
  'get service web -o yaml',
  'get endpointslices -l kubernetes.io/service-name=web -o yaml',
  'exec client-2 -- ip route',
  'exec ds/host-web -- ip route',
  'exec ds/host-web -- ip -d link',
] as const;

async function measureLive(): Promise<void> {
  const running = process.env['SKOOP_E2E_CLUSTER'];
  const cluster =
    running === undefined
      ? await startCluster({ name: `bench-${process.pid}`, endsWithOwner: true })
      : await attachCluster(running);
  try {
    await measureIn(cluster);
  } finally {
    if (running === undefined) await cluster.stop();
    else await cluster.close();
  }
}

async function measureIn(cluster: RunningCluster): Promise<void> {
  const ask = (...words: readonly string[]): void => {
    const { status, stderr } = spawnSync(process.execPath, [PROGRAM, ...words], {
      env: { ...process.env, KUBECONFIG: cluster.kubeconfig },
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
  };
  report('with collector pods', () => ask(...QUESTION, IMAGE, '--agent=never', '--exit-code'));
  ask('agent', 'install', IMAGE);
  report('with the agent', () => ask(...QUESTION, '--agent=only', '--exit-code'));
  ask('agent', 'uninstall');
  const kubectl = cluster.kubectlArgv(['-n', 'shop']);
  report('six kubectl commands by hand, without reading them', () => {
    for (const line of BY_HAND) spawnSync(kubectl[0]!, [...kubectl.slice(1), ...line.split(' ')]);
  });
}

function report(what: string, work: () => void): void {
  const times = Array.from({ length: ROUNDS }, () => {
    const began = performance.now();
    work();
    return (performance.now() - began) / 1000;
  });
  const seconds = (value: number): string => value.toFixed(2);
  console.log(`${what}: median ${seconds(medianOf(times))} s, best ${seconds(Math.min(...times))} s of ${ROUNDS}`);
}

await measureLive();
