/** Which cluster, as which user: a context of the kubeconfig, or the pod's own service account where there is no file. */
import { readFile } from 'node:fs/promises';
import { didYouMean, nearestNames } from '../nearest-names.ts';
import { ApiError } from './api-error.ts';
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts';
import { loadKubeconfig } from './kubeconfig-files.ts';
import type { KubeconfigPlace, LoadedKubeconfig } from './kubeconfig-files.ts';

export interface TargetCluster {
  readonly cluster: KubeconfigCluster;
  readonly user: KubeconfigUser;
  readonly context?: string;
  readonly userName?: string;
  readonly namespace: string;
}

export interface TargetOptions extends KubeconfigPlace {
  readonly context?: string | undefined;
  /** Where a pod has its service account. */
  readonly serviceAccountFolder?: string;
}

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';
const NOBODY: KubeconfigUser = { impersonation: { groups: [], extra: new Map() } };

export async function findTarget(options: TargetOptions): Promise<TargetCluster> {
  const loaded = await loadKubeconfig(options);
  if (loaded.files.length === 0 && options.context === undefined) {
    const inside = await inCluster(options);
    if (inside !== undefined) return inside;
  }
  return fromContext(loaded, options.context);
}

function fromContext({ config, files, asked }: LoadedKubeconfig, wanted: string | undefined): TargetCluster {
  const fail = (message: string, remedy?: string): never => {
    throw new ApiError(message, { problem: 'configuration', ...(remedy !== undefined && { remedy }) });
  };
  if (files.length === 0)
    return fail(
      `no kubeconfig: there is no ${asked.join(', ') || '~/.kube/config'}`,
      'Name one with --kube-config FILE or KUBECONFIG, or ask a bundle with --bundle FILE.',
    );
  const from = files.join(', ');
  const names = [...config.contexts.keys()];
  const context = wanted ?? config.currentContext;
  if (context === undefined)
    return names.length === 0
      ? fail(`${from}: there is no context in it`, 'Name another file with --kube-config FILE or KUBECONFIG.')
      : fail(`${from}: no current context is set`, `Choose one with --context: ${listed(names)}`);
  const found = config.contexts.get(context);
  if (found === undefined)
    return fail(
      `${from}: there is no context "${context}"${didYouMean(nearestNames(context, names))}`,
      names.length === 0 ? undefined : `Contexts: ${listed(names)}`,
    );
  const cluster = config.clusters.get(found.cluster);
  if (cluster === undefined)
    return fail(`${from}: context "${context}" names the cluster "${found.cluster}", which is not there`);
  if (cluster.server === '') return fail(`${from}: cluster "${found.cluster}" has no server`);
  const user = found.user === '' ? NOBODY : config.users.get(found.user);
  if (user === undefined)
    return fail(`${from}: context "${context}" names the user "${found.user}", which is not there`);
  return {
    cluster,
    user,
    context,
    ...(found.user !== '' && { userName: found.user }),
    namespace: found.namespace ?? 'default',
  };
}

/** Undefined where this is no pod. */
async function inCluster({ env, serviceAccountFolder }: TargetOptions): Promise<TargetCluster | undefined> {
  const [host, port] = [env['KUBERNETES_SERVICE_HOST'], env['KUBERNETES_SERVICE_PORT']];
  if (host === undefined || host === '' || port === undefined || port === '') return undefined;
  const folder = serviceAccountFolder ?? SERVICE_ACCOUNT;
  const namespace = await readFile(`${folder}/namespace`, 'utf8').catch(() => '');
  return {
    cluster: {
      server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
      skipsVerification: false,
      ca: { kind: 'file', path: `${folder}/ca.crt` },
    },
    user: { ...NOBODY, tokenFile: `${folder}/token` },
    userName: 'the service account of this pod',
    namespace: namespace.trim() || 'default',
  };
}

const SHOWN = 10;
function listed(names: readonly string[]): string {
  const more = names.length - SHOWN;
  return names.slice(0, SHOWN).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
