/**
 * Fuzzes everything that reads data from outside: `npm run fuzz -- [SECONDS [SEED [TARGET]]]`
 *
 * Prints a line per target; ends with 1 and the input where something other than an InputError came out, an input took
 * more than two seconds or memory grew beyond its bound.
 */
import { writeFileSync } from 'node:fs';
import { fuzz } from './fuzz-engine.ts';
import { SECTION_TARGETS } from './fuzz-sections.ts';
import { TARGETS } from './fuzz-targets.ts';

const [seconds = '10', seed = String(Date.now() % 2 ** 31), only] = process.argv.slice(2);
const targets = [...TARGETS, ...SECTION_TARGETS].filter(({ name }) => only === undefined || name === only);
const limits = {
  seed: Number(seed),
  milliseconds: (Number(seconds) * 1000) / targets.length,
  slowestMilliseconds: 2000,
  maxRssBytes: 1536 * 1024 ** 2,
};
console.log(`seed ${seed}`);
for (const target of targets) {
  const { runs, corpus, blocks, slowest, finding } = await fuzz(target, limits);
  console.log(
    `${target.name}: ${runs} inputs, ${corpus} kept, ${blocks} blocks reached, slowest ${Math.round(slowest)} ms`,
  );
  if (finding === undefined) continue;
  const file = `fuzz-finding-${target.name}`;
  writeFileSync(file, finding.input);
  console.error(finding.why);
  console.error(`the input is in ${file}`);
  process.exitCode = 1;
}
