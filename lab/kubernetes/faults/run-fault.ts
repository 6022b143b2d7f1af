/** Makes one fault, asks the kernel and skoop about it while it lasts, and mends it. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { PacketPath, SuspicionCode } from '../../../src/model/index.ts';
import type { ProbeResult } from '../../engine.ts';
import { judge, type Judgement } from '../../judge.ts';
import { collect, type Collected } from '../matrix/collect.ts';
import { askFrom } from '../matrix/matrix.ts';
import { question, type ClusterQuestion } from '../matrix/questions.ts';
import type { Fault } from './fault.ts';
import type { Scene } from './scene.ts';

/** What one address family's question got while the fault lasted. */
export interface Diagnosed {
  /** Of the kernel. */
  readonly result: ProbeResult;
  /** Of skoop. */
  readonly path: PacketPath;
  readonly judgement: Judgement;
  readonly findings: ReadonlySet<SuspicionCode>;
  /** Where skoop cannot know: of the kernel, when that which no dump shows is otherwise. */
  readonly otherwise?: ProbeResult;
}

/** Seconds after which silence is a drop; shorter than the first retransmission of a SYN. */
const TIMEOUT = 0.8;
/** kube-proxy looks at what has changed once a second; on a busy machine all takes longer. */
const SETTLES_IN = 60_000;

export async function runFault(scene: Scene, fault: Fault): Promise<readonly Diagnosed[]> {
  await fault.prepare?.(scene);
  await isMended(scene, fault);
  try {
    await fault.make(scene);
    return await otherwise(scene, fault, await settled(scene, fault));
  } finally {
    await fault.mend(scene);
  }
}

/** What the dumps show is as it was: they were taken before, and of the nodes nothing is changed but that. */
async function otherwise(scene: Scene, fault: Fault, found: readonly Diagnosed[]): Promise<readonly Diagnosed[]> {
  const { name, isUnknown, isServed } = fault;
  if (isUnknown === undefined) return found;
  await isUnknown.otherwise.make(scene);
  try {
    const asked = await questionsOf(scene, fault);
    let results: readonly ProbeResult[] = [];
    await scene.until(`${name}: the kernel answers otherwise`, async () => {
      results = await observe(scene, asked, TIMEOUT);
      if (results.every(({ result }) => (result === 'open') === (isServed === undefined))) return true;
      if (isServed !== undefined) {
        // flannel may have mended it meanwhile
        await fault.mend(scene);
        await fault.make(scene);
      }
      return false;
    });
    return found.map((one, index) => ({ ...one, otherwise: results[index]! }));
  } finally {
    await isUnknown.otherwise.mend(scene);
  }
}

/** State may change between the probe and the collector (a neighbour entry that is given up): a disagreement must stay. */
async function settled(scene: Scene, fault: Fault): Promise<readonly Diagnosed[]> {
  for (let attempt = 1; ; attempt++) {
    const found = await diagnosed(scene, fault);
    const isKnown = found.every(({ judgement: { kind } }) => kind === 'agree' || kind === 'undetermined');
    if (isKnown || attempt === 3) return found;
  }
}

async function diagnosed(scene: Scene, fault: Fault): Promise<readonly Diagnosed[]> {
  const asked = await questionsOf(scene, fault);
  const { results, collected } = await steady(scene, fault, asked);
  const ask = await askFrom(collected);
  return Promise.all(
    asked.map(async (one, index): Promise<Diagnosed> => {
      const path = await ask(one);
      const result = results[index]!;
      const suspicions = [...path.suspicions, ...path.nodes.flatMap((node) => node.suspicions)];
      return {
        result,
        path,
        judgement: judge(one, [result], path, { seesArrivals: true }),
        findings: new Set(suspicions.map(({ code }) => code)),
      };
    }),
  );
}

/** Everything is as before: the client is served. */
export async function isMended(scene: Scene, fault: Fault): Promise<void> {
  await scene.until(`${fault.name}: the client is served`, async () => {
    const asked = await questionsOf(scene, fault);
    return (await observe(scene, asked, TIMEOUT)).every(({ result }) => result === 'open');
  });
}

async function questionsOf(scene: Scene, { asks }: Fault): Promise<readonly ClusterQuestion[]> {
  const targets =
    asks === undefined ? scene.solo.map((to) => ({ to, port: 8080, protocol: 'tcp' as const })) : await asks(scene);
  return targets.map((target) => question(scene.client, target));
}

const observe = async (
  { cluster }: Scene,
  asked: readonly ClusterQuestion[],
  seconds: number,
): Promise<readonly ProbeResult[]> =>
  cluster.probe(
    asked.map(({ probe }) => probe),
    seconds,
  );

/** The kernel's answers and the state that they came from: they are the same before and after it was collected. */
async function steady(
  scene: Scene,
  { name, patience = TIMEOUT, unseen, isServed }: Fault,
  asked: readonly ClusterQuestion[],
): Promise<{ readonly results: readonly ProbeResult[]; readonly collected: Collected }> {
  const ask = async (): Promise<readonly ProbeResult[]> => observe(scene, asked, patience);
  const text = (results: readonly ProbeResult[]): string => results.map(({ result }) => result).join(' ');
  const wanted = (result: ProbeResult): boolean => (result.result === 'open') === (isServed !== undefined);
  for (const deadline = performance.now() + SETTLES_IN; performance.now() < deadline; await sleep(300)) {
    const before = await ask();
    if (!before.every(wanted)) continue;
    const collected = await collect(scene.cluster, unseen?.(scene));
    const results = await ask();
    if (text(before) === text(results)) return { results, collected };
  }
  throw new Error(`${name}: after ${SETTLES_IN / 1000} s the kernel still answers ${text(await ask())}`);
}
