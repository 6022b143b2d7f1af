/** Runs all measures with the same inputs each time and prints them as one table. `--short` takes fewer rounds. */
import { printMeasures } from './measure.ts';
import type { Measure } from './measure.ts';
import { measureNftListing } from './nftables.ts';
import { measureNftablesNode, measureNode } from './packets.ts';
import { measureProcesses } from './process-times.ts';
import { measureSaveFile } from './save-file.ts';

const isShort = process.argv.includes('--short');
const measures: Measure[] = [
  ...measureProcesses(isShort ? 7 : 31),
  ...measureSaveFile(isShort ? 3 : 7),
  ...measureNftListing(isShort ? 3 : 7),
  ...measureNode(isShort ? 20_000 : 100_000),
  ...measureNftablesNode(isShort ? 20_000 : 100_000),
];
console.log(printMeasures(measures));
