/** Whole-process times of the command line against an empty Node, taken in turns so that both see the same machine. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { medianOf } from './median.ts';
import type { Measure } from './measure.ts';

/** A service with an endpoint on each of three nodes: the walk goes to all of them. */
const BUNDLE = 'test/fixtures/captures/three-nodes.skoop';
const QUESTION = ['-s', 'shop/client-1', '-d', 'svc/shop/web', '-p', '80', '--bundle', BUNDLE];

interface Program {
  readonly name: string;
  readonly args: readonly string[];
  /** Without the compiled code that an earlier run kept. */
  readonly isFirst?: boolean;
  /** Milliseconds beyond the empty process. */
  readonly limit?: number;
}

const PROGRAMS: readonly Program[] = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: 'skoop --help', args: ['dist/skoop.cjs', '--help'], limit: 40 },
  { name: 'skoop --bundle', args: ['dist/skoop.cjs', ...QUESTION], limit: 110 },
  { name: 'the first skoop --bundle', args: ['dist/skoop.cjs', ...QUESTION], isFirst: true },
];

/** The differences to an empty process in milliseconds: medians of `rounds` runs of each. */
export function measureProcesses(rounds: number): Measure[] {
  const cache = mkdtempSync(join(tmpdir(), 'skoop-bench-'));
  try {
    const times = PROGRAMS.map((): number[] => []);
    for (let round = -1; round < rounds; round++) {
      for (const [i, program] of PROGRAMS.entries()) {
        const took = timeOf(program, join(cache, program.isFirst === true ? `first-${round}` : 'kept'));
        // The first round only warms the page cache, and keeps compiled code.
        if (round >= 0) times[i]!.push(took);
      }
    }
    const [empty, ...ours] = times.map(medianOf);
    const base: Measure = { name: 'node -e 0', value: empty!, unit: 'ms' };
    return [base, ...ours.map((took, i) => difference(PROGRAMS[i + 1]!, took - empty!))];
  } finally {
    rmSync(cache, { recursive: true, force: true });
  }
}

function timeOf({ name, args }: Program, cache: string): number {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env: { ...process.env, XDG_CACHE_HOME: cache } });
  const took = performance.now() - started;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr.toString()}`);
  return took;
}

function difference(program: Program, value: number): Measure {
  return {
    name: `${program.name}, beyond node -e 0`,
    value,
    unit: 'ms',
    ...(program.limit === undefined ? {} : { limit: program.limit, better: 'less' }),
  };
}
