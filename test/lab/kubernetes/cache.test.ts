/** A thing in the cache is whole, whoever else wants it and whatever ended an earlier build. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Recipe } from '../../../lab/kubernetes/build/cache.ts';

const CACHE_MODULE = '../../../lab/kubernetes/build/cache.ts';
let home: string;
let cache: typeof import('../../../lab/kubernetes/build/cache.ts');

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'skoop-cache-'));
  vi.stubEnv('XDG_CACHE_HOME', home);
  cache = (await import(CACHE_MODULE)) as typeof cache;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true });
});

const recipe = (name: string, make: Recipe['make']): Recipe => ({ name, from: ['1.36.3'], make });
const left = async (name: string): Promise<string[]> =>
  (await readdir(join(home, 'skoop', 'kubernetes'))).filter(
    (entry) => entry.startsWith(`${name}-`) && !entry.endsWith('.lock'),
  );

describe('the cache of built things', () => {
  beforeEach((context) => {
    if (process.platform !== 'linux') context.skip('needs linux');
  });

  it('builds once for two that want it at the same time', async () => {
    let times = 0;
    const slow = recipe('slow', async (folder) => {
      times += 1;
      await sleep(200);
      await writeFile(join(folder, 'program'), 'whole');
    });
    const [one, other] = await Promise.all([cache.built(slow), cache.built(slow)]);
    expect({ times, same: one === other }).toEqual({ times: 1, same: true });
    expect(await readFile(join(one, 'program'), 'utf8')).toBe('whole');
  });

  it('keeps nothing of a build that failed, and builds it the next time', async () => {
    let isBroken = true;
    const fragile = recipe('fragile', async (folder) => {
      await writeFile(join(folder, 'program'), 'half');
      if (isBroken) throw new Error('no space left');
    });
    await expect(cache.built(fragile)).rejects.toThrow('no space left');
    expect(await left('fragile')).toEqual([]);
    isBroken = false;
    await cache.built(fragile);
    expect(await left('fragile')).toHaveLength(1);
  });

  it('does not take what a killed build left, and removes it', async () => {
    const program = `
      import { built } from ${JSON.stringify(new URL(CACHE_MODULE, import.meta.url).href)};
      await built({ name: 'killed', from: ['1.36.3'], make: async () => {
        console.log('at work');
        await new Promise((resolve) => setTimeout(resolve, 60_000));
      } });`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'close');
    expect(await left('killed')).toEqual([expect.stringContaining('.partial-')]);
    const again = recipe('killed', async (folder) => mkdir(join(folder, 'whole')));
    expect(await readdir(await cache.built(again))).toEqual(['whole']);
    expect(await left('killed')).toHaveLength(1);
  });
});
