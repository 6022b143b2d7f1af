/** What a person is told when the work could not be done: one line, never a stack trace unless asked for one. */
import { FAILED } from './exit-code.ts';

export interface Failure {
  readonly lines: readonly string[];
  readonly exitCode: number;
}

/** Errors with a `remedy` (InputError and the like) add it as a second line; SKOOP_DEBUG=1 adds the stack. */
export function explainFailure(error: unknown, env: Readonly<Record<string, string | undefined>>): Failure {
  const lines = [`skoop: ${oneLine(messageOf(error))}`];
  const remedy = error instanceof Error && 'remedy' in error ? error.remedy : undefined;
  if (typeof remedy === 'string' && remedy !== '') lines.push(remedy);
  if (error instanceof Error && isBug(error)) lines.push('This is a fault in skoop itself; SKOOP_DEBUG=1 shows where.');
  if (env['SKOOP_DEBUG'] === '1' && error instanceof Error) lines.push(stackOf(error));
  return { lines, exitCode: FAILED };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && 'path' in error && typeof error.code === 'string')
    return fileError(error.code, String(error.path)) ?? error.message;
  return error.message;
}

/** Node's own words for a missing file (`ENOENT: no such file or directory, open …`) put the path last and a code first. */
function fileError(code: string, path: string): string | undefined {
  const reason = FILE_ERRORS[code];
  return reason === undefined ? undefined : `${path}: ${reason}`;
}

const FILE_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'not allowed (permission denied)',
  EISDIR: 'is a directory, not a file',
  ENOTDIR: 'part of the path is not a directory',
  ENOSPC: 'no space left on the device',
  EROFS: 'the file system is read-only',
};

/** The engine throws these for mistakes in code; what the user did wrong has classes of its own. */
function isBug(error: Error): boolean {
  return (
    ['TypeError', 'ReferenceError', 'RangeError', 'AssertionError'].includes(error.name) ||
    error.message.startsWith('unexpected {')
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ').trim();
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
