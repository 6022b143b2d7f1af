/** A cluster and the command line of skoop, for tests that diagnose it while it runs. */
import { spawn } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { attachCluster, startCluster, type ClusterOptions, type RunningCluster } from '../../lab/kubernetes/index.ts';

export const TOOLS = 'localhost/lab/tools:1';
export const SHELL = 'localhost/lab/shell:1';
const MAIN = join(import.meta.dirname, '../../src/cmd/main.ts');

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly kubeconfig?: string;
  readonly stdin?: string;
  /** It gets the signal as soon as `when` resolves. */
  readonly kill?: { readonly when: () => Promise<void>; readonly signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM' | 'SIGKILL' };
  /** Of the collector; the lab's tools where absent. */
  readonly image?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface LiveCluster {
  readonly cluster: RunningCluster;
  /** Files of the test. */
  readonly folder: string;
  skoop(args: readonly string[], options?: RunOptions): Promise<Ran>;
  /** Names of what collectors made in a namespace and is there now. */
  leftovers(namespace?: string): Promise<readonly string[]>;
}

/** SKOOP_E2E_CLUSTER names one that runs already: starting one is most of the time of a test that is being written. */
export async function openLiveCluster(name: string): Promise<LiveCluster> {
  const running = process.env['SKOOP_E2E_CLUSTER'];
  return running === undefined ? startLiveCluster({ name }) : liveOn(await attachCluster(running));
}

export async function startLiveCluster(options: ClusterOptions): Promise<LiveCluster> {
  return liveOn(await startCluster({ ...options, endsWithOwner: true }));
}

function liveOn(cluster: RunningCluster): LiveCluster {
  const folder = mkdtempSync(join(tmpdir(), 'skoop-live-'));
  return {
    cluster,
    folder,
    skoop: async (args, options = {}) => run(cluster, args, { ...options, folder }),
    leftovers: async (namespace = 'skoop') => {
      const selector = '-lapp.kubernetes.io/name=skoop,app.kubernetes.io/component=collector';
      const found = await cluster.kubectl(['get', 'jobs,pods', '-n', namespace, selector, '-o', 'name']);
      return found.stdout.split('\n').filter((line) => line !== '');
    },
  };
}

async function run(
  cluster: RunningCluster,
  args: readonly string[],
  {
    kubeconfig = cluster.kubeconfig,
    stdin = '',
    kill,
    image = TOOLS,
    env = {},
    folder,
  }: RunOptions & { readonly folder: string },
): Promise<Ran> {
  const isAsked = args.some((word) => word.startsWith('--collector-image'));
  const takesImage = args[0]?.startsWith('-') === true || ['agent', 'bundle', 'doctor'].includes(args[0] ?? '');
  const isImageless = ['status', 'uninstall', 'create', 'show', 'check'].includes(args[1] ?? '');
  const words =
    isAsked || !takesImage || isImageless || args.includes('--bundle') ? args : [...args, `--collector-image=${image}`];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), MAIN, ...words], {
      cwd: folder,
      env: { ...process.env, KUBECONFIG: kubeconfig, ...env },
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk: Buffer) => (out.stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (out.stderr += chunk.toString()));
    child.on('error', reject);
    // Before it has its own way to end it is ended by the signal, which a shell shows in this way.
    child.on('close', (code, signal) =>
      resolve({ code: code ?? (signal === null ? null : 128 + constants.signals[signal]), ...out }),
    );
    child.stdin.end(stdin);
    if (kill !== undefined) kill.when().then(() => child.kill(kill.signal), reject);
  });
}
