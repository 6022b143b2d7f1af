/** One section over the bytes of the dump: text is made when it is asked for. */
import type { Section } from '../model/dump.ts';

/** Exit code of a section whose tool printed what no tool of its kind prints. */
export const UNREADABLE = 125;

export interface RawSection {
  readonly command: string;
  readonly exitCode: number;
  readonly milliseconds: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** A section of a dump. One with a NUL byte is kept, but as failed: a parser must not take part of it for all of it. */
export function lazySection(raw: RawSection): Section {
  const nul = raw.exitCode === 0 ? raw.stdout.indexOf(0) : -1;
  return nul < 0 ? readable(raw, '') : unreadableSection(raw, `the output has a NUL byte at offset ${nul}`);
}

/** A section that ended well and can't be used all the same. */
export function unreadableSection(raw: RawSection, why: string): Section {
  return readable({ ...raw, exitCode: UNREADABLE }, `${why}\n`);
}

function readable(raw: RawSection, remark: string): Section {
  const { command, exitCode, milliseconds } = raw;
  let stdout: string | undefined;
  return {
    command,
    exitCode,
    milliseconds,
    get stdout() {
      stdout ??= raw.stdout.toString('utf8');
      return stdout;
    },
    get stderr() {
      return remark + raw.stderr.toString('utf8');
    },
  };
}
