/** `skoop version`. */
import type { CommandInput } from './command.ts';
import { DONE } from './exit-code.ts';

/** The package's version; a test holds it against package.json. */
export const VERSION = '0.1.0';

export async function runVersion({ terminal }: CommandInput): Promise<number> {
  await terminal.write(`skoop ${VERSION}\n`);
  return DONE;
}
