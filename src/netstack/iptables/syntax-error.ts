/** The one error that a damaged rule set gives. */

/** The text is not what a save tool prints. `line` is 1-based. */
export class IptablesSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'IptablesSyntaxError';
    this.line = line;
  }
}
