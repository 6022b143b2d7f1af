/** `skoop cleanup`: removes what runs left behind that were killed, or told to preserve their pods. */
import { findLeftovers, removeEmptyNamespace, removeLeftover } from '../../collector/live/leftovers.ts';
import type { CommandInput } from '../command.ts';
import { DONE } from '../exit-code.ts';
import { cleanupFlags, namespaceFlags } from '../live-flags.ts';
import { starter } from './identity.ts';
import { connectTo } from './session.ts';

/** Older ones of others are over: no run takes so long. */
const OVER_AFTER_SECONDS = 3600;

export async function runCleanup({ context, terminal }: CommandInput): Promise<number> {
  const namespace = context.values(namespaceFlags)['collector-namespace'];
  const { all } = context.values(cleanupFlags);
  const api = await connectTo(context, terminal);
  try {
    const found = await findLeftovers(api, { namespace, starter: starter(), now: new Date() });
    const chosen = found.filter((one) => all || one.isOwn || one.age > OVER_AFTER_SECONDS);
    await Promise.all(chosen.map(async (one) => removeLeftover(api, namespace, one)));
    for (const { kind, name } of chosen) await terminal.write(`removed ${kind} ${namespace}/${name}\n`);
    const others = found.length - chosen.length;
    if (others > 0)
      await terminal.write(`left ${others} of others that are less than an hour old; --all removes them too\n`);
    else if (await removeEmptyNamespace(api, namespace)) await terminal.write(`removed Namespace ${namespace}\n`);
    else if (chosen.length === 0) await terminal.write('nothing to clean up\n');
    return DONE;
  } finally {
    api.close();
  }
}
