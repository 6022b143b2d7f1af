/** Clusters of every size but the usual two nodes: each comes up, is diagnosed from end to end, and leaves nothing. */
import { rmSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { differences, isEverythingBuilt, machineState, missing, stopCluster } from '../../lab/kubernetes/index.ts';
import { connect } from '../../src/k8s/client/connect.ts';
import { startLiveCluster, type LiveCluster } from './live-cluster.ts';

const why = missing(isEverythingBuilt());
const NAME = `sizes-${process.pid}`;

afterEach(async () => {
  if (why === undefined) await stopCluster(NAME);
});

interface Row {
  readonly nodes: number;
  /** Commands go by v4.channel.k8s.io, as before Kubernetes 1.30. */
  readonly passesWebSockets?: boolean;
}

/** Whether a command that reads its input to the end comes to its own: v4 can't say that there is no more. */
async function endsWithItsInput({ cluster }: LiveCluster): Promise<boolean> {
  const api = await connect({ file: cluster.kubeconfig, env: {} });
  const at = { namespace: 'shop', pod: 'client-1', container: 'shell' };
  try {
    await api.exec(at, ['cat'], { stdin: Buffer.from('text'), onStdout: () => {}, timeLimit: 5000 });
    return true;
  } catch (error) {
    expect(error).toMatchObject({ message: 'cat in shop/client-1 did not end in 5 s' });
    return false;
  } finally {
    api.close();
  }
}

describe('a cluster of', () => {
  it.for<Row>([{ nodes: 1, passesWebSockets: true }, { nodes: 3 }, { nodes: 4 }])(
    '$nodes nodes is diagnosed from its last node to its first',
    { timeout: 180_000 },
    async ({ nodes, passesWebSockets = false }, context) => {
      // what is missing on the machine to start a cluster, in words
      if (why !== undefined) context.skip(why);
      const before = await machineState(NAME);
      const live = await startLiveCluster({ name: NAME, nodes, passesWebSockets });
      const { cluster } = live;
      const names = Array.from({ length: nodes }, (_, index) => `node-${index + 1}`);
      const ready = await cluster.kubectl(['get', 'nodes', '--no-headers']);
      expect(ready.stdout.match(/^node-\d(?= +Ready )/gm)).toEqual(names);

      expect(await endsWithItsInput(live)).toBe(!passesWebSockets);

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
      rmSync(live.folder, { recursive: true });

      await cluster.stop();
      expect(differences(before, await machineState(NAME))).toEqual([]);
    },
  );
});

interface Answer {
  readonly verdict: string;
}
