/** skoop as the laboratory asks it: from the collected dumps and the objects, in this process. */
import { dumpsCollector, readDump } from '../src/collector/index.ts';
import { Context } from '../src/context/index.ts';
import type { NodeNetworkStackDump } from '../src/model/index.ts';
import { openNetwork } from '../src/provider/index.ts';
import type { AskSkoop } from './judge-observations.ts';
import type { KubernetesObject } from './kubernetes-objects.ts';
import type { LabProbe } from './probes.ts';
import type { Recording } from './run-case.ts';
import type { Site } from './site.ts';

export async function askSkoop(
  recording: Recording,
  read: (bytes: Buffer, place: { readonly file: string }) => NodeNetworkStackDump = readDump,
): Promise<AskSkoop> {
  const failed = recording.dumps.find((dump) => dump.code !== 0);
  if (failed !== undefined) throw new Error(`the collector failed on ${failed.node}: ${failed.stderr}`);
  const dumps = recording.dumps.map((dump) => read(dump.dump, { file: `${dump.node}.dump` }));
  const objects: Record<string, KubernetesObject[]> = {};
  for (const object of recording.objects) (objects[String(object['kind'])] ??= []).push(object);
  const network = await openNetwork({ objects, collector: dumpsCollector(dumps) }, new Context());
  return async (probe) =>
    network.diagnose({
      ...probe.question,
      ...(viaOf(recording.site, probe) === undefined ? {} : { via: viaOf(recording.site, probe)! }),
      ...(probe.kind === 'large' ? { size: packetSize(recording.site, probe) } : {}),
    });
}

/** Which node the outside's routes lead to, where the address does not tell: see `outsideLines` in build.ts. */
function viaOf(site: Site, probe: LabProbe): string | undefined {
  if (probe.probe.from !== 'outside') return undefined;
  const service = site.services.find((one) =>
    [one.clusterIP, one.externalIP, one.loadBalancerIP].includes(probe.probe.to),
  );
  if (service === undefined) return undefined;
  return service.clusterIP === probe.probe.to ? site.nodes[0]!.name : site.nodes.at(-1)!.name;
}

const LARGEST = 65_535;

/** A datagram with its headers; a stream's segments are as large as its ends make them. */
function packetSize(site: Site, { probe }: LabProbe): number {
  return probe.protocol === 'udp' ? probe.size! + (site.family === 4 ? 28 : 48) : LARGEST;
}
