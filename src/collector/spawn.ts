/** Runs a program so that nothing of it is left: its own process group, a cap on its output, a time limit, and an end by group. */
import { spawn } from 'node:child_process';

export interface SpawnOptions {
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; then the whole group is killed. */
  readonly timeLimit: number;
  /** Bytes of standard output; more than that ends the program. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal;
}

export interface SpawnResult {
  /** undefined where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: Buffer;
  /** At most the first 64 KiB. */
  readonly stderr: string;
  /** Why we ended it ourselves. */
  readonly stoppedBy?: 'time' | 'size' | 'signal';
}

const MAX_STDERR = 64 * 1024;

/** Rejects with what `spawn` says where the program could not be started. */
export async function runProgram(
  command: string,
  args: readonly string[],
  options: SpawnOptions,
): Promise<SpawnResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      detached: true,
      stdio: 'pipe',
      ...(options.env !== undefined && { env: options.env }),
    });
    const stdout: Buffer[] = [];
    let [bytes, stderr] = [0, ''];
    let stoppedBy: SpawnResult['stoppedBy'];
    const killGroup = (): void => {
      // ESRCH: all of it has ended already.
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {}
    };
    const stop = (why: 'time' | 'size' | 'signal'): void => {
      stoppedBy ??= why;
      killGroup();
    };
    const timer = setTimeout(() => stop('time'), options.timeLimit);
    const onAbort = (): void => stop('signal');
    options.signal?.addEventListener('abort', onAbort);
    process.once('exit', killGroup);
    const settle = (): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', onAbort);
      process.removeListener('exit', killGroup);
    };
    if (options.signal?.aborted === true) onAbort();
    child.stdout.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > options.maxBytes) stop('size');
      else stdout.push(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      if (stderr.length < MAX_STDERR) stderr += chunk.toString('utf8');
    });
    // A program that does not read its input is judged by its exit code.
    child.stdin.on('error', () => {});
    child.stdin.end(options.stdin ?? '');
    child.on('error', (error) => {
      settle();
      reject(error);
    });
    child.on('close', (exitCode) => {
      settle();
      // What the group's leader started and did not wait for.
      killGroup();
      resolve({
        exitCode: exitCode ?? undefined,
        stdout: Buffer.concat(stdout),
        stderr,
        ...(stoppedBy !== undefined && { stoppedBy }),
      });
    });
  });
}
