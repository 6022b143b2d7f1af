/** Which kubeconfig files count, merged as kubectl does. */
import { readFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { ApiError } from './api-error.ts';
import type { Kubeconfig } from './kubeconfig.ts';
import { parseKubeconfig } from './parse-kubeconfig.ts';

export interface KubeconfigPlace {
  /** The flag's file: the only one that counts, and it must be there. */
  readonly file?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface LoadedKubeconfig {
  readonly config: Kubeconfig;
  /** Files that were read. */
  readonly files: readonly string[];
  /** Files that were looked for. */
  readonly asked: readonly string[];
}

/** Files of KUBECONFIG that are not there are passed over, as kubectl does. */
export async function loadKubeconfig({ file, env }: KubeconfigPlace): Promise<LoadedKubeconfig> {
  const asked = file === undefined ? defaultFiles(env) : [file];
  const contents = await Promise.all(asked.map(async (path) => read(path, file !== undefined)));
  const present = contents.flatMap((content, index) =>
    content === undefined ? [] : [{ content, path: asked[index]! }],
  );
  const configs = await Promise.all(present.map(async ({ content, path }) => parseKubeconfig(content, path)));
  return { config: merge(configs), files: present.map(({ path }) => path), asked };
}

function defaultFiles(env: KubeconfigPlace['env']): readonly string[] {
  const listed = (env['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  if (listed.length > 0) return [...new Set(listed)];
  const home = env['HOME'] ?? env['USERPROFILE'];
  return home === undefined || home === '' ? [] : [join(home, '.kube', 'config')];
}

async function read(path: string, mustBeThere: boolean): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && !mustBeThere) return undefined;
    throw new ApiError(`${path}: the kubeconfig can't be read: ${READ_ERRORS[code] ?? code}`, {
      problem: 'configuration',
      cause: error,
    });
  }
}

const READ_ERRORS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'not allowed (permission denied)',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is not a directory',
};

/** The first file that names a thing decides it, the current context too. */
function merge(configs: readonly Kubeconfig[]): Kubeconfig {
  // A map that is made of pairs keeps the last.
  const first = <T>(pick: (config: Kubeconfig) => ReadonlyMap<string, T>): ReadonlyMap<string, T> =>
    new Map(configs.toReversed().flatMap((config) => [...pick(config)]));
  const currentContext = configs.find((config) => config.currentContext !== undefined)?.currentContext;
  return {
    clusters: first((config) => config.clusters),
    users: first((config) => config.users),
    contexts: first((config) => config.contexts),
    ...(currentContext !== undefined && { currentContext }),
  };
}
