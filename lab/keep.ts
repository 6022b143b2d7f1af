/** Writes what a case recorded, so that it can be asked again without the kernel. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Recording } from './run-case.ts';

/** `DIR/CASE/`: NODE.dump as collected, objects.json as kubectl prints a List, probes.jsonl with every answer, traces.json. */
export async function keepRecording(directory: string, recording: Recording): Promise<void> {
  const own = join(directory, recording.site.case.name.replaceAll('/', '_'));
  await mkdir(own, { recursive: true });
  await Promise.all([
    ...recording.dumps.map(async (dump) => writeFile(join(own, `${dump.node}.dump`), dump.dump)),
    writeFile(
      join(own, 'objects.json'),
      `${JSON.stringify({ apiVersion: 'v1', kind: 'List', items: recording.objects }, undefined, 1)}\n`,
    ),
    writeFile(
      join(own, 'probes.jsonl'),
      recording.observations
        .map(
          ({ probe, results }) =>
            `${JSON.stringify({ ...probe.question, ...(probe.probe.size === undefined ? {} : { size: probe.probe.size }), results })}\n`,
        )
        .join(''),
    ),
    ...(recording.traces.length === 0
      ? []
      : [writeFile(join(own, 'traces.json'), `${JSON.stringify(recording.traces, undefined, 1)}\n`)]),
  ]);
}
