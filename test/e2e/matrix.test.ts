/** Everything is asked of a real Kubernetes, healthy and with faults made in it: skoop must say what the sockets get. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { ProbeResult } from '../../lab/engine.ts';
import { FAULTS, isMended, openScene, runFault, type Fault, type Scene } from '../../lab/kubernetes/faults/index.ts';
import {
  isEverythingBuilt,
  missing,
  startCluster,
  stopCluster,
  type ClusterOptions,
  type RunningCluster,
} from '../../lab/kubernetes/index.ts';
import {
  askBundle,
  askLive,
  matrixSummary,
  objectsOf,
  observe,
  questions,
  runMatrix,
  sample,
  typed,
  type Answer,
} from '../../lab/kubernetes/matrix/index.ts';

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

describe.each([...WIRINGS, ...(process.env['SKOOP_E2E_WIRINGS'] === 'all' ? OTHERS : [])])(
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
      for (const line of result.unsteady) say(`unsteady: ${line}`);
      say(`${wiring.proxy} × ${wiring.flannel}: ${matrixSummary(result)}`);
      expect(result.disagreements.map(({ line }) => line)).toEqual([]);
      expect(result.probes).toBeGreaterThan(2500);
      // only what leaves the cluster and what a server chooses is open
      expect(new Set(result.undetermined.map(({ reason }) => reason))).toEqual(new Set(['outside', 'unknown-rule']));
      expect(result.undetermined.length).toBeLessThan(0.15 * result.probes);
    });

    it(
      'gives the same answers live, by the command line, and from the bundle of that moment',
      { timeout: 300_000 },
      async (context) => {
        skipUnlessPossible(context);
        const folder = await mkdtemp(join(tmpdir(), 'skoop-matrix-'));
        const asked = sample(questions(typed(await objectsOf(cluster))));
        const live = await askLive(cluster, asked, join(folder, 'live.skoop'));
        const kept = await askBundle(asked, join(folder, 'live.skoop'));
        await rm(folder, { recursive: true });
        expect(live).toHaveLength(asked.length);
        for (const [index, { question }] of asked.entries())
          expect(live[index]!.line, JSON.stringify(question)).toBe(kept[index]!.line);
        const { observations } = await observe(cluster, asked);
        const wrong = observations.flatMap(({ probe, results }, index) =>
          isSaid(live[index]!, results) ? [] : [{ ...probe.question, ...live[index], results }],
        );
        expect(wrong).toEqual([]);
        const count = (verdict: string): number => live.filter((answer) => answer.verdict === verdict).length;
        say(
          `${wiring.proxy} × ${wiring.flannel}, live: ${asked.length} questions, ${count('reachable')} reachable, ${count('unreachable')} unreachable, ${count('undetermined')} undetermined`,
        );
      },
    );

    describe('with a fault:', { timeout: 300_000 }, () => {
      const isNftables = wiring.proxy === 'nftables';
      const rows = FAULTS.filter(({ only }) => only?.(wiring) ?? true);
      it.for(rows)('$name', async (row, context) => {
        skipUnlessPossible(context);
        fault = row;
        const found = await runFault(scene, row);
        const told = found.map(
          ({ result, path, judgement }) => `${result.result}, ${path.verdict} (${path.reason}), ${judgement.kind}`,
        );
        say(`${wiring.proxy} × ${wiring.flannel}: ${row.name}: ${told.join('; ')}`);
        expect(found).toHaveLength(2);
        for (const [index, { judgement, result, findings, otherwise }] of found.entries()) {
          const family = [4, 6][index];
          expect(result.result === 'open', `v${family} is served: ${result.result}`).toBe(row.isServed !== undefined);
          const isOpen =
            row.isUnknown !== undefined && !(row.isUnknown.unless !== undefined && judgement.kind === 'agree');
          expect(judgement).toMatchObject({ kind: isOpen ? 'undetermined' : 'agree' });
          if (row.isUnknown !== undefined) {
            // Equal dumps, another answer: it can't be known.
            expect(otherwise!.result === 'open', `v${family} otherwise: ${otherwise!.result}`).not.toBe(
              result.result === 'open',
            );
          }
          expect([...findings]).toContain((isNftables ? row.findsWithNftables : undefined) ?? row.finds);
        }
      });
    });
  },
);

/** Whether what skoop said is what the sockets got. */
function isSaid({ verdict, reason }: Answer, results: readonly ProbeResult[]): boolean {
  const isOpen = results.map(({ result }) => result === 'open');
  if (verdict === 'reachable') return isOpen.every(Boolean);
  if (verdict === 'unreachable') return reason === 'intermittent' || !isOpen.some(Boolean);
  return verdict === 'undetermined';
}
