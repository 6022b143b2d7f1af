/** Asks a credential plugin who we are: a program of the cloud or the company that kubectl runs too (KEP-541). */
import { at, fields, text } from '../fields.ts';
import { runProgram } from '../../collector/spawn.ts';
import { ApiError } from './api-error.ts';
import type { ExecPlugin, KubeconfigCluster } from './kubeconfig.ts';

export interface PluginCredential {
  readonly token?: string;
  readonly certificate?: string;
  readonly key?: string;
  /** Milliseconds since 1970. */
  readonly expires?: number;
}

export interface PluginPlace {
  readonly cluster: KubeconfigCluster;
  readonly ca: Buffer | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; a plugin may ask the network, and a person for a second factor. */
  readonly timeLimit?: number;
}

const TIME_LIMIT = 60_000;
const MAX_BYTES = 1024 * 1024;
const VERSION = /^client\.authentication\.k8s\.io\/v1(?:alpha1|beta1)?$/;

export async function askPlugin(plugin: ExecPlugin, place: PluginPlace): Promise<PluginCredential> {
  const name = `the credential plugin ${plugin.command}`;
  const fail = (
    problem: string,
    more: { readonly remedy?: string | undefined; readonly cause?: unknown } = {},
  ): never => {
    throw new ApiError(`${name} ${problem}`, {
      problem: 'unauthenticated',
      ...(more.remedy !== undefined && { remedy: more.remedy }),
      ...(more.cause !== undefined && { cause: more.cause }),
    });
  };
  if (plugin.interactiveMode === 'Always')
    return fail('asks a person (interactiveMode Always), which can not be done here', {
      remedy: 'Choose another user of the kubeconfig, such as one with a token.',
    });
  const timeLimit = place.timeLimit ?? TIME_LIMIT;
  const result = await runProgram(plugin.command, plugin.args, {
    env: {
      ...place.env,
      ...Object.fromEntries(plugin.env.map((one) => [one.name, one.value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(plugin, place)),
    },
    timeLimit,
    maxBytes: MAX_BYTES,
  }).catch((error: unknown) =>
    fail(`can't be run: ${startFault(error)}`, {
      remedy: plugin.installHint?.trim() ?? 'The kubeconfig names it: install it, or put it in PATH.',
      cause: error,
    }),
  );
  if (result.stoppedBy === 'time') return fail(`gave no answer in ${timeLimit / 1000} s`);
  const said = lastLine(result.stderr);
  if (result.exitCode !== 0)
    return fail(`failed (exit code ${result.exitCode ?? 'none'})${said === '' ? '' : `: ${said}`}`, {
      remedy: 'Run any kubectl command with this kubeconfig to see the same; a new login often mends it.',
    });
  return readCredential(result.stdout.toString('utf8'), fail);
}

/** What a plugin is told; the cluster only where it asks for it (`provideClusterInfo`). */
function execInfo(plugin: ExecPlugin, { cluster, ca }: PluginPlace): unknown {
  const about = {
    server: cluster.server,
    ...(cluster.tlsServerName !== undefined && { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.skipsVerification && { 'insecure-skip-tls-verify': true }),
    ...(ca !== undefined && { 'certificate-authority-data': ca.toString('base64') }),
    ...(cluster.proxyURL !== undefined && { 'proxy-url': cluster.proxyURL }),
    ...(cluster.execConfig !== undefined && { config: cluster.execConfig }),
  };
  return {
    kind: 'ExecCredential',
    apiVersion: VERSION.test(plugin.apiVersion) ? plugin.apiVersion : 'client.authentication.k8s.io/v1',
    spec: { ...(plugin.wantsClusterInfo && { cluster: about }), interactive: false },
  };
}

function readCredential(output: string, fail: (problem: string) => never): PluginCredential {
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    // Not quoted: it may be a token.
    return fail('answered with something that is not JSON');
  }
  const status = at(answer, 'status');
  const [token, certificate, key, expires] = [
    text(status, 'token'),
    text(status, 'clientCertificateData'),
    text(status, 'clientKeyData'),
    Date.parse(text(status, 'expirationTimestamp') ?? ''),
  ];
  if (text(fields(answer), 'kind') !== 'ExecCredential' || (token === undefined && certificate === undefined))
    return fail('answered without a token or a certificate (no ExecCredential with a status)');
  if ((certificate === undefined) !== (key === undefined)) return fail('answered with half of a certificate and key');
  return {
    ...(token !== undefined && { token }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(!Number.isNaN(expires) && { expires }),
  };
}

function startFault(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return { ENOENT: 'there is no such program', EACCES: 'not allowed (permission denied)' }[code] ?? code;
}

function lastLine(output: string): string {
  return (output.trim().split('\n').at(-1) ?? '').slice(0, 300);
}
