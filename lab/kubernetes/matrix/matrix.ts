/** The whole matrix of a running cluster: everything is asked of its kernel and of skoop, and both are held together. */
import { dumpsCollector } from '../../../src/collector/index.ts';
import { Context } from '../../../src/context/index.ts';
import { openNetwork } from '../../../src/provider/index.ts';
import type { ProbeResult } from '../../engine.ts';
import { judgeObservations, type AskSkoop, type Judged, type Observed } from '../../judge-observations.ts';
import type { RunningCluster } from '../running-cluster.ts';
import { collect, type Collected } from './collect.ts';
import { typed } from './objects.ts';
import { questions, type ClusterQuestion } from './questions.ts';

export interface MatrixResult extends Judged<ClusterQuestion> {
  readonly probes: number;
  /** Disagreements that were none when they were asked a second time, from state collected anew. */
  readonly unsteady: readonly string[];
}

/** Seconds after which silence is a drop; shorter than the first retransmission of a SYN. */
const TIMEOUT = 0.8;

/** A disagreement counts only where it is there again after a while: a busy machine answers some probes too late. */
export async function runMatrix(cluster: RunningCluster): Promise<MatrixResult> {
  const collected = await collect(cluster);
  const asked = questions(typed(collected.objects));
  const first = await judged(cluster, asked, collected);
  const suspects = first.disagreements.map(({ probe }) => probe);
  if (suspects.length === 0) return { ...first, probes: asked.length, unsteady: [] };
  const second = await judged(cluster, suspects, await collect(cluster));
  return {
    probes: asked.length,
    agreements: first.agreements + second.agreements,
    rationed: first.rationed + second.rationed,
    rationedUnseen: first.rationedUnseen + second.rationedUnseen,
    undetermined: [...first.undetermined, ...second.undetermined],
    disagreements: second.disagreements,
    unsteady: first.disagreements
      .filter(({ probe }) => !second.disagreements.some((again) => again.probe === probe))
      .map(({ line }) => line),
  };
}

async function judged(
  cluster: RunningCluster,
  asked: readonly ClusterQuestion[],
  collected: Collected,
): Promise<Judged<ClusterQuestion>> {
  return judgeObservations(await observe(cluster, asked), await askFrom(collected));
}

/** Asks the kernel. */
export async function observe(
  cluster: RunningCluster,
  asked: readonly ClusterQuestion[],
): Promise<Observed<ClusterQuestion>> {
  const again = async (probes: readonly ClusterQuestion[]): Promise<readonly ProbeResult[]> =>
    cluster.probe(
      probes.map(({ probe }) => probe),
      TIMEOUT,
    );
  const results = await again(asked.flatMap((one) => Array.from({ length: one.times }, () => one)));
  let next = 0;
  return {
    again,
    observations: asked.map((probe) => ({ probe, results: results.slice(next, (next += probe.times)) })),
    // a connection whose answer is lost is half open at the server; a datagram leaves no trace in a container
    seesArrivals: ({ probe }) => probe.protocol === 'tcp',
  };
}

/** skoop in this process. */
export async function askFrom({ objects, dumps }: Collected): Promise<AskSkoop<ClusterQuestion>> {
  const network = await openNetwork({ objects, collector: dumpsCollector(dumps) }, new Context());
  return async ({ question }) => network.diagnose(question);
}
