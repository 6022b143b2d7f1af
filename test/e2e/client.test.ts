/** The client against a real cluster: its objects, and commands in containers by way of kubelet and container runtime. */
import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isEverythingBuilt, missing, startCluster, stopCluster } from '../../lab/kubernetes/index.ts';
import type { RunningCluster } from '../../lab/kubernetes/index.ts';
import { ApiError } from '../../src/k8s/client/api-error.ts';
import type { ApiServer, ExecResult } from '../../src/k8s/client/api-server.ts';
import { fetchClusterObjects } from '../../src/k8s/client/cluster-objects.ts';
import { connect } from '../../src/k8s/client/connect.ts';
import { Context } from '../../src/context/index.ts';
import { describeFacts, detectCluster, IPCache } from '../../src/k8s/index.ts';
import { connectProxy } from '../k8s/client/forward-proxy.ts';
import type { ForwardProxy } from '../k8s/client/forward-proxy.ts';

const why = missing(isEverythingBuilt());
const NAME = `exec-${process.pid}`;
const CLIENT = { namespace: 'shop', pod: 'client-1', container: 'shell' };

let cluster: RunningCluster;
let api: ApiServer;
beforeAll(async () => {
  if (why !== undefined) return;
  cluster = await startCluster({ name: NAME, nodes: 1, endsWithOwner: true });
  api = await connect({ file: cluster.kubeconfig, env: {} });
});
afterAll(async () => {
  api?.close();
  if (why === undefined) await stopCluster(NAME);
});
beforeEach((context) => {
  if (why !== undefined) context.skip(why);
});

interface Ran extends ExecResult {
  readonly stdout: Buffer;
}

async function run(
  command: readonly string[],
  more: {
    readonly stdin?: Uint8Array;
    readonly signal?: AbortSignal;
    readonly timeLimit?: number;
    readonly by?: ApiServer;
  } = {},
): Promise<Ran> {
  const { by = api, timeLimit = 30_000, ...rest } = more;
  const chunks: Uint8Array[] = [];
  const result = await by.exec(CLIENT, command, { ...rest, timeLimit, onStdout: (chunk) => chunks.push(chunk) });
  return { ...result, stdout: Buffer.concat(chunks) };
}

const caught = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => 'it worked',
    (error: unknown) => error,
  );
const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the objects of the cluster', () => {
  it('tell how it is set up', async () => {
    const { objects, missing: none } = await fetchClusterObjects(api);
    expect(none).toEqual([]);
    const cache = new IPCache(objects);
    const facts = describeFacts(detectCluster(cache, new Context()).facts);
    expect(facts.map(({ what, value }) => `${what} ${value}`)).toEqual([
      expect.stringMatching(/^cluster CIDR 10\.77\.0\.0\/16/) as string,
      expect.stringMatching(/^service CIDR 10\.96\.0\.0\/16/) as string,
    ]);
    const pods = cache.pods.map((pod) => [`${pod.namespace}/${pod.name}`, pod.ips.map((ip) => ip.text)] as const);
    const running = await cluster.pods();
    expect(running.length).toBeGreaterThan(3);
    for (const { place, addresses } of running) expect(pods).toContainEqual([place, addresses]);
    expect(cache.podsOf({ kind: 'DaemonSet', namespace: 'shop', name: 'web' }).length).toBeGreaterThan(0);
  });
});

describe('a command', () => {
  it.each([
    { command: ['hostname'], gives: { exitCode: 0, stdout: 'client-1\n', stderr: '' } },
    {
      command: ['sh', '-c', 'echo out; echo err >&2; exit 3'],
      gives: { exitCode: 3, stdout: 'out\n', stderr: 'err\n' },
    },
    { command: ['sh', '-c', 'kill -9 $$'], gives: { exitCode: 137, stdout: '', stderr: '' } },
    { command: ['true'], gives: { exitCode: 0, stdout: '', stderr: '' } },
    { command: ['printf', '%s|', 'a b', '&=?', 'ü'], gives: { exitCode: 0, stdout: 'a b|&=?|ü|', stderr: '' } },
  ])('$command', async ({ command, gives }) => {
    const { stdout, ...rest } = await run(command);
    expect({ ...rest, stdout: stdout.toString() }).toEqual(gives);
  });

  it.each([0, 1, 100_000, 3_000_000])('gets %i bytes of input and its end, and gives them back', async (size) => {
    const stdin = randomBytes(size);
    const { stdout, exitCode } = await run(['cat'], { stdin });
    expect({ exitCode, size: stdout.length, digest: digest(stdout) }).toEqual({
      exitCode: 0,
      size,
      digest: digest(stdin),
    });
  });

  it('gives all of much output', async () => {
    const { stdout, exitCode } = await run(['head', '-c', '20000000', '/dev/zero']);
    expect({ exitCode, size: stdout.length }).toEqual({ exitCode: 0, size: 20_000_000 });
  });

  it('gives the begin of much that it complains', async () => {
    const { stderr, exitCode } = await run(['sh', '-c', 'head -c 1000000 /dev/zero >&2']);
    expect({ exitCode, size: stderr.length }).toEqual({ exitCode: 0, size: 64 * 1024 });
  });

  it('that does not read its input ends all the same', async () => {
    expect(await run(['true'], { stdin: randomBytes(1000) })).toMatchObject({ exitCode: 0 });
  });
});

describe('a command that can not be run', () => {
  it.each([
    {
      what: 'no program',
      at: CLIENT,
      command: ['no-such-program'],
      problem: 'server',
      says: /no-such-program in shop\/client-1 could not be run: .*executable file not found/,
    },
    {
      what: 'no container',
      at: { ...CLIENT, container: 'nobody' },
      command: ['true'],
      problem: 'refused',
      says: /container nobody is not valid for pod client-1/,
    },
    {
      what: 'no pod',
      at: { ...CLIENT, pod: 'nowhere' },
      command: ['true'],
      problem: 'not-found',
      says: /pods "nowhere" not found/,
    },
  ])('for there is $what', async ({ at, command, problem, says }) => {
    const error = await caught(api.exec(at, command, { timeLimit: 30_000, onStdout: () => {} }));
    expect(error).toMatchObject({ name: 'ApiError', problem, message: expect.stringMatching(says) as string });
  });

  it.each([
    { verbs: ['create'], lacks: 'get' },
    { verbs: ['get'], lacks: 'create' },
    { verbs: ['get', 'create'], lacks: undefined },
  ])('by who has the rights $verbs: lacks $lacks', async ({ verbs, lacks }) => {
    const name = `may-${verbs.join('-')}`;
    for (const args of [
      ['create', 'serviceaccount', name, '-n', 'shop'],
      ['create', 'role', name, '-n', 'shop', `--verb=${verbs.join(',')}`, '--resource=pods/exec'],
      ['create', 'rolebinding', name, '-n', 'shop', `--role=${name}`, `--serviceaccount=shop:${name}`],
    ])
      expect(await cluster.kubectl(args)).toMatchObject({ code: 0 });
    const other = await connect({ file: await cluster.serviceAccountKubeconfig(`shop/${name}`), env: {} });
    const result = await caught(run(['true'], { by: other }));
    other.close();
    if (lacks === undefined) expect(result).toBe('it worked');
    else
      expect(result).toMatchObject({
        missing: { verb: lacks, resource: 'pods/exec', group: '', namespace: 'shop' },
        remedy: expect.stringContaining(`--verb=get,create --resource=pods/exec`) as string,
      });
  });
});

describe('a command that is ended', () => {
  it('by its time', async () => {
    const started = performance.now();
    const error = await caught(run(['sleep', '60'], { timeLimit: 1500 }));
    expect(error).toMatchObject({ name: 'ApiError', message: 'sleep in shop/client-1 did not end in 1.5 s' });
    expect(performance.now() - started).toBeLessThan(5000);
  });

  it.each([0, 1000])('by the one who asked, after %i ms', async (after) => {
    const end = new AbortController();
    const reason = new Error('enough');
    if (after === 0) end.abort(reason);
    else setTimeout(() => end.abort(reason), after);
    expect(await caught(run(['sleep', '60'], { signal: end.signal }))).toBe(reason);
  });

  it('by who can not take its output', async () => {
    const full = new Error('no space');
    const take = (): void => {
      throw full;
    };
    expect(await caught(api.exec(CLIENT, ['yes'], { timeLimit: 30_000, onStdout: take }))).toBe(full);
  });

  describe('by a connection that breaks', () => {
    let proxy: ForwardProxy;
    let folder: string;
    beforeAll(async () => {
      if (why !== undefined) return;
      proxy = await connectProxy();
      folder = await mkdtemp(join(tmpdir(), 'skoop-exec-'));
    });
    afterAll(async () => {
      await proxy?.close();
      if (folder !== undefined) await rm(folder, { recursive: true });
    });

    it('is told so', async () => {
      const { parse, stringify } = await import('yaml');
      const config = parse(await readFile(cluster.kubeconfig, 'utf8')) as {
        clusters: [{ cluster: Record<string, string> }];
      };
      config.clusters[0].cluster['proxy-url'] = `http://127.0.0.1:${proxy.port}`;
      const file = join(folder, 'config');
      await writeFile(file, stringify(config), { mode: 0o600 });
      const through = await connect({ file, env: {} });
      setTimeout(() => proxy.cut(), 1500);
      const error = await caught(run(['sh', '-c', 'echo begun; sleep 60'], { by: through }));
      through.close();
      expect(error).toBeInstanceOf(ApiError);
      expect(error).toMatchObject({
        problem: 'broken',
        message: expect.stringMatching(/^the connection broke while sh in shop\/client-1 ran/) as string,
      });
    });
  });
});
