/** Keeps what a run took from a cluster in a bundle, exactly as it was used. */
import type { CommandInput } from '../command.ts';
import { VERSION } from '../version.ts';
import { writeFileWhole } from '../write-file.ts';
import type { LiveSession } from './session.ts';

export async function saveSession(
  { objects, collector }: LiveSession,
  { terminal }: CommandInput,
  { file, isRedacted }: { readonly file: string; readonly isRedacted: boolean },
): Promise<void> {
  await collector.settled();
  const { createBundle } = await import('../../bundle/index.ts');
  const { bytes, manifest, notes } = await createBundle({
    objects: Object.entries(objects).map(([kind, items]) => ({
      file: kind,
      data: Buffer.from(JSON.stringify({ kind: `${kind}List`, items })),
    })),
    dumps: collector.used().map(({ node, raw }) => ({ file: node, data: raw })),
    redact: isRedacted,
    createdAt: new Date(),
    createdBy: `skoop ${VERSION}`,
  });
  for (const note of notes) terminal.note(note);
  if (file === '-') return terminal.write(bytes);
  await writeFileWhole(file, bytes);
  const names = manifest.nodes.map(({ name }) => name);
  const shown = names.length > 6 ? `${names.slice(0, 6).join(', ')} …` : names.join(', ');
  terminal.note(
    `wrote ${file}: ${names.length} ${names.length === 1 ? 'node' : 'nodes'}${names.length === 0 ? '' : ` (${shown})`}, ${Math.ceil(bytes.length / 1024)} KiB`,
  );
}
