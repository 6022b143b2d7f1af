/** Writes docs/demo.svg: what the command line really prints for a question of the demo. `--check` fails where it is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { normalizeArgv } from '../src/cmd/argv.ts';
import { grammarOf, runProgram } from '../src/cmd/program.ts';
import type { Terminal } from '../src/cmd/terminal.ts';
import { skoop } from '../src/cmd/wiring.ts';
import { terminalSvg } from './terminal-svg.ts';

const FILE = 'docs/demo.svg';
const QUESTION = ['-s', 'shop/client-a', '-d', '203.0.113.82', '-p', '80', '--bundle', 'examples/two-nodes.skoop'];
const COLUMNS = 110;

const chunks: Uint8Array[] = [];
const terminal: Terminal = {
  write: async (text) => void chunks.push(Buffer.from(text)),
  note: (line) => console.error(line),
  stdin: (async function* () {})(),
  isTTY: true,
  isWatched: false,
  width: COLUMNS,
  env: { FORCE_COLOR: '1' },
  signal: new AbortController().signal,
  onInterrupt: () => {},
};
await runProgram(skoop, normalizeArgv([...QUESTION, '--color=always'], grammarOf(skoop)), terminal);
const svg = terminalSvg(
  `$ skoop ${QUESTION.join(' ').replace('examples/', '')}\n\n${Buffer.concat(chunks).toString().trimEnd()}`,
  COLUMNS,
);

if (!process.argv.includes('--check')) writeFileSync(FILE, svg);
else if (readFileSync(FILE, 'utf8') !== svg) {
  console.error(`${FILE} is not what the command line prints now: npm run docs`);
  process.exitCode = 1;
}
