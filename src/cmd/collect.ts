/** `skoop collect`: this machine's dump, or the script that takes it. */
import type { CommandInput } from './command.ts';
import { collectFlags } from './collect-flags.ts';
import { DONE } from './exit-code.ts';
import type { Terminal } from './terminal.ts';
import { writeFileWhole } from './write-file.ts';

export async function runCollect({ context, terminal }: CommandInput): Promise<number> {
  const flags = context.values(collectFlags);
  const { collectHere, collectorScript } = await import('../collector/index.ts');
  if (flags['print-script']) {
    await writeTo(flags.output, collectorScript(), terminal);
    return DONE;
  }
  const nodeName = flags['node-name'];
  const dump = await collectHere({
    ...(nodeName === undefined ? {} : { nodeName }),
    what: flags.pods,
    // The script counts in whole seconds.
    toolSeconds: Math.max(1, Math.ceil(flags['tool-timeout'] / 1000)),
    host: flags['this-namespace'] ? 'self' : 'init',
    signal: terminal.signal,
    onWarning: (line) => terminal.note(line),
  });
  await writeTo(flags.output, dump, terminal);
  if (flags.output !== '-') terminal.note(`wrote ${flags.output}: ${Math.ceil(dump.length / 1024)} KiB`);
  return DONE;
}

async function writeTo(file: string, content: string | Uint8Array, terminal: Terminal): Promise<void> {
  if (file === '-') await terminal.write(content);
  else await writeFileWhole(file, content);
}
