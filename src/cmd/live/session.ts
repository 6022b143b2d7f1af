/** One run against a running cluster: the connection, its objects, its collectors; and that nothing of it stays. */
import type { ApiServer } from '../../k8s/client/api-server.ts';
import type { MissingKind } from '../../k8s/client/cluster-objects.ts';
import { CollectorPods, findAgents, LiveCollector, NodeCollector } from '../../collector/live/index.ts';
import { IPCache } from '../../k8s/index.ts';
import type { KubeObjects } from '../../k8s/index.ts';
import type { Context } from '../../context/context.ts';
import type { CommandInput } from '../command.ts';
import { taskFlags } from '../flags.ts';
import { collectorFlags, imageFlags, liveClusterFlags } from '../live-flags.ts';
import type { Terminal } from '../terminal.ts';
import { readGivenDumps } from './given-dumps.ts';
import { collectorImage, newIdentity } from './identity.ts';
import { progressOf } from './progress.ts';

export interface LiveSession {
  readonly api: ApiServer;
  readonly objects: KubeObjects;
  readonly cache: IPCache;
  readonly collector: LiveCollector;
  /** Progress, where somebody watches. */
  say(line: string): void;
  /** Removes what was made and closes the connection. */
  end(): Promise<void>;
}

/** Nodes that are collected at the same time. */
const PARALLEL = 8;

/** Throws ApiError where the cluster can't be asked. */
export async function connectTo(context: Context, terminal: Terminal): Promise<ApiServer> {
  const { 'kube-config': file, context: name } = context.values(liveClusterFlags);
  const { connect } = await import('../../k8s/client/connect.ts');
  return connect({
    env: terminal.env,
    ...(file === undefined ? {} : { file }),
    ...(name === undefined ? {} : { context: name }),
  });
}

/** Kinds that could not be had, with what is not known for it: one line each, the remedy once. */
export function saidOnce(missing: readonly MissingKind[]): readonly string[] {
  const remedies = new Set(missing.flatMap(({ error }) => error.remedy ?? []));
  return [...missing.map(({ kind, error }) => `without ${kind} objects: ${error.message}`), ...remedies];
}

export async function openSession(input: CommandInput): Promise<LiveSession> {
  const { context, terminal } = input;
  const flags = context.values(collectorFlags);
  const progress = progressOf(input);
  if (flags['collector-cri-address'] !== undefined)
    progress.say('--collector-cri-address is not needed: no container runtime is asked');
  const [api, given, { fetchClusterObjects }] = await Promise.all([
    connectTo(context, terminal),
    readGivenDumps(flags.dump),
    import('../../k8s/client/cluster-objects.ts'),
  ]);
  const { objects, missing } = await fetchClusterObjects(api);
  for (const line of saidOnce(missing)) terminal.note(line);
  const cache = new IPCache(objects);
  const pods = new CollectorPods(api, {
    identity: newIdentity(context),
    image: collectorImage(context),
    waitLimit: context.values(imageFlags)['collector-pod-wait-timeout'],
    deadline: Math.max(1, Math.ceil(flags['collector-deadline'] / 1000)),
    isPreserved: flags['preserve-collector-pod'],
    onNote: (line) => terminal.note(line),
  });
  const collector = new LiveCollector({
    cache,
    collector: new NodeCollector({
      api,
      cache,
      pods,
      agents: findAgents(cache),
      agentMode: flags.agent,
      onEvent: (event) => progress.onEvent(event),
    }),
    given,
    parallel: PARALLEL,
    isWhole: context.values(taskFlags).queries !== undefined,
  });
  terminal.onInterrupt(async () => collector.end());
  return {
    api,
    objects,
    cache,
    collector,
    say: (line) => progress.say(line),
    end: async () => {
      await collector.end();
      api.close();
    },
  };
}
