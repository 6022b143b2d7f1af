/** Which cluster and user a kubeconfig gives, as kubectl would take them, and what is said where it gives none. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiError } from '../../../src/k8s/client/api-error.ts';
import { findTarget } from '../../../src/k8s/client/target-cluster.ts';
import type { TargetOptions } from '../../../src/k8s/client/target-cluster.ts';

let folder: string;
const path = (name: string): string => join(folder, name);

const config = (name: string, more = ''): string => `apiVersion: v1
kind: Config
clusters:
- name: ${name}
  cluster: {server: "https://${name}.example:6443", certificate-authority: pki/${name}.crt}
users:
- name: jane
  user: {token: token-of-${name}}
contexts:
- name: ${name}
  context: {cluster: ${name}, user: jane, namespace: shop}
${more}`;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'skoop-kubeconfig-'));
  await mkdir(path('home/.kube'), { recursive: true });
  await mkdir(path('account'));
  const files: Readonly<Record<string, string>> = {
    'home/.kube/config': config('home', 'current-context: home'),
    first: config('first', 'current-context: first'),
    second: config('second', 'current-context: second'),
    'no-current': config('none'),
    'a.json': JSON.stringify({
      clusters: [{ name: 'c', cluster: { server: 'https://192.0.2.1:6443' } }],
      users: null,
      contexts: [{ name: 'x', context: { cluster: 'c' } }],
      'current-context': 'x',
    }),
    empty: '',
    broken: 'clusters: [{name: c, user: {token: topsecret}\n- oops',
    'broken.json': '{"users": [{"name": "u", "user": {"token": "topsecret"',
    number: config('number', 'current-context: number').replace('token-of-number', '0123'),
    'no-user': config('gone', 'current-context: gone').replace('name: jane', 'name: john'),
    'no-cluster': config('gone', 'current-context: gone').replace('cluster: gone,', 'cluster: other,'),
    'no-server': config('gone', 'current-context: gone').replace(/server: "[^"]*", /, ''),
    'account/namespace': 'monitoring\n',
    'account/token': 'a-token',
  };
  for (const [name, content] of Object.entries(files)) await writeFile(path(name), content);
});
afterAll(async () => rm(folder, { recursive: true }));

const IN_POD = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
const ask = (options: TargetOptions) => findTarget({ ...options, serviceAccountFolder: path('account') });

describe('the cluster', () => {
  it.each([
    {
      what: 'of the flag',
      of: () => ({ file: path('first'), env: { KUBECONFIG: path('second') } }),
      server: 'https://first.example:6443',
    },
    {
      what: 'of KUBECONFIG',
      of: () => ({ env: { KUBECONFIG: path('second'), HOME: path('home') } }),
      server: 'https://second.example:6443',
    },
    {
      what: 'of the first file that has a current context',
      of: () => ({ env: { KUBECONFIG: `${path('no-current')}:${path('second')}:${path('first')}` } }),
      server: 'https://second.example:6443',
    },
    {
      what: 'of a file after one that is not there',
      of: () => ({ env: { KUBECONFIG: `${path('nowhere')}:${path('first')}` } }),
      server: 'https://first.example:6443',
    },
    {
      what: 'of a context of a later file',
      of: () => ({ context: 'second', env: { KUBECONFIG: `${path('first')}:${path('second')}` } }),
      server: 'https://second.example:6443',
    },
    {
      what: 'of the home folder',
      of: () => ({ env: { HOME: path('home'), ...IN_POD } }),
      server: 'https://home.example:6443',
    },
    { what: 'of JSON', of: () => ({ file: path('a.json'), env: {} }), server: 'https://192.0.2.1:6443' },
    {
      what: 'that this pod is in',
      of: () => ({ env: { HOME: path('nowhere'), ...IN_POD } }),
      server: 'https://10.96.0.1:443',
    },
    {
      what: 'that this pod is in, by IPv6',
      of: () => ({ env: { ...IN_POD, KUBERNETES_SERVICE_HOST: 'fd96::1' } }),
      server: 'https://[fd96::1]:443',
    },
  ])('$what', async ({ of, server }) => {
    expect((await ask(of())).cluster.server).toBe(server);
  });

  it('is asked as the first user of a name', async () => {
    const target = await ask({ context: 'second', env: { KUBECONFIG: `${path('first')}:${path('second')}` } });
    expect(target).toMatchObject({
      user: { token: 'token-of-first' },
      userName: 'jane',
      context: 'second',
      namespace: 'shop',
    });
  });

  it('has its paths beside the file', async () => {
    const { cluster } = await ask({ file: path('first'), env: {} });
    expect(cluster.ca).toEqual({ kind: 'file', path: path('pki/first.crt') });
  });

  it('of a pod is asked as its service account', async () => {
    expect(await ask({ env: IN_POD })).toMatchObject({
      user: { tokenFile: path('account/token') },
      cluster: { ca: { kind: 'file', path: path('account/ca.crt') } },
      namespace: 'monitoring',
    });
  });
});

describe('a kubeconfig that gives none', () => {
  it.each([
    {
      what: 'is not there',
      of: () => ({ file: path('nowhere'), env: IN_POD }),
      says: /nowhere: the kubeconfig can't be read: there is no such file/,
    },
    {
      what: 'is a folder',
      of: () => ({ file: path('home'), env: {} }),
      says: /home: the kubeconfig can't be read: it is a directory/,
    },
    {
      what: 'is nowhere',
      of: () => ({ env: { HOME: path('nowhere') } }),
      says: /no kubeconfig: there is no .*nowhere\/\.kube\/config/,
      remedy: /--kube-config FILE/,
    },
    {
      what: 'is empty',
      of: () => ({ file: path('empty'), env: {} }),
      says: /empty: there is no context in it/,
      remedy: /--kube-config FILE/,
    },
    {
      what: 'is no YAML',
      of: () => ({ file: path('broken'), env: {} }),
      says: /broken: is no kubeconfig: .* at line 2/,
    },
    {
      what: 'is no JSON',
      of: () => ({ file: path('broken.json'), env: {} }),
      says: /broken\.json: is no kubeconfig: not valid JSON/,
    },
    {
      what: 'has no current context',
      of: () => ({ file: path('no-current'), env: {} }),
      says: /no current context/,
      remedy: /--context: none/,
    },
    {
      what: 'lacks the context',
      of: () => ({ file: path('first'), context: 'frist', env: {} }),
      says: /no context "frist"; did you mean first\?/,
      remedy: /Contexts: first/,
    },
    {
      what: 'lacks the user',
      of: () => ({ file: path('no-user'), env: {} }),
      says: /context "gone" names the user "jane", which is not there/,
    },
    {
      what: 'lacks the cluster',
      of: () => ({ file: path('no-cluster'), env: {} }),
      says: /names the cluster "other", which is not there/,
    },
    {
      what: 'lacks the server',
      of: () => ({ file: path('no-server'), env: {} }),
      says: /cluster "gone" has no server/,
    },
    {
      what: 'has a number for a token',
      of: () => ({ file: path('number'), env: {} }),
      says: /token of user "jane" is not text/,
      remedy: /quotes/,
    },
  ])('$what', async ({ of, says, remedy }) => {
    const error: unknown = await ask(of()).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ problem: 'configuration', message: expect.stringMatching(says) as string });
    expect((error as ApiError).message).not.toContain('topsecret');
    if (remedy !== undefined) expect((error as ApiError).remedy).toMatch(remedy);
  });
});
