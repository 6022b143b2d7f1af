#!/usr/bin/env node
/** The process: argv in, exit code out. */
import { normalizeArgv } from './argv.ts';
import { explainFailure } from './failure.ts';
import { processTerminal } from './process-terminal.ts';
import { grammarOf, runProgram } from './program.ts';
import type { Terminal } from './terminal.ts';
import { skoop } from './wiring.ts';

// CommonJS has no await at the top.
void main(processTerminal(process));

async function main(terminal: Terminal): Promise<void> {
  await run(terminal);
  // after a signal its handler ends the process, once all is cleaned up
  if (terminal.signal.aborted) return;
  // left to itself Node first takes the heap apart, which can take longer than the command
  process.stdout.write('', () => process.exit());
}

async function run(terminal: Terminal): Promise<void> {
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
