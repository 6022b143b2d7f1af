/** Connects to the cluster that the kubeconfig, or the pod's own service account, names. */
import type { ApiServer } from './api-server.ts';
import { ApiError } from './api-error.ts';
import { Credentials } from './credentials.ts';
import { readMaterial } from './material.ts';
import { readList } from './list.ts';
import { sendForJSON } from './request.ts';
import { findTarget } from './target-cluster.ts';
import type { TargetOptions } from './target-cluster.ts';
import { Transport } from './transport.ts';
import { watch } from './watch.ts';

export type ConnectOptions = TargetOptions;

/** Nothing is sent yet. Rejects with ApiError where the kubeconfig is at fault. */
export async function connect(options: ConnectOptions): Promise<ApiServer> {
  const { env } = options;
  const { cluster, user, context, userName, namespace } = await findTarget(options);
  const ca = cluster.ca && (await readMaterial(cluster.ca, 'the certificate authority'));
  const trust = { cluster, ca, env };
  const transport = new Transport(trust, new Credentials(user, trust));
  return {
    about: {
      server: cluster.server,
      ...(context !== undefined && { context }),
      ...(userName !== undefined && { user: userName }),
      namespace,
    },
    get: async (path, query) => sendForJSON(transport, { method: 'GET', path, query }),
    list: async (path, slim, query, { isMetadataOnly, isSample } = {}) =>
      readList(transport, { path, slim, query, isMetadataOnly, isSample }),
    create: async (path, body, query) => sendForJSON(transport, { method: 'POST', path, body, query }),
    delete: async (path, body) => {
      await sendForJSON(transport, { method: 'DELETE', path, body }).catch((error: unknown) => {
        if (!(error instanceof ApiError) || error.problem !== 'not-found') throw error;
      });
    },
    watch: (path, watchOptions) => watch(transport, path, watchOptions),
    exec: async (at, command, execOptions) => (await import('./exec.ts')).exec(transport, at, command, execOptions),
    close: () => transport.close(),
  };
}
