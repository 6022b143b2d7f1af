/** The lines of iptables' own extension tests: `rule;saved as;OK`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface SuiteLine {
  /** `libxt_mark.t:7`. */
  readonly place: string;
  readonly table: string;
  readonly chain: string;
  /** As a shell would read it. */
  readonly rule: string;
  readonly families: readonly (4 | 6)[];
}

/** Its timers are the whole machine's, not the namespace's. */
const LEFT_ALONE = new Set(['libxt_IDLETIMER.t', 'libxt_LED.t']);
const FAMILIES: Readonly<Record<string, readonly (4 | 6)[]>> = { libxt: [4, 6], libipt: [4], libip6t: [6], ip: [4] };

/** Those that iptables is expected to take. */
export function iptablesSuite(source: string): readonly SuiteLine[] {
  const folder = join(source, 'extensions');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.t') && !LEFT_ALONE.has(file))
    .sort()
    .flatMap((file) => {
      const families = FAMILIES[/^([a-z0-9]+?)_/.exec(file)?.[1] ?? ''];
      // ebtables and arptables have rule sets of their own
      return families === undefined ? [] : linesOf(file, readFileSync(join(folder, file), 'utf8'), families);
    });
}

function linesOf(file: string, text: string, families: readonly (4 | 6)[]): readonly SuiteLine[] {
  let [table, chain] = ['filter', 'INPUT'];
  const out: SuiteLine[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.startsWith('*')) table = line.slice(1).trim();
    else if (line.startsWith(':')) chain = line.slice(1).split(',')[0]!.trim();
    const parts = line.split(';');
    if (/^[#:*%@]/.test(line) || parts.length < 3 || parts[2] !== 'OK') continue;
    out.push({ place: `${file}:${i + 1}`, table, chain, rule: parts[0]!, families });
  }
  return out;
}
