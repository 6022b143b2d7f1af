/**
 * `npm run bench -- --big-cluster`: what it costs to take the objects of a cluster of 20,000 pods from a real API
 * server. Making them takes minutes, so this is not among the other measures. `--pods N` for another size.
 */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { missingForApiServer, startApiServer } from '../../lab/kubernetes/api-server-alone.ts';
import { fillCluster } from './fill-cluster.ts';
import { printMeasures } from './measure.ts';
import { medianOf } from './median.ts';
import type { Fetched } from './fetch-objects.ts';

const ROUNDS = 5;

const why = missingForApiServer();
if (why !== undefined) {
  console.error(`${why}: npm run cluster -- build makes it`);
  process.exit(1);
}
const pods = Number(process.argv[process.argv.indexOf('--pods') + 1] || 20_000) || 20_000;
const server = await startApiServer();
try {
  const started = performance.now();
  await fillCluster(server, pods);
  console.error(`${pods} pods made in ${((performance.now() - started) / 1000).toFixed(0)} s`);
  const kubeconfig = join(server.folder, 'admin.json');
  await writeFile(
    kubeconfig,
    JSON.stringify({
      clusters: [{ name: 'big', cluster: { server: server.url, 'certificate-authority': 'pki/ca.crt' } }],
      users: [{ name: 'admin', user: { 'client-certificate': 'pki/admin.crt', 'client-key': 'pki/admin.key' } }],
      contexts: [{ name: 'big', context: { cluster: 'big', user: 'admin' } }],
      'current-context': 'big',
    }),
  );
  const runs = Array.from({ length: ROUNDS }, () => fetchInProcess(kubeconfig));
  const of = (pick: (run: Fetched) => number): number => medianOf(runs.map(pick));
  console.log(
    printMeasures([
      {
        name: `objects of ${pods} pods: own processor time`,
        value: of((run) => run.cpuSeconds),
        unit: 's',
        limit: 3,
        better: 'less',
      },
      { name: 'until all are there', value: of((run) => run.seconds), unit: 's' },
      { name: 'most memory', value: of((run) => run.megabytes), unit: 'MiB', limit: 200, better: 'less' },
      { name: 'that is', value: of((run) => run.objects), unit: 'objects' },
    ]),
  );
} finally {
  await server.stop();
}

/** In a process of its own, whose memory and time are counted whole. */
function fetchInProcess(kubeconfig: string): Fetched {
  const script = fileURLToPath(new URL('../../node_modules/.cache/bench/fetch-objects.mjs', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, [script, kubeconfig], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`fetch-objects ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as Fetched;
}
