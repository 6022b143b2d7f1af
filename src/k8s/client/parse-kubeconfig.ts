/** One kubeconfig file: its clusters, users and contexts, with the paths in it made absolute. */
import { dirname, resolve } from 'node:path';
import { at, fields, flag, list, text, texts } from '../fields.ts';
import type { Fields } from '../fields.ts';
import { ApiError } from './api-error.ts';
import type {
  ExecPlugin,
  Kubeconfig,
  KubeconfigCluster,
  KubeconfigContext,
  KubeconfigUser,
  Material,
} from './kubeconfig.ts';

/** `content` is the file's text, YAML or JSON. */
export async function parseKubeconfig(content: string, path: string): Promise<Kubeconfig> {
  const root = fields(await parse(content, path));
  const read = { path, folder: dirname(resolve(path)) };
  const currentContext = text(root, 'current-context');
  const named = <T>(plural: string, singular: string, make: (entry: Fields, name: string) => T): Map<string, T> => {
    const out = new Map<string, T>();
    for (const item of list(root, plural).map(fields)) {
      const name = text(item, 'name');
      // The first of a name counts, as with several files.
      if (name !== undefined && !out.has(name)) out.set(name, make(at(item, singular), name));
    }
    return out;
  };
  return {
    clusters: named('clusters', 'cluster', (entry, name) => readCluster(entry, `cluster "${name}"`, read)),
    users: named('users', 'user', (entry, name) => readUser(entry, `user "${name}"`, read)),
    contexts: named('contexts', 'context', readContext),
    ...(currentContext !== undefined && { currentContext }),
  };
}

/** What a value is read for: where the file is, and where its relative paths begin. */
interface Reading {
  readonly path: string;
  readonly folder: string;
}

async function parse(content: string, path: string): Promise<unknown> {
  try {
    if (content.trimStart().startsWith('{')) return JSON.parse(content);
    const { parse } = await import('yaml');
    return parse(content, { logLevel: 'error' });
  } catch (error) {
    // The parser's own message goes on with the lines around the fault, which may hold a token.
    const fault = error instanceof Error ? error.message.split('\n', 1)[0]!.replace(/:$/, '') : 'not readable';
    const where = error instanceof SyntaxError ? 'not valid JSON' : fault;
    throw new ApiError(`${path}: is no kubeconfig: ${where}`, { problem: 'configuration' });
  }
}

function readCluster(entry: Fields, name: string, reading: Reading): KubeconfigCluster {
  const ca = material(entry, 'certificate-authority', { ...reading, name });
  const tlsServerName = text(entry, 'tls-server-name');
  const proxyURL = text(entry, 'proxy-url');
  return {
    server: text(entry, 'server') ?? '',
    skipsVerification: flag(entry, 'insecure-skip-tls-verify') ?? false,
    ...(tlsServerName !== undefined && { tlsServerName }),
    ...(proxyURL !== undefined && { proxyURL }),
    ...(ca !== undefined && { ca }),
    ...execExtension(entry),
  };
}

/** Name of the extension that a plugin gets as `spec.cluster.config` (KEP-541). */
const EXEC_EXTENSION = 'client.authentication.k8s.io/exec';

function execExtension(entry: Fields): { readonly execConfig?: unknown } {
  const extension = list(entry, 'extensions')
    .map(fields)
    .find((one) => text(one, 'name') === EXEC_EXTENSION);
  return extension === undefined ? {} : { execConfig: extension['extension'] };
}

function readUser(entry: Fields, name: string, reading: Reading): KubeconfigUser {
  const certificate = material(entry, 'client-certificate', { ...reading, name });
  const key = material(entry, 'client-key', { ...reading, name });
  const tokenFile = text(entry, 'tokenFile');
  const provider = at(entry, 'auth-provider');
  const providerName = text(provider, 'name');
  const exec = at(entry, 'exec');
  const [token, username, password, user, uid] = ['token', 'username', 'password', 'as', 'as-uid'].map((field) =>
    secretText(entry, field, { ...reading, name }),
  );
  return {
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(token !== undefined && { token }),
    ...(tokenFile !== undefined && { tokenFile: resolve(reading.folder, tokenFile) }),
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(text(exec, 'command') !== undefined && { exec: readExec(exec, reading) }),
    ...(providerName !== undefined && { authProvider: { name: providerName, config: at(provider, 'config') } }),
    impersonation: {
      ...(user !== undefined && { user }),
      ...(uid !== undefined && { uid }),
      groups: texts(entry, 'as-groups'),
      extra: new Map(
        Object.keys(at(entry, 'as-user-extra')).map((key) => [key, texts(at(entry, 'as-user-extra'), key)]),
      ),
    },
  };
}

function readExec(exec: Fields, { folder }: Reading): ExecPlugin {
  const command = text(exec, 'command')!;
  const installHint = text(exec, 'installHint');
  return {
    apiVersion: text(exec, 'apiVersion') ?? '',
    // As client-go does: a bare name is looked for in PATH, a relative path begins at the file.
    command: command.includes('/') ? resolve(folder, command) : command,
    args: texts(exec, 'args'),
    env: list(exec, 'env')
      .map(fields)
      .flatMap((one) => {
        const name = text(one, 'name');
        return name === undefined ? [] : [{ name, value: text(one, 'value') ?? '' }];
      }),
    ...(installHint !== undefined && { installHint }),
    wantsClusterInfo: flag(exec, 'provideClusterInfo') ?? false,
    interactiveMode: text(exec, 'interactiveMode') ?? 'IfAvailable',
  };
}

function readContext(entry: Fields): KubeconfigContext {
  const namespace = text(entry, 'namespace');
  return {
    cluster: text(entry, 'cluster') ?? '',
    user: text(entry, 'user') ?? '',
    ...(namespace !== undefined && { namespace }),
  };
}

/** `FIELD-data` goes before `FIELD`, as in client-go. */
function material(entry: Fields, field: string, of: Reading & { readonly name: string }): Material | undefined {
  const data = text(entry, `${field}-data`);
  const path = text(entry, field);
  if (data === undefined) return path === undefined ? undefined : { kind: 'file', path: resolve(of.folder, path) };
  return { kind: 'data', data: Buffer.from(data, 'base64'), from: `${field}-data of ${of.name} in ${of.path}` };
}

/** A number where text must be is refused, as kubectl does: `0123` would become another password. */
function secretText(entry: Fields, field: string, of: Reading & { readonly name: string }): string | undefined {
  if (typeof entry[field] === 'number' || typeof entry[field] === 'boolean')
    throw new ApiError(`${of.path}: ${field} of ${of.name} is not text`, {
      problem: 'configuration',
      remedy: 'Put it in quotes.',
    });
  return text(entry, field);
}
