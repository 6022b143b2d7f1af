/** Whole-process times of the command line against an empty Node, taken in turns so that both see the same machine. */
import { spawnSync } from 'node:child_process';
import { performance } from 'node:perf_hooks';
import { medianOf } from './median.ts';
import type { Measure } from './measure.ts';

/** A service with an endpoint on each of three nodes: the walk goes to all of them. */
const BUNDLE = 'test/fixtures/captures/three-nodes.skoop';
const QUESTION = ['-s', 'shop/client-1', '-d', 'svc/shop/web', '-p', '80', '--bundle', BUNDLE];

const PROGRAMS = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: 'skoop --help', args: ['dist/skoop.cjs', '--help'], limit: 40 },
  { name: 'skoop --bundle', args: ['dist/skoop.cjs', ...QUESTION], limit: 110 },
] as const;

/** The differences to an empty process in milliseconds: medians of `rounds` runs of each. */
export function measureProcesses(rounds: number): Measure[] {
  const times = PROGRAMS.map((): number[] => []);
  for (let round = -1; round < rounds; round++) {
    for (const [i, { name, args }] of PROGRAMS.entries()) {
      const started = performance.now();
      const { status, stderr } = spawnSync(process.execPath, args);
      const took = performance.now() - started;
      if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.toString()}`);
      // The first round only warms the page cache.
      if (round >= 0) times[i]!.push(took);
    }
  }
  const [empty, ...ours] = times.map(medianOf);
  const base: Measure = { name: 'node -e 0', value: empty!, unit: 'ms' };
  return [base, ...ours.map((took, i) => difference(PROGRAMS[i + 1]!, took - empty!))];
}

function difference(program: { readonly name: string; readonly limit?: number }, value: number): Measure {
  return {
    name: `${program.name}, beyond node -e 0`,
    value,
    unit: 'ms',
    ...(program.limit === undefined ? {} : { limit: program.limit, better: 'less' }),
  };
}
