/** `skoop --queries FILE|-`: one JSON question a line in, one JSON result a line out, in order, as they are answered. */
import { createReadStream } from 'node:fs';
import type { Verdict } from '../model/path.ts';
import type { toJson } from '../ui/json/index.ts';
import type { CommandInput } from './command.ts';
import { DONE, FAILED, worstOf } from './exit-code.ts';
import { taskFlags } from './flags.ts';
import { readLines } from './lines.ts';
import type { Line } from './lines.ts';
import { openAsker } from './open-asker.ts';
import type { Asker } from './open-asker.ts';
import { parseQuery } from './question.ts';
import { UsageError } from './usage-error.ts';

/**
 * A line that cannot be answered gives `{"line":3,"error":"…"}` in its place and the rest goes on.
 * Exit code: {@link FAILED} only where not one line could be answered; with `--exit-code` the worst verdict's,
 * and {@link FAILED} where any line could not be answered.
 */
export async function runQueries(input: CommandInput, file: string): Promise<number> {
  const asker = await openAsker(input);
  try {
    const exitCode = await answerAll(input, file, asker);
    await asker.save();
    return exitCode;
  } finally {
    await asker.end();
  }
}

async function answerAll({ context, terminal }: CommandInput, file: string, asker: Asker): Promise<number> {
  const { toJson: render } = await import('../ui/json/index.ts');
  const task = context.values(taskFlags);
  const defaults = task.namespace === undefined ? {} : { namespace: task.namespace };
  const verdicts = new Set<Verdict>();
  let failed = 0;
  const stream: AsyncIterable<Uint8Array> = file === '-' ? terminal.stdin : createReadStream(file);
  for await (const line of readLines(stream)) {
    if (line.text?.trim() === '') continue;
    const answer = await answerLine(line, { asker, defaults, render });
    if (answer.verdict === undefined) failed++;
    else verdicts.add(answer.verdict);
    await terminal.write(`${JSON.stringify(answer.result)}\n`);
  }
  if (failed > 0) terminal.note(`skoop: ${failed} of the lines could not be answered`);
  if (task['exit-code']) return failed > 0 ? FAILED : worstOf(verdicts);
  return failed > 0 && verdicts.size === 0 ? FAILED : DONE;
}

interface Answerer {
  readonly asker: Asker;
  /** What a question takes from the command line where it does not say it itself. */
  readonly defaults: { readonly namespace?: string };
  readonly render: typeof toJson;
}

async function answerLine(
  line: Line,
  { asker, defaults, render }: Answerer,
): Promise<{ result: object; verdict?: Verdict }> {
  try {
    if (line.text === undefined) throw new UsageError(line.problem);
    const { ask, id } = parseQuery(line.text);
    try {
      const path = await asker.diagnose({ ...defaults, ...ask });
      return { result: { ...(id === undefined ? {} : { id }), ...render(path) }, verdict: path.verdict };
    } catch (error) {
      return { result: { ...(id === undefined ? {} : { id }), line: line.number, error: messageOf(error) } };
    }
  } catch (error) {
    return { result: { line: line.number, error: messageOf(error) } };
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
