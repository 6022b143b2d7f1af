/**
 * The text that collect.sh prints: control lines that start with `@NONCE `, and between them raw output of known length.
 *
 *     #skoop-dump 1 NONCE
 *     @NONCE node NAME            · collected TIME · kernel RELEASE
 *     @NONCE netns INODE host|other
 *     @NONCE brief                (only what decides who answers for an address is here)
 *     @NONCE name NAME            (any number; under /run/netns)
 *     @NONCE uid UID              (any number; pods that have a process in it)
 *     @NONCE sandbox COMMAND      (a process in it that brings a kernel of its own)
 *     @NONCE section NAME exit=0 ms=10 out=120 err=0 cmd=ip -N -j addr
 *     <120 bytes of standard output><0 bytes of standard error>
 *     @NONCE end NAME
 *     @NONCE netns-end INODE
 *     @NONCE outside IFINDEX      (a veth of the host with its other end in no namespace of the node, dumped or not)
 *     @NONCE not-dumped INODE NAME
 *     @NONCE eof netns=3
 *
 * `ip4-route+ip4-rule` is one process that printed one line for each of these sections. The nonce is new in each run, so
 * that no tool's output can be taken for a control line, and the end of each part is said, so that a cut is seen.
 */

export const DUMP_MAGIC = '#skoop-dump';

/** `out` and `err` in bytes. */
export interface SectionHeader {
  readonly names: readonly string[];
  readonly exitCode: number;
  readonly milliseconds: number;
  readonly out: number;
  readonly err: number;
  readonly command: string;
}

const HEADER = /^(\S{1,200}) exit=(\d{1,3}) ms=(\d{1,9}) out=(\d{1,12}) err=(\d{1,12}) cmd=(.*)$/;

/** The words after `section`; undefined where they are not in the form above. */
export function parseSectionHeader(text: string): SectionHeader | undefined {
  const found = HEADER.exec(text);
  if (found === null) return undefined;
  const [, names = '', exitCode, milliseconds, out, err, command = ''] = found;
  return {
    names: names.split('+'),
    exitCode: Number(exitCode),
    milliseconds: Number(milliseconds),
    out: Number(out),
    err: Number(err),
    command,
  };
}

export function printSectionHeader(header: SectionHeader): string {
  const { names, exitCode, milliseconds, out, err, command } = header;
  return `${names.join('+')} exit=${exitCode} ms=${milliseconds} out=${out} err=${err} cmd=${command}`;
}
