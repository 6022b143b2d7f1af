/** `skoop bundle create|show|check`. */
import type { InputFile } from '../bundle/index.ts';
import { createFlags, redactFlags } from './bundle-flags.ts';
import type { CommandInput } from './command.ts';
import { DONE } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';
import { VERSION } from './version.ts';
import { writeFileWhole } from './write-file.ts';

export async function runBundleCreate({ context, terminal }: CommandInput): Promise<number> {
  const { objects, dump, output } = context.values(createFlags);
  if (output === undefined) throw new UsageError('bundle create: -o FILE says where the bundle goes');
  if (objects.length === 0 && dump.length === 0)
    throw new UsageError('bundle create: --objects FILE and --dump FILE say what goes in');
  if ([...objects, ...dump].filter((file) => file === '-').length > 1)
    throw new UsageError('bundle create: only one file can be standard input');
  const { createBundle } = await import('../bundle/index.ts');
  const { bytes, manifest, notes } = await createBundle({
    objects: await Promise.all(objects.map((file) => inputFile(file, terminal))),
    dumps: await Promise.all(dump.map((file) => inputFile(file, terminal))),
    redact: context.values(redactFlags).redact,
    createdAt: new Date(),
    createdBy: `skoop ${VERSION}`,
  });
  for (const note of notes) terminal.note(note);
  if (output === '-') await terminal.write(bytes);
  else {
    await writeFileWhole(output, bytes);
    const count = Object.values(manifest.objects).reduce((sum, { count: some }) => sum + some, 0);
    terminal.note(
      `wrote ${output}: ${manifest.nodes.length} nodes, ${count} objects, ${Math.ceil(bytes.length / 1024)} KiB`,
    );
  }
  return DONE;
}

export async function runBundleShow({ args, terminal }: CommandInput): Promise<number> {
  const { describeBundle, openBundle } = await import('../bundle/index.ts');
  await terminal.write(describeBundle(openBundle(args[0]!)));
  return DONE;
}

export async function runBundleCheck({ args, terminal }: CommandInput): Promise<number> {
  const { checkBundle, openBundle } = await import('../bundle/index.ts');
  checkBundle(openBundle(args[0]!));
  await terminal.write(`${args[0]} can be read\n`);
  return DONE;
}

async function inputFile(file: string, terminal: Terminal): Promise<InputFile> {
  if (file !== '-') return file;
  const chunks: Uint8Array[] = [];
  for await (const chunk of terminal.stdin) chunks.push(chunk);
  return { file: 'standard input', data: Buffer.concat(chunks) };
}
