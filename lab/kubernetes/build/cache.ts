/** Where built things are kept, and that one is either whole or not there. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Outside of any checkout: a build takes minutes and serves all of them. */
const ROOT = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'skoop');
export const CACHE = join(ROOT, 'kubernetes');

export interface Recipe {
  readonly name: string;
  /** Folder of the cache, where it is none of Kubernetes' own. */
  readonly under?: string;
  /** All that decides what comes out: versions, sources, options. */
  readonly from: readonly string[];
  /** Fills the empty folder. */
  readonly make: (folder: string) => Promise<void>;
}

export function placeOf(recipe: Recipe): string {
  const hash = createHash('sha256');
  for (const part of [process.arch, ...recipe.from]) hash.update(`${part.length}:${part}`);
  return join(
    recipe.under === undefined ? CACHE : join(ROOT, recipe.under),
    `${recipe.name}-${hash.digest('hex').slice(0, 12)}`,
  );
}

export const isBuilt = (recipe: Recipe): boolean => existsSync(placeOf(recipe));

/** The folder with the recipe's files, made if it is not there. Two that want the same wait for each other. */
export async function built(recipe: Recipe, onStart: () => void = () => {}): Promise<string> {
  const place = placeOf(recipe);
  if (existsSync(place)) return place;
  const cache = dirname(place);
  await mkdir(cache, { recursive: true });
  const release = await lock(`${place}.lock`);
  try {
    if (existsSync(place)) return place;
    onStart();
    // what a killed build left: we hold the lock, so nobody is at work there
    for (const name of await readdir(cache))
      if (join(cache, name).startsWith(`${place}.partial-`))
        await rm(join(cache, name), { recursive: true, force: true });
    const partial = await mkdtemp(`${place}.partial-`);
    try {
      await recipe.make(partial);
      await rename(partial, place);
    } catch (error) {
      await rm(partial, { recursive: true, force: true });
      throw error;
    }
    return place;
  } finally {
    await release();
  }
}

/** Held by a process whose standard input is a pipe of ours, so that it ends with us, however we end. */
export async function lock(file: string): Promise<() => Promise<void>> {
  const holder = spawn('flock', [file, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise<void>((resolve) => holder.once('close', () => resolve()));
  await Promise.race([
    once(holder.stdout, 'data'),
    ended.then(() => {
      throw new Error(`cannot lock ${file}: flock of util-linux is needed`);
    }),
  ]);
  return async () => {
    holder.stdin.end();
    await ended;
  };
}
