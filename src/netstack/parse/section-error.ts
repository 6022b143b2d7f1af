/** The one error that damaged section text gives. */

/**
 * A section's text cannot be read: it is cut off, of the wrong type, or holds bytes that the tool never prints.
 * `line` is 1-based within the section's text.
 */
export class SectionError extends Error {
  readonly section: string;
  readonly line: number;

  constructor(section: string, line: number, message: string, options?: { readonly cause?: unknown }) {
    super(`${section}, line ${line}: ${message}`, options);
    this.name = 'SectionError';
    this.section = section;
    this.line = line;
  }
}

/** The 1-based line that holds the character at `offset`. */
export function lineAt(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

/** Throws where the text holds a NUL byte, which no tool prints in a healthy section. */
export function refuseNul(section: string, text: string): void {
  const at = text.indexOf('\0');
  if (at >= 0) throw new SectionError(section, lineAt(text, at), 'NUL byte in the output');
}
