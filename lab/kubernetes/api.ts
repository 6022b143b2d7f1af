/** Asks the API server as the cluster's administrator: what kubectl does, without a process for each question. */
import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { CERTIFICATES } from './kubeconfig.ts';
import { folderOf } from './state.ts';

export interface Api {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** A JSON merge patch. */
  patch<T>(path: string, body: unknown): Promise<T>;
  text(path: string): Promise<string>;
}

interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: unknown;
}

export async function openApi(cluster: string, port: number): Promise<Api> {
  const read = async (file: string): Promise<Buffer> => readFile(join(folderOf(cluster), CERTIFICATES, file));
  const [ca, cert, key] = await Promise.all([read('ca.crt'), read('admin.crt'), read('admin.key')]);
  const call = async ({ method, path, body }: Call): Promise<string> =>
    new Promise((resolve, reject) => {
      const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
      const sent = request(
        { host: '127.0.0.1', port, ca, cert, key, method, path, headers: { 'content-type': type }, timeout: 10_000 },
        (answer) => {
          const chunks: Buffer[] = [];
          answer.on('data', (chunk: Buffer) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => {
            const text = Buffer.concat(chunks).toString();
            if ((answer.statusCode ?? 0) < 300) resolve(text);
            else reject(new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
          });
        },
      );
      sent.on('timeout', () => sent.destroy(new Error(`${method} ${path}: no answer`)));
      sent.on('error', reject);
      sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
  const json = async <T>(options: Call): Promise<T> => JSON.parse(await call(options)) as T;
  return {
    get: async (path) => json({ method: 'GET', path }),
    post: async (path, body) => json({ method: 'POST', path, body }),
    patch: async (path, body) => json({ method: 'PATCH', path, body }),
    text: async (path) => call({ method: 'GET', path }),
  };
}

export interface List<T> {
  readonly items: readonly T[];
}

export interface Metadata {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
}

export const isReady = (conditions: readonly Condition[] | undefined): boolean =>
  conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
