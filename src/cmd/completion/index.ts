/** `skoop completion SHELL`, and `skoop __complete WORD…` that its scripts call. */
import { Context } from '../../context/context.ts';
import { ApiError } from '../../k8s/client/api-error.ts';
import type { ApiServer } from '../../k8s/client/api-server.ts';
import { idOf, readMeta } from '../../k8s/object-meta.ts';
import type { Command, CommandInput } from '../command.ts';
import { DONE } from '../exit-code.ts';
import { connectTo } from '../live/session.ts';
import type { Terminal } from '../terminal.ts';
import { UsageError } from '../usage-error.ts';
import { COMPLETION_SCRIPTS, SHELLS } from './scripts.ts';
import { completionOf } from './words.ts';
import type { NameKind } from './words.ts';

/** A person waits for it with a finger on Tab. */
const TIME_LIMIT = 2000;
/** Names that are still of use in a list. */
const MOST_NAMES = 500;

export async function runCompletion({ args, terminal }: CommandInput): Promise<number> {
  const shell = SHELLS.find((one) => one === args[0]);
  if (shell === undefined) throw new UsageError(`completion: "${args[0]}" is none of ${SHELLS.join(', ')}`);
  await terminal.write(COMPLETION_SCRIPTS[shell]);
  return DONE;
}

/** One candidate a line; says nothing where there is none, whatever the reason. */
export async function runComplete(root: Command, words: readonly string[], terminal: Terminal): Promise<number> {
  const found = completionOf(root, words);
  const lines =
    found.kind === 'words'
      ? found.words
      : found.kind === 'names'
        ? await names(found.of, found.prefix, { words, terminal })
        : [];
  await terminal.write(lines.map((line) => `${line}\n`).join(''));
  return DONE;
}

interface Typed {
  readonly words: readonly string[];
  readonly terminal: Terminal;
}

async function names(of: NameKind, prefix: string, { words, terminal }: Typed): Promise<readonly string[]> {
  try {
    const api = await connectTo(new Context(clusterOf(words)), terminal);
    const late = setTimeout(() => api.close(), TIME_LIMIT);
    try {
      return (await namesIn(api, of)).filter((name) => name.startsWith(prefix)).slice(0, MOST_NAMES);
    } finally {
      clearTimeout(late);
      api.close();
    }
  } catch (error) {
    if (error instanceof ApiError) return [];
    throw error;
  }
}

/** Which cluster the words so far speak of. */
function clusterOf(words: readonly string[]): ReadonlyMap<string, string> {
  const given = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const [name = '', value = words[index + 1] ?? ''] = word.replace(/^--/, '').split('=', 2);
    if (name === 'kubeconfig' || name === 'kube-config') given.set('kube-config', value);
    if (name === 'context') given.set('context', value);
  }
  return given;
}

async function namesIn(api: ApiServer, of: NameKind): Promise<readonly string[]> {
  const read = async (path: string, prefix = ''): Promise<readonly string[]> =>
    (
      await api.list(
        path,
        (object) => {
          const meta = readMeta(object);
          return meta === undefined ? '' : `${prefix}${idOf(meta)}`;
        },
        undefined,
        { isMetadataOnly: true },
      )
    ).filter((name) => name !== '');
  switch (of) {
    case 'namespace':
      return read('/api/v1/namespaces');
    case 'node':
      return read('/api/v1/nodes');
    case 'end':
      return (
        await Promise.all([read('/api/v1/pods'), read('/api/v1/services', 'svc/'), read('/api/v1/nodes', 'node/')])
      ).flat();
  }
}
