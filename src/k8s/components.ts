/** Finds a cluster component's configuration and command line, wherever it was installed. */
import type { Detected } from './detected.ts';
import type { IPCache } from './ip-cache.ts';
import { idOf } from './object-meta.ts';
import type { Container } from './pod.ts';

/** The text under a key of the ConfigMap of this name, in whatever namespace it is. */
export function findConfig(cache: IPCache, name: string, key: string): Detected<string> | undefined {
  for (const map of cache.configMaps) {
    const value = map.name === name ? map.data.get(key) : undefined;
    if (value !== undefined) return { value, from: `ConfigMap ${idOf(map)}` };
  }
  return undefined;
}

/** Containers that run the program: of DaemonSets and Deployments, else of pods (static ones have nothing else). */
export function containersOf(cache: IPCache, program: string): readonly Detected<Container>[] {
  const runs = (container: Container): boolean =>
    container.name === program ||
    container.command.some((word) => word.split(' ', 1)[0]!.split('/').at(-1) === program);
  const ofWorkloads = (['DaemonSet', 'Deployment'] as const).flatMap((kind) =>
    cache
      .workloads(kind)
      .flatMap((workload) =>
        workload.containers.filter(runs).map((value) => ({ value, from: `${kind} ${idOf(workload)}` })),
      ),
  );
  if (ofWorkloads.length > 0) return ofWorkloads;
  return cache.pods.flatMap((pod) => pod.containers.filter(runs).map((value) => ({ value, from: `Pod ${idOf(pod)}` })));
}
