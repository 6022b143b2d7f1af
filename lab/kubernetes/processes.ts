/** Starts the processes of a cluster and finds them again: each carries the cluster's name in its environment. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { folderOf, identityOf, isAlive, type Identity } from './state.ts';

const MARK = 'SKOOP_LAB_CLUSTER';
const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** What a process of the cluster knows of the machine's environment: nothing that could change what it does. */
export const environmentOf = (cluster: string): NodeJS.ProcessEnv => ({ PATH, LC_ALL: 'C', [MARK]: cluster });

export interface Daemon extends Identity {
  readonly name: string;
  readonly log: string;
}

/** Goes on when we end. Its output is in the cluster's folder. */
export function startDaemon(cluster: string, name: string, argv: readonly string[]): Daemon {
  const log = join(folderOf(cluster), 'log', `${name}.log`);
  mkdirSync(join(folderOf(cluster), 'log'), { recursive: true });
  const file = openSync(log, 'a');
  const child = spawn(argv[0]!, argv.slice(1), {
    detached: true,
    stdio: ['ignore', file, file],
    env: environmentOf(cluster),
    cwd: '/',
  });
  closeSync(file);
  child.on('error', () => {});
  child.unref();
  const identity = child.pid === undefined ? undefined : identityOf(child.pid);
  return { name, log, pid: child.pid ?? 0, startTime: identity?.startTime ?? '' };
}

/** Asks until there is an answer. Fails at once when one of the daemons that it takes has ended, with its last words. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined>,
  options: { readonly daemons: readonly Daemon[]; readonly seconds: number },
): Promise<T> {
  const deadline = performance.now() + options.seconds * 1000;
  let lastError = '';
  for (;;) {
    try {
      const answer = await ask();
      if (answer !== undefined) return answer;
    } catch (error) {
      lastError = error instanceof Error ? `: ${error.message}` : '';
    }
    for (const daemon of options.daemons)
      if (!isAlive(daemon)) throw new Error(`${what}: ${daemon.name} has ended${await lastWords([daemon])}`);
    if (performance.now() > deadline)
      throw new Error(`${what}: not after ${options.seconds} s${lastError}${await lastWords(options.daemons)}`);
    await sleep(100);
  }
}

async function lastWords(daemons: readonly Daemon[]): Promise<string> {
  const parts = await Promise.all(
    daemons.map(async ({ name, log }) => {
      const text = await readFile(log, 'utf8').catch(() => '');
      return `\n${name} said last:\n${text.trimEnd().split('\n').slice(-8).join('\n')}`;
    }),
  );
  return parts.join('');
}

/** Every process that carries the cluster's name; those in containers do not, but end with their node's PID 1. */
export const processesOf = (cluster: string): Identity[] =>
  pids().flatMap((pid) => (environment(pid).includes(`${MARK}=${cluster}`) ? (identityOf(pid) ?? []) : []));

function environment(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

export const pids = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);

/** Until none is left: one may have been started between the look and the kill. */
export async function endProcessesOf(cluster: string): Promise<void> {
  const deadline = performance.now() + 20_000;
  for (;;) {
    const left = processesOf(cluster).filter(({ pid }) => pid !== process.pid);
    if (left.length === 0) return;
    if (performance.now() > deadline)
      throw new Error(`processes of ${cluster} do not end: ${left.map(({ pid }) => pid).join(', ')}`);
    for (const one of left) if (isAlive(one)) endProcess(one.pid);
    await sleep(30);
  }
}

function endProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it has just ended
  }
}
