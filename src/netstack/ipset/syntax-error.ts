/** The one error that damaged `ipset save` text gives. */

/** `line` is 1-based. */
export class IpsetSyntaxError extends Error {
  readonly line: number;

  constructor(line: number, message: string) {
    super(`line ${line}: ${message}`);
    this.name = 'IpsetSyntaxError';
    this.line = line;
  }
}
