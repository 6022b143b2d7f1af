/** Clusters of every size but the usual two nodes: each comes up, is diagnosed from end to end, and leaves nothing. */
import { afterEach, describe, expect, it } from 'vitest';
import { differences, isEverythingBuilt, machineState, missing, stopCluster } from '../../lab/kubernetes/index.ts';
import { startLiveCluster } from './live-cluster.ts';

const why = missing(isEverythingBuilt());
const NAME = `sizes-${process.pid}`;

afterEach(async () => {
  if (why === undefined) await stopCluster(NAME);
});

describe('a cluster of', () => {
  it.for([1, 3, 4])(
    '%i nodes is diagnosed from its last node to its first',
    { timeout: 180_000 },
    async (nodes, context) => {
      if (why !== undefined) context.skip(why);
      const before = await machineState(NAME);
      const live = await startLiveCluster({ name: NAME, nodes });
      const { cluster } = live;
      const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
      const ready = await cluster.kubectl(['get', 'nodes', '--no-headers']);
      expect(ready.stdout.match(/^node-\d(?= +Ready )/gm)).toEqual(names);

      const client = `shop/client-${nodes}`;
      const pods = await cluster.pods();
      const [to = ''] = pods.find(({ place }) => place === 'shop/solo')!.addresses;
      const probes = [8080, 81].map((port) => ({ from: client, to, port, protocol: 'tcp' as const }));
      const sockets = (await cluster.probe(probes)).map(({ result }) => result);
      const stdin = probes.map(({ port }) => JSON.stringify({ src: client, dst: 'shop/solo', port })).join('\n');
      const { stdout, stderr } = await live.skoop(['--queries', '-', '--save-bundle', 'all.skoop'], { stdin });
      expect(stderr).toMatch(/^(made namespace skoop .*\n)?(wrote .*\n)?$/);
      const answers = stdout
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Answer);
      expect({ sockets, answers: answers.map(({ verdict }) => verdict) }).toEqual({
        sockets: ['open', 'ECONNREFUSED'],
        answers: ['reachable', 'unreachable'],
      });
      // The packet is on both outermost nodes, which are one where there is one, and nowhere else.
      const shown = (await live.skoop(['--bundle', 'all.skoop', '-s', client, '-d', 'shop/solo', '-p', '8080'])).stdout;
      expect(shown.match(/^ {2}● node-\d/gm)).toEqual(
        [...new Set([names.at(-1)!, names[0]!])].map((name) => `  ● ${name}`),
      );
      expect(await live.leftovers()).toEqual([]);

      await cluster.stop();
      expect(differences(before, await machineState(NAME))).toEqual([]);
    },
  );
});

interface Answer {
  readonly verdict: string;
}
