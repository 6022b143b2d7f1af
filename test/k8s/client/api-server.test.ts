/** The client against a real kube-apiserver on loopback: who it is, what it gets, and what it says when it gets nothing. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { missingForApiServer, startApiServer } from '../../../lab/kubernetes/api-server-alone.ts';
import type { ApiServerAlone } from '../../../lab/kubernetes/api-server-alone.ts';
import { ApiError } from '../../../src/k8s/client/api-error.ts';
import type { ApiServer, WatchEvent } from '../../../src/k8s/client/api-server.ts';
import { fetchClusterObjects } from '../../../src/k8s/client/cluster-objects.ts';
import { connect } from '../../../src/k8s/client/connect.ts';
import { at, text } from '../../../src/k8s/fields.ts';
import { connectProxy, socksProxy } from './forward-proxy.ts';
import type { ForwardProxy } from './forward-proxy.ts';

const why = missingForApiServer();
const ADMIN = { 'client-certificate': 'pki/admin.crt', 'client-key': 'pki/admin.key' };
/** Old states are gone after two seconds, and no list of them is kept elsewhere. */
const FORGETFUL = ['--etcd-compaction-interval=1s', '--feature-gates=ListFromCacheSnapshot=false'];
const START_LIMIT = 180_000;

let server: ApiServerAlone;
let admin: ApiServer;
const opened: ApiServer[] = [];

beforeAll(async () => {
  if (why !== undefined) return;
  server = await startApiServer({ tokens: { janetoken: 'jane', changedtoken: 'carol' }, flags: FORGETFUL });
  admin = await open({ user: ADMIN });
  await admin.create('/api/v1/namespaces', { metadata: { name: 'shop' } });
}, START_LIMIT);
afterAll(async () => {
  for (const one of opened) one.close();
  await server?.stop();
});
beforeEach((context) => {
  if (why !== undefined) context.skip(why);
});

interface Entry {
  readonly cluster?: object;
  readonly user: object;
}

let files = 0;
async function open({ cluster, user }: Entry, env: Readonly<Record<string, string>> = {}): Promise<ApiServer> {
  const file = join(server.folder, `kubeconfig-${++files}`);
  const ours = { server: server.url, 'certificate-authority': 'pki/ca.crt' };
  await writeFile(
    file,
    JSON.stringify({
      clusters: [
        {
          name: 'c',
          cluster: Object.fromEntries(Object.entries({ ...ours, ...cluster }).filter(([, value]) => value !== null)),
        },
      ],
      users: [{ name: 'u', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      'current-context': 'x',
    }),
  );
  const api = await connect({ file, env: { PATH: process.env['PATH'], ...env } });
  opened.push(api);
  return api;
}

const pki = async (file: string): Promise<string> => readFile(join(server.folder, 'pki', file), 'utf8');
const base64 = (content: string): string => Buffer.from(content).toString('base64');

async function whoAmI(api: ApiServer): Promise<string | undefined> {
  const review = await api.create('/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
  return text(at(review, 'status', 'userInfo'), 'username');
}

/** A program that gives a credential, as a cloud's command line does. */
async function plugin(body: string): Promise<string> {
  const path = join(server.folder, `plugin-${++files}`);
  await writeFile(path, `#!/bin/sh\n${body}\n`);
  await chmod(path, 0o700);
  return path;
}

const credential = (status: object): string =>
  `cat <<'END'\n${JSON.stringify({ kind: 'ExecCredential', apiVersion: 'client.authentication.k8s.io/v1', status })}\nEND`;
const exec = (command: string, more: object = {}): object => ({
  exec: { apiVersion: 'client.authentication.k8s.io/v1', command, ...more },
});

async function errorOf(work: Promise<unknown>): Promise<ApiError> {
  const caught: unknown = await work.then(
    () => new Error('it worked'),
    (error: unknown) => error,
  );
  if (!(caught instanceof ApiError)) throw caught;
  return caught;
}

describe('the user', () => {
  it.each<{ what: string; user: () => Promise<object>; is: string }>([
    { what: 'of certificate files', user: async () => ADMIN, is: 'kubernetes-admin' },
    {
      what: 'of certificate data',
      user: async () => ({
        'client-certificate-data': base64(await pki('admin.crt')),
        'client-key-data': base64(await pki('admin.key')),
      }),
      is: 'kubernetes-admin',
    },
    { what: 'of a token', user: async () => ({ token: 'janetoken' }), is: 'jane' },
    {
      what: 'that another acts as',
      user: async () => ({ ...ADMIN, as: 'bob', 'as-groups': ['system:authenticated'] }),
      is: 'bob',
    },
    {
      what: 'of a plugin that gives a token',
      user: async () => exec(await plugin(credential({ token: 'janetoken' }))),
      is: 'jane',
    },
    {
      what: 'of a plugin that gives a certificate',
      user: async () =>
        exec(
          await plugin(
            credential({ clientCertificateData: await pki('admin.crt'), clientKeyData: await pki('admin.key') }),
          ),
        ),
      is: 'kubernetes-admin',
    },
    {
      what: 'of a plugin with arguments and environment',
      user: async () =>
        exec(await plugin(`[ "$1 $SUFFIX" = "jane token" ] || exit 3\n${credential({ token: 'janetoken' })}`), {
          args: ['jane'],
          env: [{ name: 'SUFFIX', value: 'token' }],
        }),
      is: 'jane',
    },
    {
      what: 'of a plugin that is told of the cluster',
      user: async () =>
        exec(
          await plugin(
            `case $KUBERNETES_EXEC_INFO in *'"server":"${server.url}"'*) ;; *) exit 3;; esac\n${credential({ token: 'janetoken' })}`,
          ),
          {
            provideClusterInfo: true,
          },
        ),
      is: 'jane',
    },
  ])('$what', async ({ user, is }) => {
    expect(await whoAmI(await open({ user: await user() }))).toBe(is);
  });

  it('of a token file is known again when the file has changed', async () => {
    const tokenFile = join(server.folder, 'token');
    await writeFile(tokenFile, 'janetoken\n');
    const api = await open({ user: { tokenFile } });
    expect(await whoAmI(api)).toBe('jane');
    await writeFile(tokenFile, 'wrong');
    // Read again after a minute, or when it is refused.
    expect(await whoAmI(api)).toBe('jane');
    const other = await open({ user: { tokenFile } });
    const asked = errorOf(other.get('/api/v1/pods'));
    expect(await asked).toMatchObject({ problem: 'unauthenticated', status: 401 });
    await writeFile(tokenFile, 'changedtoken');
    expect(await whoAmI(other)).toBe('carol');
  });

  it('of a plugin is asked once, and again when it is refused', async () => {
    const log = join(server.folder, 'asked');
    const path = await plugin(
      `echo >> ${log}; if [ "$(wc -l < ${log})" = 1 ]; then T=wrong; else T=janetoken; fi\n` +
        `printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s"}}' $T`,
    );
    const api = await open({ user: exec(path) });
    expect([await whoAmI(api), await whoAmI(api)]).toEqual(['jane', 'jane']);
    expect((await readFile(log, 'utf8')).length).toBe(2);
  });

  it.each<{ what: string; user: () => Promise<object>; says: RegExp; remedy?: RegExp }>([
    {
      what: 'a wrong token',
      user: async () => ({ token: 'wrongtoken' }),
      says: /does not know who is asking \(401\)/,
      remedy: /token .* has expired/,
    },
    {
      what: 'a plugin that is not there',
      user: async () => exec('no-such-login', { installHint: 'Get it from the cloud.' }),
      says: /plugin no-such-login can't be run: there is no such program/,
      remedy: /Get it from the cloud/,
    },
    {
      what: 'a plugin that fails',
      user: async () => exec(await plugin('echo start; echo "session expired" >&2; exit 4')),
      says: /failed \(exit code 4\): session expired/,
    },
    {
      what: 'a plugin that babbles',
      user: async () => exec(await plugin('echo secret-of-the-plugin')),
      says: /answered with something that is not JSON$/,
    },
    {
      what: 'a plugin that gives nothing',
      user: async () => exec(await plugin(credential({}))),
      says: /without a token or a certificate/,
    },
    {
      what: 'a plugin that wants a person',
      user: async () => exec('true', { interactiveMode: 'Always' }),
      says: /asks a person/,
    },
    {
      what: 'a token file that is not there',
      user: async () => ({ tokenFile: 'nowhere/token' }),
      says: /nowhere\/token: the user's token can't be read: there is no such file/,
    },
    {
      what: 'a login that kubectl dropped',
      user: async () => ({ 'auth-provider': { name: 'gcp' } }),
      says: /auth-provider "gcp" is none that kubectl still knows/,
    },
    {
      what: 'an old OpenID login',
      user: async () => ({
        'auth-provider': { name: 'oidc', config: { 'id-token': `e30.${base64('{"exp":1700000000}')}.x` } },
      }),
      says: /OpenID Connect token .* expired at 2023-11-14/,
      remedy: /kubectl/,
    },
    {
      what: 'a key that is another’s',
      user: async () => ({ ...ADMIN, 'client-key': 'pki/scheduler.key' }),
      says: /key is not readable or belongs to another certificate/,
    },
    {
      what: 'a certificate that is none',
      user: async () => ({ ...ADMIN, 'client-certificate': 'tokens.csv' }),
      says: /tokens\.csv: holds no client certificate/,
    },
    {
      what: 'a certificate without a key',
      user: async () => ({ 'client-certificate': 'pki/admin.crt' }),
      says: /certificate without its key/,
    },
  ])('with $what is told so', async ({ user, says, remedy }) => {
    const api = await open({ user: await user() });
    const error = await errorOf(api.get('/api/v1/namespaces'));
    expect(error.message).toMatch(says);
    expect(['unauthenticated', 'configuration']).toContain(error.problem);
    expect(`${error.message}${error.remedy ?? ''}`).not.toMatch(/janetoken|wrongtoken|secret-of/);
    if (remedy !== undefined) expect(error.remedy).toMatch(remedy);
  });
});

describe('the connection', () => {
  it.each<{ what: string; cluster: () => Promise<object> }>([
    {
      what: 'with the authority as data',
      cluster: async () => ({
        'certificate-authority': null,
        'certificate-authority-data': base64(await pki('ca.crt')),
      }),
    },
    {
      what: 'to a server that is trusted by its own certificate',
      cluster: async () => ({ 'certificate-authority': 'pki/apiserver.crt' }),
    },
    { what: 'by a name', cluster: async () => ({ server: server.url.replace('127.0.0.1', 'localhost') }) },
    { what: 'under another name', cluster: async () => ({ 'tls-server-name': 'kubernetes.default.svc' }) },
    {
      what: 'without verifying',
      cluster: async () => ({ 'certificate-authority': null, 'insecure-skip-tls-verify': true }),
    },
    { what: 'with a slash at the end', cluster: async () => ({ server: `${server.url}/` }) },
  ])('$what', async ({ cluster }) => {
    expect(await whoAmI(await open({ cluster: await cluster(), user: ADMIN }))).toBe('kubernetes-admin');
  });

  it.each<{ what: string; cluster: () => Promise<object>; problem: string; says: RegExp; remedy?: RegExp }>([
    {
      what: 'another authority',
      cluster: async () => ({ 'certificate-authority': 'other-ca.crt' }),
      problem: 'certificate',
      says: /signed by an authority that the kubeconfig does not trust/,
      remedy: /new kubeconfig/,
    },
    {
      what: 'no authority',
      cluster: async () => ({ 'certificate-authority': null }),
      problem: 'certificate',
      says: /signed by an authority that the kubeconfig does not trust/,
    },
    {
      what: 'another name',
      cluster: async () => ({ 'tls-server-name': 'api.example.com' }),
      problem: 'certificate',
      says: /certificate is for other names than api\.example\.com/,
      remedy: /tls-server-name/,
    },
    {
      what: 'a file that is none',
      cluster: async () => ({ 'certificate-authority': 'tokens.csv' }),
      problem: 'configuration',
      says: /tokens\.csv: holds no certificate authority/,
    },
    {
      what: 'a file that is not there',
      cluster: async () => ({ 'certificate-authority': 'nowhere.crt' }),
      problem: 'configuration',
      says: /nowhere\.crt: the certificate authority can't be read: there is no such file/,
    },
    {
      what: 'a closed port',
      cluster: async () => ({ server: 'https://127.0.0.1:1' }),
      problem: 'unreachable',
      says: /^the API server 127\.0\.0\.1:1: connection refused$/,
      remedy: /right context/,
    },
    {
      what: 'an unknown name',
      cluster: async () => ({ server: 'https://nowhere.invalid:6443' }),
      problem: 'unreachable',
      says: /name nowhere\.invalid is not known here/,
      remedy: /VPN/,
    },
    {
      what: 'a server without TLS',
      cluster: async () => ({ server: `https://127.0.0.1:${await plainPort()}` }),
      problem: 'certificate',
      says: /does not speak TLS/,
    },
    {
      what: 'TLS that is not asked for',
      cluster: async () => ({ server: server.url.replace('https', 'http') }),
      problem: 'refused',
      says: /HTTP request to an HTTPS server/,
    },
    {
      what: 'no address',
      cluster: async () => ({ server: 'ftp://x' }),
      problem: 'configuration',
      says: /server "ftp:\/\/x" is no address/,
    },
  ])('with $what is told so', async ({ cluster, problem, says, remedy }) => {
    const pair = [
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'other-ca.key',
      '-out',
      'other-ca.crt',
      '-subj',
      '/CN=kubernetes',
    ];
    if (says.source.includes('trust')) spawnSync('openssl', ['req', '-x509', ...pair], { cwd: server.folder });
    const error = await errorOf(
      (async () => (await open({ cluster: await cluster(), user: ADMIN })).get('/api/v1/namespaces'))(),
    );
    expect({ problem: error.problem, message: error.message }).toEqual({
      problem,
      message: expect.stringMatching(says) as string,
    });
    if (remedy !== undefined) expect(error.remedy).toMatch(remedy);
  });

  it('to a server whose certificate has expired is told so', async () => {
    const [host, port] = ['127.0.0.1', await expiredServer()];
    const api = await open({
      cluster: { server: `https://${host}:${port}`, 'certificate-authority': 'expired.crt' },
      user: ADMIN,
    });
    const error = await errorOf(api.get('/version'));
    expect(error).toMatchObject({
      problem: 'certificate',
      message: `the API server ${host}:${port}: its certificate has expired`,
    });
  });
});

describe('through a proxy', () => {
  const proxies: ForwardProxy[] = [];
  afterAll(async () => {
    for (const one of proxies) await one.close();
  });
  const started = async (proxy: Promise<ForwardProxy>): Promise<ForwardProxy> => {
    proxies.push(await proxy);
    return proxies.at(-1)!;
  };

  it.each([
    { kind: 'HTTP', start: async () => connectProxy(), url: (port: number) => `http://127.0.0.1:${port}` },
    {
      kind: 'HTTP with a login',
      start: async () => connectProxy({ login: 'me:pass word' }),
      url: (port: number) => `http://me:pass%20word@127.0.0.1:${port}`,
    },
    { kind: 'SOCKS', start: async () => socksProxy(), url: (port: number) => `socks5://127.0.0.1:${port}` },
  ])('of the kind $kind', async ({ start, url }) => {
    const proxy = await started(start());
    const api = await open({ cluster: { 'proxy-url': url(proxy.port) }, user: ADMIN });
    expect([await whoAmI(api), await whoAmI(api)]).toEqual(['kubernetes-admin', 'kubernetes-admin']);
    // One connection for both.
    expect(proxy.carried).toEqual([new URL(server.url).host]);
  });

  it('verifies the server still', async () => {
    const proxy = await started(connectProxy());
    const cluster = { 'proxy-url': `http://127.0.0.1:${proxy.port}`, 'tls-server-name': 'api.example.com' };
    expect(await errorOf((await open({ cluster, user: ADMIN })).get('/version'))).toMatchObject({
      problem: 'certificate',
    });
  });

  it('that refuses says so', async () => {
    const proxy = await started(connectProxy({ login: 'me:pass' }));
    const api = await open({ cluster: { 'proxy-url': `http://127.0.0.1:${proxy.port}` }, user: ADMIN });
    const error = await errorOf(api.get('/version'));
    expect(error).toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(
        /the proxy refused \(status 407 .*through the proxy 127\.0\.0\.1:\d+, from proxy-url of the kubeconfig/,
      ) as string,
    });
  });

  it('that is not there says so', async () => {
    const api = await open({ cluster: { 'proxy-url': 'http://127.0.0.1:1' }, user: ADMIN });
    expect(await errorOf(api.get('/version'))).toMatchObject({
      problem: 'unreachable',
      message: expect.stringMatching(/the proxy: connect ECONNREFUSED/) as string,
    });
  });
});

describe('what is refused', () => {
  it.each([
    {
      work: async (api: ApiServer) => api.list('/api/v1/pods', (pod) => pod),
      missing: { verb: 'list', resource: 'pods', group: '' },
      says: 'not allowed to list pods in all namespaces (user "jane")',
    },
    {
      work: async (api: ApiServer) => api.list('/api/v1/namespaces/shop/pods', (pod) => pod),
      missing: { verb: 'list', resource: 'pods', group: '', namespace: 'shop' },
      says: 'not allowed to list pods in the namespace shop (user "jane")',
    },
    {
      work: async (api: ApiServer) => api.get('/api/v1/nodes/node-1'),
      missing: { verb: 'get', resource: 'nodes', group: '' },
      says: 'not allowed to get nodes (user "jane")',
    },
    {
      work: async (api: ApiServer) => api.create('/api/v1/namespaces/shop/pods', { metadata: { name: 'x' } }),
      missing: { verb: 'create', resource: 'pods', group: '', namespace: 'shop' },
      says: 'not allowed to create pods in the namespace shop (user "jane")',
    },
    {
      work: async (api: ApiServer) => api.delete('/apis/apps/v1/namespaces/shop/deployments/web'),
      missing: { verb: 'delete', resource: 'deployments', group: 'apps', namespace: 'shop' },
      says: 'not allowed to delete deployments in the namespace shop (user "jane")',
    },
    {
      work: async (api: ApiServer) =>
        api.exec({ namespace: 'shop', pod: 'web', container: 'c' }, ['true'], {
          onStdout: () => {},
          timeLimit: 10_000,
        }),
      missing: { verb: 'get', resource: 'pods/exec', group: '', namespace: 'shop' },
      says: 'not allowed to get pods/exec in the namespace shop (user "jane")',
    },
    {
      work: async (api: ApiServer) => api.get('/metrics'),
      missing: { verb: 'get', resource: '/metrics', group: '' },
      says: 'not allowed to get /metrics (user "jane")',
    },
  ])('by RBAC: $says', async ({ work, missing, says }) => {
    const error = await errorOf(work(await open({ user: { token: 'janetoken' } })));
    expect({ problem: error.problem, status: error.status, missing: error.missing, message: error.message }).toEqual({
      problem: 'forbidden',
      status: 403,
      missing,
      message: says,
    });
    expect(error.remedy).toContain(`--user=jane`);
  });

  it('is given by the commands that the remedy names', async () => {
    const jane = await open({ user: { token: 'janetoken' } });
    const path = '/apis/networking.k8s.io/v1/networkpolicies';
    const { remedy } = await errorOf(jane.list(path, (one) => one));
    await runGrant(remedy!.slice(remedy!.indexOf('kubectl')));
    await expect.poll(async () => jane.list(path, (one) => one).catch(() => 'no')).toEqual([]);
  });

  const pod = {
    metadata: { name: 'agent' },
    spec: { hostNetwork: true, containers: [{ name: 'c', image: 'x', securityContext: { privileged: true } }] },
  };
  it.each([
    {
      what: 'Pod Security',
      namespace: 'restricted',
      says: /^the API server refused it: pods "agent" is forbidden: violates PodSecurity "restricted:latest": .*privileged/,
    },
    {
      what: 'a quota',
      namespace: 'full',
      says: /^the API server refused it: pods "agent" is forbidden: exceeded quota: none, requested: pods=1, used: pods=0, limited: pods=0/,
    },
    {
      what: 'an object that is wrong',
      namespace: 'shop',
      says: /^the API server refused it: Pod "agent" is invalid: /,
    },
  ])('by $what in its own words', async ({ namespace, says }) => {
    if (namespace === 'restricted')
      await admin.create('/api/v1/namespaces', {
        metadata: { name: namespace, labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } },
      });
    if (namespace === 'full') {
      await admin.create('/api/v1/namespaces', { metadata: { name: namespace } });
      const status = { hard: { pods: '0' }, used: { pods: '0' } };
      await admin.create('/api/v1/namespaces/full/resourcequotas', {
        metadata: { name: 'none' },
        spec: { hard: { pods: '0' } },
      });
      await patchStatus('/api/v1/namespaces/full/resourcequotas/none/status', { status });
    }
    const body = namespace === 'shop' ? { ...pod, spec: { containers: [] } } : pod;
    const create = async () => errorOf(admin.create(`/api/v1/namespaces/${namespace}/pods`, body));
    await expect
      .poll(create, { timeout: 10_000 })
      .toMatchObject({ problem: 'refused', message: expect.stringMatching(says) as string });
  });

  it.each([
    {
      work: async () => admin.get('/api/v1/namespaces/shop/pods/nowhere'),
      problem: 'not-found',
      says: 'pods "nowhere" not found',
    },
    {
      work: async () => admin.get('/apis/nobody.example/v1/things'),
      problem: 'not-found',
      says: 'there is no /apis/nobody.example/v1/things here',
    },
    {
      work: async () => admin.create('/api/v1/namespaces', { metadata: { name: 'shop' } }),
      problem: 'conflict',
      says: 'namespaces "shop" already exists',
    },
    {
      work: async () =>
        admin.exec({ namespace: 'shop', pod: 'nowhere', container: 'c' }, ['true'], {
          onStdout: () => {},
          timeLimit: 10_000,
        }),
      problem: 'not-found',
      says: 'pods "nowhere" not found',
    },
  ])('as $problem: $says', async ({ work, problem, says }) => {
    expect(await errorOf(work())).toMatchObject({ problem, message: says });
  });
});

describe('objects', () => {
  const path = '/api/v1/namespaces/many/configmaps';
  const nameOf = (item: unknown): string => text(at(item, 'metadata'), 'name') ?? '';
  const names = Array.from({ length: 7 }, (_, index) => `map-${index}`);
  beforeAll(async () => {
    if (why !== undefined) return;
    await admin.create('/api/v1/namespaces', { metadata: { name: 'many' } });
    for (const name of names) await admin.create(path, { metadata: { name }, data: { text: 'x'.repeat(100_000) } });
  });

  it.each([1, 3, 7, 500])('are listed whole, %i a page', async (limit) => {
    expect(await admin.list(path, nameOf, { limit })).toEqual(names);
  });

  it('are read no further than the first page where that is enough', async () => {
    expect(await admin.list(path, nameOf, { limit: 3 }, { isSample: true })).toEqual(names.slice(0, 3));
  });

  it('are chosen by a query', async () => {
    expect(await admin.list(path, nameOf, { limit: 2, fieldSelector: 'metadata.name=map-3' })).toEqual(['map-3']);
  });

  it('come with their metadata only', async () => {
    const items = await admin.list(path, (item) => Object.keys(item), {}, { isMetadataOnly: true });
    expect(items[0]).toEqual(['kind', 'apiVersion', 'metadata']);
  });

  it('are listed anew where the list has expired', async () => {
    let calls = 0;
    const all = await admin.list(
      path,
      (item) => {
        // While this list waits others write, and the server forgets what was before.
        if (++calls === 1) for (let round = 0; round < 3; round++) writeElsewhere();
        return nameOf(item);
      },
      { limit: 3 },
    );
    expect(all).toEqual(names);
    expect(calls).toBe(names.length + 3);
  });

  it('are deleted, also twice', async () => {
    await admin.create(path, { metadata: { name: 'short-lived' } });
    await admin.delete(`${path}/short-lived`);
    await admin.delete(`${path}/short-lived`);
    expect(await errorOf(admin.get(`${path}/short-lived`))).toMatchObject({ problem: 'not-found' });
  });

  it('are watched until that is ended', async () => {
    const end = new AbortController();
    const seen: string[] = [];
    const watching = (async () => {
      for await (const event of admin.watch(path, {
        signal: end.signal,
        query: { fieldSelector: 'metadata.name=watched' },
      })) {
        seen.push(describeEvent(event));
        if (event.type === 'ADDED') await admin.delete(`${path}/watched`);
        if (event.type === 'DELETED') end.abort();
      }
    })();
    await admin.create(path, { metadata: { name: 'watched' } });
    await watching;
    expect(seen).toEqual(['ADDED watched', 'DELETED watched']);
  });

  it('are not watched by who may not', async () => {
    const jane = await open({ user: { token: 'janetoken' } });
    const next = jane.watch('/api/v1/pods', { signal: new AbortController().signal })[Symbol.asyncIterator]().next();
    expect(await errorOf(next)).toMatchObject({
      problem: 'forbidden',
      missing: { verb: 'watch', resource: 'pods', group: '' },
    });
  });

  it('of the whole cluster come without the kinds that one may not see', async () => {
    const rules = [{ apiGroups: [''], resources: ['pods', 'nodes', 'services'], verbs: ['list'] }];
    const role = '/apis/rbac.authorization.k8s.io/v1/clusterroles';
    await admin.create(role, { metadata: { name: 'few' }, rules });
    await admin.create(`${role.slice(0, -1)}bindings`, {
      metadata: { name: 'few' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'few' },
      subjects: [{ kind: 'User', name: 'carol' }],
    });
    await admin.create('/api/v1/nodes', { metadata: { name: 'node-1' } });
    const carol = await open({ user: { token: 'changedtoken' } });
    const found = await fetchClusterObjects(carol);
    expect(found.objects['Node']!.map(nameOf)).toEqual(['node-1']);
    expect(found.missing.map(({ kind }) => kind).toSorted()).toEqual([
      'ConfigMap',
      'DaemonSet',
      'Deployment',
      'EndpointSlice',
      'IPAddress',
      'Job',
      'Namespace',
      'NetworkPolicy',
      'ReplicaSet',
      'ServiceCIDR',
      'StatefulSet',
    ]);
    expect(found.missing.find(({ kind }) => kind === 'DaemonSet')!.error.missing).toEqual({
      verb: 'list',
      resource: 'daemonsets',
      group: 'apps',
    });
    expect(await errorOf(fetchClusterObjects(await open({ user: { token: 'janetoken' } })))).toMatchObject({
      problem: 'forbidden',
    });
  });
});

const describeEvent = ({ type, object }: WatchEvent): string => `${type} ${text(at(object, 'metadata'), 'name') ?? ''}`;

/** From another process, as this one does not go on while it looks at an item. */
function writeElsewhere(): void {
  const script = `
    const { readFileSync } = require('fs'); const [, url, pki] = process.argv;
    const read = (file) => readFileSync(pki + '/' + file);
    const asked = require('https').request(url + '/api/v1/namespaces/shop/events', { method: 'POST', ca: read('ca.crt'), cert: read('admin.crt'), key: read('admin.key'), headers: { 'content-type': 'application/json' } }, (answer) => { answer.resume(); setTimeout(() => {}, 1500); });
    asked.end(JSON.stringify({ metadata: { generateName: 'e' }, involvedObject: { namespace: 'shop' } }));`;
  const { status, stderr } = spawnSync(process.execPath, ['-e', script, server.url, join(server.folder, 'pki')], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
}

async function patchStatus(path: string, body: object): Promise<void> {
  const [ca, cert, key] = await Promise.all(['ca.crt', 'admin.crt', 'admin.key'].map(pki));
  const { request } = await import('node:https');
  await new Promise<void>((resolve, reject) => {
    const options = { method: 'PATCH', ca, cert, key, headers: { 'content-type': 'application/merge-patch+json' } };
    const sent = request(`${server.url}${path}`, options, (answer) => {
      answer.resume();
      answer.on('end', () => (answer.statusCode === 200 ? resolve() : reject(new Error(String(answer.statusCode)))));
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

/** The commands of a remedy, with the kubectl of the same build. */
async function runGrant(commands: string): Promise<void> {
  const { placeOf } = await import('../../../lab/kubernetes/build/cache.ts');
  const { KUBERNETES } = await import('../../../lab/kubernetes/build/programs.ts');
  const file = join(server.folder, 'kubeconfig-1');
  const env = { PATH: `${placeOf(KUBERNETES)}:${process.env['PATH']}`, KUBECONFIG: file, HOME: server.folder };
  const { status, stderr } = spawnSync('sh', ['-c', commands], { encoding: 'utf8', env, cwd: server.folder });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
}

const ends: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of ends) await end();
});

/** Something that listens and does not speak TLS. */
async function plainPort(): Promise<number> {
  const plain = createServer((socket) => {
    socket.on('error', () => {});
    socket.end('SSH-2.0-OpenSSH_9.2p1\r\n', () => socket.destroy());
  }).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  ends.push(async () => {
    plain.close();
    await once(plain, 'close');
  });
  return (plain.address() as AddressInfo).port;
}

async function expiredServer(): Promise<number> {
  const { createServer } = await import('node:https');
  const shell = [
    'openssl ecparam -name prime256v1 -genkey -noout -out expired.key',
    'openssl req -new -key expired.key -subj /CN=kubernetes -out expired.csr',
    'printf "subjectAltName=IP:127.0.0.1" > expired.ext',
    'openssl x509 -req -in expired.csr -signkey expired.key -days -1 -extfile expired.ext -out expired.crt',
  ].join(' && ');
  const { status, stderr } = spawnSync('sh', ['-c', shell], { cwd: server.folder, encoding: 'utf8' });
  expect({ status, stderr: status === 0 ? '' : stderr }).toEqual({ status: 0, stderr: '' });
  const [cert, key] = await Promise.all(
    ['expired.crt', 'expired.key'].map(async (file) => readFile(join(server.folder, file))),
  );
  const tls = createServer({ cert, key }, (_request, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(tls, 'listening');
  ends.push(async () => {
    tls.close();
    tls.closeAllConnections();
    await once(tls, 'close');
  });
  return (tls.address() as AddressInfo).port;
}
