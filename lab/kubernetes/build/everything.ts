/** All that has to be built before a cluster can start, and where each thing then is. */
import { join } from 'node:path';
import { built, isBuilt, type Recipe } from './cache.ts';
import { IMAGES } from './images.ts';
import { ECHO_SERVER, ETCD, FLANNEL, KUBERNETES } from './programs.ts';

const RECIPES: readonly Recipe[] = [ECHO_SERVER, ETCD, FLANNEL, KUBERNETES, IMAGES];

export interface Built {
  /** Folder of the programs of Kubernetes. */
  readonly kubernetes: string;
  readonly etcd: string;
  readonly echo: string;
  /** Folder of OCI archives. */
  readonly images: string;
}

export const isEverythingBuilt = (): boolean => RECIPES.every(isBuilt);

/** One after the other: the Go compiler takes every core by itself. */
export async function buildEverything(say: (line: string) => void): Promise<Built> {
  const place = async (recipe: Recipe): Promise<string> =>
    built(recipe, () => say(`building ${recipe.name} (about ${minutes(recipe)}) …`));
  const echo = join(await place(ECHO_SERVER), 'echo');
  const etcd = join(await place(ETCD), 'etcd');
  await place(FLANNEL);
  const kubernetes = await place(KUBERNETES);
  return { kubernetes, etcd, echo, images: await place(IMAGES) };
}

const minutes = (recipe: Recipe): string => (recipe === KUBERNETES ? '10 minutes' : '1 minute');
