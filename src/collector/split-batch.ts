/** One process, several sections: `ip -batch` prints one line of JSON for each of its commands. */
import { SECTION_COMMANDS } from '../model/dump.ts';
import type { Section } from '../model/dump.ts';
import { lazySection, unreadableSection } from './raw-section.ts';
import type { RawSection } from './raw-section.ts';

/**
 * The sections in the order of `names`. The collector repeats the commands one by one where the lines are not as many as
 * the commands, so a batch that comes here with another count ran into its time limit or was damaged.
 */
export function splitBatch(names: readonly string[], raw: RawSection): readonly (readonly [string, Section])[] {
  const lines = linesOf(raw.stdout);
  const fits = lines.length === names.length;
  return names.map((name, index) => {
    const part = { ...raw, command: commandOf(name, raw), stdout: fits ? lines[index]! : EMPTY };
    if (raw.exitCode !== 0 || fits) return [name, lazySection(part)];
    return [name, unreadableSection(part, `${names.length} commands in one batch printed ${lines.length} lines`)];
  });
}

function commandOf(name: string, raw: RawSection): string {
  return Object.hasOwn(SECTION_COMMANDS, name) ? SECTION_COMMANDS[name as keyof typeof SECTION_COMMANDS] : raw.command;
}

function linesOf(data: Buffer): readonly Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = data.indexOf(NEWLINE); end >= 0; end = data.indexOf(NEWLINE, start)) {
    lines.push(data.subarray(start, end + 1));
    start = end + 1;
  }
  if (start < data.length) lines.push(data.subarray(start));
  return lines;
}

const NEWLINE = 10;
const EMPTY = Buffer.alloc(0);
