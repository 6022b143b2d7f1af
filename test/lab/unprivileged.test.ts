/** The laboratory without root: an ordinary user's namespaces give the same answers, but for where the kernel drops a packet. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

const NOT_HERE = 2;

describe('npm run lab -- --unprivileged', () => {
  it.for(['healthy-vxlan-traced/v4/legacy', 'drop-by-set/', 'echo-ignored/v6/nft'])(
    '%s',
    { timeout: 120_000 },
    (name, ctx) => {
      const run = spawnSync(
        process.execPath,
        ['node_modules/tsx/dist/cli.mjs', 'lab/main.ts', '--unprivileged', '--only', name],
        { encoding: 'utf8' },
      );
      if (run.stderr.includes('others can not read')) ctx.skip('needs a checkout that others can read');
      if (run.status === NOT_HERE && run.stderr.includes('does not run here')) ctx.skip('needs namespaces');
      expect(run.status, run.stdout + run.stderr).toBe(0);
      expect(run.stderr).toContain('stopping places are not checked: bpftrace needs root');
      expect(run.stdout).toMatch(/^1 scenarios, \d{2,} probes, \d{2,} agreements, 0 disagreements, /m);
    },
  );
});
