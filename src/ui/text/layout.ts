/**
 * Breaks text into lines of a given width, at spaces, and in the middle of a word only where it does not fit at all.
 * A command between backticks stays in one piece, even if it sticks out, so that it can be copied.
 */
import { columns } from './columns.ts';

export interface Indent {
  /** Put before the first line … */
  readonly first: string;
  /** … and before all others. */
  readonly rest: string;
}

/** Lines with their indent; `paint` colours the text of each and not the indent. */
export function paragraph(
  text: string,
  width: number,
  indent: Indent,
  paint: (line: string) => string = (line) => line,
): string[] {
  const room = Math.max(20, width - columns(indent.rest));
  return wrap(text, room).map((line, index) => `${index === 0 ? indent.first : indent.rest}${paint(line)}`);
}

/** Spaces inside the text are kept, so that a rule can be copied; those at a break go. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [word] of text.matchAll(/(?:[^ `]*`[^`]*`[^ ]*|[^ ]+) *|^ +/g)) {
    if (line !== '' && columns(line) + columns(word.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = '';
    }
    line += word;
    while (columns(line.trimEnd()) > width && !line.includes('`')) {
      const head = cut(line, width);
      lines.push(head);
      line = line.slice(head.length);
    }
  }
  if (line.trim() !== '' || lines.length === 0) lines.push(line.trimEnd());
  return lines;
}

/** The longest beginning that fits. */
function cut(text: string, width: number): string {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += columns(character);
    if (used > width && end > 0) break;
    end += character.length;
  }
  return text.slice(0, end);
}
