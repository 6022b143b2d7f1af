/** `skoop bundle capture`: a running cluster, or some nodes of it, as a bundle. */
import type { CommandInput } from '../command.ts';
import { redactFlags } from '../bundle-flags.ts';
import { captureFlags } from '../capture-flags.ts';
import { DONE, FAILED } from '../exit-code.ts';
import { UsageError } from '../usage-error.ts';
import { saveSession } from './save.ts';
import { openSession } from './session.ts';

/** Nodes that can't be collected are named and left out; {@link FAILED} where it is all of them. */
export async function runCapture(input: CommandInput): Promise<number> {
  const { nodes, all, output } = input.context.values(captureFlags);
  if (output === undefined) throw new UsageError('bundle capture: -o FILE says where the bundle goes');
  if (all === nodes.length > 0) throw new UsageError('bundle capture: say --nodes NAME,… or --all');
  const session = await openSession(input);
  try {
    const { cache, collector } = session;
    const names = all ? cache.nodes.map(({ name }) => name) : [...new Set(nodes)];
    const unknown = names.filter((name) => cache.node(name) === undefined);
    if (unknown.length > 0)
      throw new UsageError(
        `bundle capture: the cluster has no node ${unknown.join(', ')} (it has ${some(cache.nodes.map(({ name }) => name))})`,
      );
    const dumps = await Promise.all(names.map(async (name) => collector.whole(name)));
    const missing = names.filter((_, index) => dumps[index] === undefined);
    for (const name of missing) input.terminal.note(`${name} was not collected: ${collector.whyMissing(name)?.why}`);
    if (names.length > 0 && missing.length === names.length) return FAILED;
    await saveSession(session, input, { file: output, isRedacted: input.context.values(redactFlags).redact });
    return DONE;
  } finally {
    await session.end();
  }
}

function some(names: readonly string[]): string {
  return names.length > 8 ? `${names.slice(0, 8).join(', ')} …` : names.join(', ');
}
