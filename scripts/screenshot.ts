/** Writes docs/demo.svg: what the command line really prints for a question of the demo. `--check` fails where it is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { printed } from './printed.ts';
import { terminalSvg } from './terminal-svg.ts';

const FILE = 'docs/demo.svg';
const QUESTION = ['-s', 'shop/client-a', '-d', '203.0.113.82', '-p', '80', '--bundle', 'examples/two-nodes.skoop'];
const COLUMNS = 110;

const text = await printed([...QUESTION, '--color=always'], { isTTY: true, width: COLUMNS, env: { FORCE_COLOR: '1' } });
const svg = terminalSvg(`$ skoop ${QUESTION.join(' ').replace('examples/', '')}\n\n${text.trimEnd()}`, COLUMNS);

if (!process.argv.includes('--check')) writeFileSync(FILE, svg);
else if (readFileSync(FILE, 'utf8') !== svg) {
  console.error(`${FILE} is not what the command line prints now: npm run docs`);
  process.exitCode = 1;
}
