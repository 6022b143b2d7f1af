/** The collector's text. */
import { readFileSync } from 'node:fs';

/** collect.sh, which stands beside this file in the source and beside the program in the package. */
export function collectorScript(): string {
  return readFileSync(new URL('./collect.sh', import.meta.url), 'utf8');
}
