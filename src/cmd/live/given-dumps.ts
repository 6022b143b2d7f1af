/** Dumps that a person took by hand, with `skoop collect` or the script. */
import { readFile } from 'node:fs/promises';
import { InputError } from '../../collector/input-error.ts';
import { readDump } from '../../collector/read-dump.ts';
import type { NodeNetworkStackDump } from '../../model/dump.ts';

export interface GivenDump {
  readonly dump: NodeNetworkStackDump;
  readonly raw: Buffer;
}

/** Throws InputError for a file that is no dump, and where two are of one node. */
export async function readGivenDumps(files: readonly string[]): Promise<readonly GivenDump[]> {
  const given = await Promise.all(
    files.map(async (file) => {
      const raw = await readFile(file);
      return { file, raw, dump: readDump(raw, { file }) };
    }),
  );
  const first = new Map<string, string>();
  for (const { file, dump } of given) {
    const earlier = first.get(dump.nodeName);
    if (earlier !== undefined)
      throw new InputError({ file }, `is of the node ${dump.nodeName}, and so is ${earlier}`, {
        remedy: 'Give one dump per node.',
      });
    first.set(dump.nodeName, file);
  }
  return given;
}
