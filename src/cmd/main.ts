#!/usr/bin/env node
/** The process: argv in, exit code out. */
import { normalizeArgv } from './argv.ts';
import { explainFailure } from './failure.ts';
import { processTerminal } from './process-terminal.ts';
import { grammarOf, runProgram } from './program.ts';
import { skoop } from './wiring.ts';

// Not awaited at the top: chunks that a command loads may import this one back, and would wait for it for ever.
void main();

async function main(): Promise<void> {
  const terminal = processTerminal(process);
  try {
    if (process.argv[2] === '__complete') {
      const { runComplete } = await import('./completion/index.ts');
      process.exitCode = await runComplete(skoop, process.argv.slice(3), terminal);
      return;
    }
    const argv = normalizeArgv(process.argv.slice(2), grammarOf(skoop));
    process.exitCode = await runProgram(skoop, argv, terminal);
  } catch (error) {
    const { lines, exitCode } = explainFailure(error, terminal.env);
    for (const line of lines) terminal.note(line);
    process.exitCode = exitCode;
  }
}
