/** Writes the files that tell a client where the API server is, who vouches for it, and who the client is. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { API_PORT, CONTROL_PLANE } from './addresses.ts';
import { folderOf } from './state.ts';

export const CERTIFICATES = 'pki';
export const INSIDE_URL = `https://${CONTROL_PLANE.ipv4}:${API_PORT}`;
/** By the forwarder, from the machine's own network namespace. */
export const urlAt = (port: number): string => `https://127.0.0.1:${port}`;

export type Credentials = { readonly certificate: string } | { readonly token: string };

export interface Kubeconfig {
  readonly cluster: string;
  readonly url: string;
  readonly user: string;
  readonly credentials: Credentials;
  readonly namespace?: string;
}

export const kubeconfigPath = (cluster: string, name: string): string => join(folderOf(cluster), `${name}.kubeconfig`);

/** kubectl keeps what it learns of an API server in the home folder, if it is not told where else. */
export const kubectlOptions = (cluster: string): readonly string[] => [
  `--kubeconfig=${kubeconfigPath(cluster, 'admin')}`,
  `--cache-dir=${join(folderOf(cluster), 'kubectl-cache')}`,
];

/** All in one file, which can be copied elsewhere. Returns its path. */
export async function writeKubeconfig(name: string, config: Kubeconfig): Promise<string> {
  const { cluster, url, user, credentials, namespace } = config;
  const pki = join(folderOf(cluster), CERTIFICATES);
  const data = async (file: string): Promise<string> => (await readFile(join(pki, file))).toString('base64');
  const path = kubeconfigPath(cluster, name);
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: cluster, cluster: { server: url, 'certificate-authority-data': await data('ca.crt') } }],
    users: [
      {
        name: user,
        user:
          'token' in credentials
            ? { token: credentials.token }
            : {
                'client-certificate-data': await data(`${credentials.certificate}.crt`),
                'client-key-data': await data(`${credentials.certificate}.key`),
              },
      },
    ],
    contexts: [
      { name: `${user}@${cluster}`, context: { cluster, user, ...(namespace === undefined ? {} : { namespace }) } },
    ],
    'current-context': `${user}@${cluster}`,
  };
  await writeFile(path, stringify(content), { mode: 0o600 });
  return path;
}
