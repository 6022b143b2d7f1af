/** What is wrong with data from outside, in one sentence, and where. */

export interface InputPlace {
  /** Name of the file as the user gave it, or what stands for it (`the collector's output`). */
  readonly file: string;
  /** Section of a dump, member of a bundle, or object of a list. */
  readonly section?: string;
  /** 1-based line in the file, or in the section where there is one. */
  readonly line?: number;
}

/**
 * A file, stream or argument that can't be used. `message` is `file, section S, line N: problem`; `remedy` says what to do:
 * where something inside a file is wrong and nothing better is said, to get the file anew.
 */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly file: string;
  readonly section: string | undefined;
  readonly line: number | undefined;
  /** What is wrong, without the place. */
  readonly problem: string;
  readonly remedy: string | undefined;

  constructor(
    place: InputPlace,
    problem: string,
    options: { readonly remedy?: string; readonly cause?: unknown } = {},
  ) {
    super(`${where(place)}: ${printable(problem)}`, options.cause === undefined ? undefined : { cause: options.cause });
    this.file = place.file;
    this.section = place.section;
    this.line = place.line;
    this.problem = problem;
    const isInside = place.section !== undefined || place.line !== undefined;
    this.remedy = options.remedy ?? (isInside ? DAMAGED : undefined);
  }
}

/** What to do about a file whose content can't be as it was written. */
export const DAMAGED = 'The file was changed or cut off on its way: make or copy it again.';

/** Text from a hostile file, cut and without what a terminal would obey. */
export function printable(text: string, limit = 300): string {
  const clean = text.replaceAll(/[^\P{C}]/gu, '\u{fffd}');
  return clean.length > limit ? `${clean.slice(0, limit)}…` : clean;
}

function where({ file, section, line }: InputPlace): string {
  const parts = [printable(file)];
  if (section !== undefined) parts.push(`section ${printable(section, 80)}`);
  if (line !== undefined) parts.push(`line ${line}`);
  return parts.join(', ');
}
