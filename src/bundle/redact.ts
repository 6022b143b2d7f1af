/** Takes out of a bundle that exists what is not about the network. */
import { printDump } from '../collector/print-dump.ts';
import { createBundle } from './create.ts';
import type { NewBundle } from './create.ts';
import type { Bundle } from './open.ts';

/** A new bundle of the same cluster. Throws InputError where a member can't be read. */
export async function redactBundle(bundle: Bundle): Promise<NewBundle> {
  const { createdAt, createdBy } = bundle.manifest;
  return createBundle({
    objects: Object.entries(bundle.objects).map(([kind, items]) => ({
      file: kind,
      data: Buffer.from(JSON.stringify({ kind: `${kind}List`, items })),
    })),
    dumps: bundle.nodes.map((node) => ({ file: node, data: printDump(bundle.dump(node)!) })),
    redact: true,
    createdAt: new Date(createdAt),
    createdBy,
  });
}
