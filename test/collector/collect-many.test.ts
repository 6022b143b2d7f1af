/** How long a node with a hundred pods takes; the measure is printed, the limit is wide enough for a machine that does more. */
import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { collectHere, readDump } from '../../src/collector/index.ts';

const NAMES = Array.from({ length: 100 }, (_, i) => `collector-${process.pid}-${i}`);

function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('ip', ['netns', 'add', NAMES[0]!], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

describe.skipIf(!canMakeNamespaces())('a node with a hundred pods', () => {
  beforeAll(() => {
    const add = NAMES.slice(1).map((name) => `netns add ${name}\n`);
    const wire = NAMES.map(
      (name, i) => `link add eth0 netns ${name} type veth peer name veth${i} netns ${NAMES[0]}\n`,
    ).slice(1);
    execFileSync('ip', ['-batch', '-'], { input: add.join('') });
    execFileSync('ip', ['-batch', '-'], { input: wire.join('') });
  }, 60_000);

  afterAll(() => {
    execFileSync('ip', ['-force', '-batch', '-'], { input: NAMES.map((name) => `netns del ${name}\n`).join('') });
  }, 60_000);

  it.each<[what: string, names: readonly string[], limit: number]>([
    ['all of them', NAMES, 90_000],
    ['two of them', NAMES.slice(1, 3), 30_000],
  ])(
    'is dumped: %s',
    async (what, names, limit) => {
      const started = performance.now();
      const bytes = await collectHere({ nodeName: 'node-a', what: names });
      const took = performance.now() - started;
      const dump = readDump(bytes, { file: 'collected' });
      expect(dump.netns).toHaveLength(names.length + 1);
      const failed = dump.netns.flatMap(({ sections }) =>
        Object.entries(sections)
          .filter(([, { exitCode }]) => exitCode !== 0)
          .map(([name]) => name),
      );
      expect(failed).toEqual([]);
      process.stdout.write(
        `a hundred namespaces, ${what}: ${Math.round(took)} ms, ${Math.round(bytes.length / 1024)} KiB\n`,
      );
      expect(took).toBeLessThan(limit);
    },
    120_000,
  );
});
