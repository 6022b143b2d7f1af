/** Reads /proc/net/fib_triestat: how many IPv4 routes the kernel counts in the tables local and main. */
import { refuseNul } from './section-error.ts';

export interface TrieCounts {
  readonly local: number;
  readonly main: number;
}

/** A table that is not there has none. Throws SectionError. */
export function parseTries(text: string): TrieCounts {
  refuseNul('ip4-tries', text);
  const counts = { local: 0, main: 0 };
  let table: keyof TrieCounts | undefined;
  for (const line of text.split('\n')) {
    const [, name] = /^(\S.*):\s*$/.exec(line) ?? [];
    if (name !== undefined) table = name === 'Local' ? 'local' : name === 'Main' ? 'main' : undefined;
    const [, count] = /^\s+Prefixes:\s+(\d+)$/.exec(line) ?? [];
    if (count !== undefined && table !== undefined) counts[table] = Number(count);
  }
  return counts;
}
