/** One run of the command line in its process, from the arguments to the exit code. */
import { normalizeArgv } from './argv.ts';
import { explainFailure } from './failure.ts';
import { processTerminal } from './process-terminal.ts';
import { grammarOf, runProgram } from './program.ts';
import type { Terminal } from './terminal.ts';
import { skoop } from './wiring.ts';

/** Ends the process. */
export async function run(process: NodeJS.Process): Promise<void> {
  const terminal = processTerminal(process);
  process.exitCode = await exitCodeOf(process.argv.slice(2), terminal);
  // after a signal its handler ends the process, once all is cleaned up
  if (terminal.signal.aborted) return;
  // left to itself Node first takes the heap apart, which can take longer than the command
  process.stdout.write('', () => process.exit());
}

async function exitCodeOf(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    if (words[0] === '__complete') {
      const { runComplete } = await import('./completion/index.ts');
      return await runComplete(skoop, words.slice(1), terminal);
    }
    return await runProgram(skoop, normalizeArgv(words, grammarOf(skoop)), terminal);
  } catch (error) {
    const { lines, exitCode } = explainFailure(error, terminal.env);
    for (const line of lines) terminal.note(line);
    return exitCode;
  }
}
