/** Runs a program of the machine, and turns a failure into one error that says what was run and what it answered. */
import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions extends Pick<SpawnOptions, 'cwd' | 'env'> {
  readonly stdin?: string;
}

/** A program that a signal ended counts as 128; one that is not there as 127. */
export async function output(argv: readonly string[], options: RunOptions = {}): Promise<Output> {
  const { stdin, ...rest } = options;
  const child = spawn(argv[0]!, argv.slice(1), { ...rest, stdio: ['pipe', 'pipe', 'pipe'] });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(stdin ?? '');
  try {
    const [code] = (await once(child, 'close')) as [number | null];
    return {
      code: code ?? 128,
      stdout: Buffer.concat(stdout).toString(),
      stderr: Buffer.concat(stderr).toString(),
    };
  } catch (error) {
    return { code: 127, stdout: '', stderr: error instanceof Error ? error.message : String(error) };
  }
}

/** Its standard output. */
export async function succeed(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await output(argv, options);
  if (result.code === 0) return result.stdout;
  const said = (result.stderr.trim() || result.stdout.trim()).split('\n').slice(-12).join('\n');
  throw new Error(`${argv.join(' ').slice(0, 300)}: exit code ${result.code}\n${said}`);
}

/** With our own terminal. Returns its exit code. */
export async function foreground(argv: readonly string[]): Promise<number> {
  const child = spawn(argv[0]!, argv.slice(1), { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 128;
}
