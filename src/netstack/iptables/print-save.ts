/** Prints a rule set as its save tool does. */
import { assertNever } from '../../model/assert-never.ts';
import type { IPTables, SaveLine } from './types.ts';

/** The text that {@link parseIptablesSave} read, byte for byte. */
export function printIptablesSave(rules: IPTables): string {
  const text = rules.lines.map(printLine).join('\n');
  return rules.lines.length > 0 && rules.endsWithNewline ? `${text}\n` : text;
}

function printLine(line: SaveLine): string {
  switch (line.kind) {
    case 'text':
      return line.raw;
    case 'table':
      return `*${line.table.name}`;
    case 'chain': {
      const { name, policy = '-', counters } = line.chain;
      return counters === undefined ? `:${name} ${policy}` : `:${name} ${policy} [${counters}]`;
    }
    case 'rule': {
      const { raw, counters } = line.rule;
      return counters === undefined ? raw : `[${counters}] ${raw}`;
    }
    case 'commit':
      return 'COMMIT';
    default:
      return assertNever(line);
  }
}
