/** Runs a shell script in a network namespace of its own, which goes when it ends. */
import { spawnSync } from 'node:child_process';

const LIMIT = 300_000;

/** What it printed. Throws where no namespace can be had. */
export function inNamespace(script: string): string {
  const asUser = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
  const { status, stdout, stderr, error } = spawnSync('unshare', [...asUser, '--net', 'sh', '-s'], {
    input: `${script}\nexit 0\n`,
    encoding: 'utf8',
    timeout: LIMIT,
    maxBuffer: 1 << 28,
    env: { ...process.env, LC_ALL: 'C', XTABLES_LOCKFILE: `/tmp/skoop-corpus-${process.pid}.lock` },
  });
  if (status !== 0) throw new Error(`the namespace ended with ${status}: ${error?.message ?? stderr.trim()}`);
  return stdout;
}
