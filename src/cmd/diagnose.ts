/** `skoop -s A -d B -p PORT`: one question, its answer for people, and a file where one was asked for. */
import type { Context } from '../context/context.ts';
import type { PacketPath } from '../model/path.ts';
import type { Ask } from '../network/index.ts';
import type { CommandInput } from './command.ts';
import { DONE, exitCodeOf } from './exit-code.ts';
import { miscFlags, taskFlags, uiFlags } from './flags.ts';
import { openAsker } from './open-asker.ts';
import { present } from './present.ts';
import { UsageError } from './usage-error.ts';

export async function runDiagnose(input: CommandInput): Promise<number> {
  const { context } = input;
  if (context.values(miscFlags).version) return (await import('./version.ts')).runVersion(input);
  const task = context.values(taskFlags);
  if (task.queries !== undefined) return (await import('./queries.ts')).runQueries(input, task.queries);
  const ask = askOf(context);
  const { http, 'http-address': address } = context.values(uiFlags);
  const serve = http ? (await import('./serve-page.ts')).pageServer(address) : undefined;
  const path = await answer(ask, input);
  // What was made in the cluster is gone by now: a page may be looked at for hours.
  await serve?.(path, input.terminal);
  return task['exit-code'] ? exitCodeOf(path.verdict) : DONE;
}

async function answer(ask: Ask, input: CommandInput): Promise<PacketPath> {
  const asker = await openAsker(input);
  try {
    const path = await asker.diagnose(ask);
    await present(path, input);
    await asker.save();
    return path;
  } finally {
    await asker.end();
  }
}

function askOf(context: Context): Ask {
  const { src, dst, dport, protocol, namespace, family, size, via } = context.values(taskFlags);
  if (src === undefined || dst === undefined) {
    const missing = [
      ...(src === undefined ? ['-s SOURCE'] : []),
      ...(dst === undefined ? ['-d DESTINATION'] : []),
    ].join(' and ');
    throw new UsageError(`${missing} missing; try skoop --help`);
  }
  return {
    src,
    dst,
    protocol,
    ...(dport === undefined ? {} : { port: dport }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(size === undefined ? {} : { size }),
    ...(via === undefined ? {} : { via }),
    ...(family === undefined ? {} : { family: family === '4' ? 4 : 6 }),
  };
}
