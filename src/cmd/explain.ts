/** `skoop explain CODE`. */
import type { CommandInput } from './command.ts';
import { DONE } from './exit-code.ts';
import { UsageError } from './usage-error.ts';

export async function runExplain({ args, terminal }: CommandInput): Promise<number> {
  const { explain, isExplained, listCodes } = await import('../ui/explain/index.ts');
  const [code] = args;
  // For an unknown code the text names the nearest ones: that is why it failed, and no result.
  if (code !== undefined && !isExplained(code)) throw new UsageError(explain(code));
  await terminal.write(code === undefined ? listCodes() : explain(code));
  return DONE;
}
