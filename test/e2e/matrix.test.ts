/** Everything is asked of a real Kubernetes, healthy and with faults made in it: skoop must say what the sockets get. */
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { FAULTS, isMended, openScene, runFault, type Fault, type Scene } from '../../lab/kubernetes/faults/index.ts';
import {
  isEverythingBuilt,
  missing,
  startCluster,
  stopCluster,
  type ClusterOptions,
  type RunningCluster,
} from '../../lab/kubernetes/index.ts';
import { matrixSummary, runMatrix } from '../../lab/kubernetes/matrix/index.ts';

const why = missing(isEverythingBuilt());
const skipUnlessPossible = (context: TestContext): void => {
  if (why !== undefined) context.skip(why);
};

const NAME = `matrix-${process.pid}`;
const WIRINGS: readonly ClusterOptions[] = [
  { proxy: 'iptables', flannel: 'vxlan' },
  { proxy: 'nftables', flannel: 'host-gw' },
];
const OTHERS: readonly ClusterOptions[] = [
  { proxy: 'iptables', flannel: 'host-gw' },
  { proxy: 'nftables', flannel: 'vxlan' },
];

const say = (line: string): void => void process.stderr.write(`${line}\n`);

describe.each([...WIRINGS, ...(process.env['WIRINGS'] === 'all' ? OTHERS : [])])(
  'kube-proxy $proxy and flannel $flannel',
  (wiring) => {
    let cluster: RunningCluster;
    let scene: Scene;
    let fault: Fault | undefined;
    beforeAll(async () => {
      if (why !== undefined) return;
      cluster = await startCluster({ name: NAME, endsWithOwner: true, ...wiring });
      scene = await openScene(cluster);
    });
    afterEach(async () => {
      if (fault !== undefined) await isMended(scene, fault);
      fault = undefined;
    });
    afterAll(async () => {
      if (why === undefined) await stopCluster(NAME);
    });

    it('answers every question as the kernel does', { timeout: 300_000 }, async (context) => {
      skipUnlessPossible(context);
      const result = await runMatrix(cluster);
      say(`${wiring.proxy} × ${wiring.flannel}: ${matrixSummary(result)}`);
      expect(result.disagreements.map(({ line }) => line)).toEqual([]);
      expect(result.probes).toBeGreaterThan(2500);
    });

    describe('with a fault:', { timeout: 300_000 }, () => {
      const rows = FAULTS.filter(({ only }) => only?.(wiring) ?? true);
      it.for(rows)('$name', async (row, context) => {
        skipUnlessPossible(context);
        fault = row;
        const [v4, v6] = await runFault(scene, row);
        for (const [family, found] of [
          [4, v4!],
          [6, v6!],
        ] as const) {
          const { judgement, result, path, findings } = found;
          say(
            `${wiring.proxy} × ${wiring.flannel}: ${row.name}: v${family} ${result.result}, ${path.verdict} (${path.reason}), ${judgement.kind}`,
          );
          expect(result.result === 'open', `v${family} is served: ${result.result}`).toBe(row.isServed !== undefined);
          // until native nftables is evaluated, all that it sees is open
          if (findings.has('NFT_NOT_UNDERSTOOD')) expect(judgement.kind).toBe('undetermined');
          else {
            expect(judgement).toMatchObject({ kind: row.isUnknown === undefined ? 'agree' : 'undetermined' });
            expect([...findings]).toContain(row.finds);
          }
        }
      });
    });
  },
);
