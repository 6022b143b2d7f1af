import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runProgram } from '../../src/collector/spawn.ts';

const limits = { timeLimit: 10_000, maxBytes: 1_000_000 };

/** True while the process runs; one that has ended and waits for its parent does not. */
function isRunning(pid: number): boolean {
  return existsSync(`/proc/${pid}/stat`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
}

async function ends(pid: number): Promise<boolean> {
  for (let i = 0; i < 50 && isRunning(pid); i++) await new Promise((resolve) => setTimeout(resolve, 20));
  return !isRunning(pid);
}

describe('runProgram', () => {
  it('gives both outputs and the exit code', async () => {
    const result = await runProgram('sh', ['-c', 'cat; echo no >&2; exit 3'], { ...limits, stdin: 'yes\n' });
    expect(result).toEqual({ exitCode: 3, stdout: Buffer.from('yes\n'), stderr: 'no\n' });
  });

  it('ends the grandchildren too at the time limit', async () => {
    const started = Date.now();
    const result = await runProgram('sh', ['-c', 'sleep 100 & echo $!; wait'], { ...limits, timeLimit: 300 });
    expect(result.stoppedBy).toBe('time');
    expect(Date.now() - started).toBeLessThan(5000);
    expect(await ends(Number(result.stdout.toString()))).toBe(true);
  });

  it('ends what the program left behind', async () => {
    const result = await runProgram('sh', ['-c', 'sleep 100 >/dev/null 2>&1 & echo $!'], limits);
    expect(result.exitCode).toBe(0);
    expect(await ends(Number(result.stdout.toString()))).toBe(true);
  });

  it('ends one that prints without end', async () => {
    const result = await runProgram('yes', [], limits);
    expect(result.stoppedBy).toBe('size');
    expect(result.stdout.length).toBeLessThanOrEqual(limits.maxBytes);
  });

  it('ends at the signal', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    expect((await runProgram('sleep', ['100'], { ...limits, signal: controller.signal })).stoppedBy).toBe('signal');
  });

  it('rejects where there is no such program', async () => {
    await expect(runProgram('/nowhere/sh', [], limits)).rejects.toMatchObject({ code: 'ENOENT' });
  });
});
