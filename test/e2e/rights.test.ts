/** deploy/rbac.yaml: with it everything works, and without any one of its rights the message names that right. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { AUDITED, isEverythingBuilt, missing, stopCluster } from '../../lab/kubernetes/index.ts';
import { counted, requestsDuring } from './audit.ts';
import { openLiveCluster, SHELL, type LiveCluster, type Ran } from './live-cluster.ts';

const why = missing(isEverythingBuilt());
const NAME = `rights-${process.pid}`;
const QUESTION = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', '80'];
let live: LiveCluster;
let kubeconfig: string;

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}
interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules: readonly Rule[];
}

const DOCUMENTS = parseAllDocuments(readFileSync(join(import.meta.dirname, '../../deploy/rbac.yaml'), 'utf8')).map(
  (document) => document.toJS() as Role,
);
const ROLES = DOCUMENTS.filter(({ kind }) => kind.endsWith('Role'));

/** Every right by itself. */
const ALL_RIGHTS = ROLES.flatMap((role) =>
  role.rules.flatMap((rule) =>
    rule.resources.flatMap((resource) => rule.verbs.map((verb) => ({ role: role.metadata.name, resource, verb }))),
  ),
);
const RIGHTS = ALL_RIGHTS.filter(({ role }) => role !== 'skoop-agent');
const AGENT_RIGHTS = ALL_RIGHTS.filter(({ role }) => role === 'skoop-agent');

beforeAll(async () => {
  if (why !== undefined) return;
  live = await openLiveCluster(NAME);
  await apply(DOCUMENTS);
  await live.cluster.kubectl(['create', 'serviceaccount', 'ann', '-n', 'default']);
  const account = `--serviceaccount=${AUDITED.replace('/', ':')}`;
  await live.cluster.kubectl(['create', 'clusterrolebinding', 'ann', '--clusterrole=skoop-reader', account]);
  for (const role of ['skoop-collector', 'skoop-agent'])
    await live.cluster.kubectl(['create', 'rolebinding', `ann-${role}`, '-n', 'skoop', `--role=${role}`, account]);
  kubeconfig = await live.cluster.serviceAccountKubeconfig(AUDITED);
});
afterAll(async () => {
  if (live !== undefined) rmSync(live.folder, { recursive: true });
  if (why !== undefined) return;
  if (process.env['SKOOP_E2E_CLUSTER'] === undefined) await stopCluster(NAME);
  else await live.cluster.kubectl(['delete', 'clusterrolebinding/ann', 'clusterrole/skoop-reader']);
});
function skipUnlessPossible(context: TestContext): void {
  if (why !== undefined) context.skip(why);
}

async function apply(objects: readonly unknown[]): Promise<void> {
  const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
  const { code, stderr } = await live.cluster.kubectl(['apply', '-f', '-'], { stdin: list });
  expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
}

function without(role: Role, right: (typeof ALL_RIGHTS)[number]): Role {
  const rules = role.rules.flatMap((rule) =>
    rule.resources.map((resource) => ({
      ...rule,
      resources: [resource],
      verbs: rule.verbs.filter(
        (verb) => !(right.role === role.metadata.name && right.resource === resource && right.verb === verb),
      ),
    })),
  );
  return { ...role, rules: rules.filter(({ verbs }) => verbs.length > 0) };
}

const ask = async (): Promise<Ran> => live.skoop(QUESTION, { kubeconfig });
const words = ({ stdout, stderr }: Ran): string => `${stdout}${stderr}`.replaceAll(/\s+/g, ' ');

describe('with the rights of deploy/rbac.yaml', () => {
  it('a diagnosis is complete and leaves nothing', async (context) => {
    skipUnlessPossible(context);
    expect(await ask()).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^✔ REACHABLE/) as string });
    expect(await live.leftovers()).toEqual([]);
  });

  it('the doctor finds nothing missing', async (context) => {
    skipUnlessPossible(context);
    const { code, stdout } = await live.skoop(['doctor'], { kubeconfig });
    expect({ code, missing: stdout.match(/^[✗].*$/gm) ?? [] }).toEqual({ code: 0, missing: [] });
    expect(stdout).toMatch(/✓ (\d+) of \1 rights are there/);
  });

  it('a probe, a capture and a clean-up work', async (context) => {
    skipUnlessPossible(context);
    expect((await live.skoop([...QUESTION, '--probe'], { kubeconfig })).stdout).toContain('as simulated');
    expect(await live.skoop(['bundle', 'capture', '--all', '-o', 'a.skoop'], { kubeconfig })).toMatchObject({
      code: 0,
    });
    expect((await live.skoop(['cleanup'], { kubeconfig })).stdout).toBe('nothing to clean up\n');
  });
});

describe('the agent', () => {
  const agent = async (what: string): Promise<Ran> => live.skoop(['agent', what], { kubeconfig });

  it('can be put up, looked at, replaced and taken down with the rights of deploy/rbac.yaml', async (context) => {
    skipUnlessPossible(context);
    for (const what of ['install', 'status', 'install'])
      expect(await agent(what), what).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/runs on 2 of 2 nodes/) as string,
      });
    expect((await agent('uninstall')).stdout).toBe('removed the agent from namespace skoop\n');
  });

  it.for(AGENT_RIGHTS)('without the right to $verb $resource names it', { timeout: 60_000 }, async (right, context) => {
    skipUnlessPossible(context);
    await apply(ROLES.map((role) => without(role, right)));
    try {
      const said = [words(await agent('install')), words(await agent('uninstall'))].join(' ');
      expect(said).toMatch(new RegExp(`not allowed to ${right.verb} ${right.resource} in the namespace skoop`));
      expect(said).toMatch(new RegExp(`--verb=${right.verb} --resource=${right.resource}\\.apps`));
    } finally {
      await apply(ROLES);
      await live.skoop(['agent', 'uninstall']);
    }
  });
});

describe('without the right to', () => {
  it.for(RIGHTS)('$verb $resource ($role), it is named', { timeout: 60_000 }, async (right, context) => {
    skipUnlessPossible(context);
    await apply(ROLES.map((role) => without(role, right)));
    try {
      const said = words(await ask());
      expect(said).toMatch(new RegExp(`not allowed to ${right.verb} ${right.resource}`));
      const { stdout } = await live.skoop(['doctor'], { kubeconfig });
      expect(stdout).toMatch(new RegExp(`^[!✗] (may not|not allowed to) ${right.verb} ${right.resource}`, 'm'));
    } finally {
      await apply(ROLES);
    }
    const left = async (): Promise<number> => {
      await live.skoop(['cleanup', '--all']);
      return (await live.leftovers()).length;
    };
    await expect.poll(left, { timeout: 20_000 }).toBe(0);
  });

  it('list servicecidrs, the addresses in use tell', { timeout: 60_000 }, async (context) => {
    skipUnlessPossible(context);
    await apply(ROLES.map((role) => without(role, { role: 'skoop-reader', resource: 'servicecidrs', verb: 'list' })));
    try {
      expect(words(await live.skoop([...QUESTION, '--verbose'], { kubeconfig }))).toMatch(
        /service CIDR: 10\.96\.0\.0\/1[6-9],fd96::\/1\d\d \(from the addresses in use, at least: \d+ IPAddress objects, \d+ cluster IPs of services\)/,
      );
    } finally {
      await apply(ROLES);
    }
  });
});

// Last: what it puts into the cluster goes slowly.
describe('what the API server is asked by a diagnosis', () => {
  /** Each list once, and each ConfigMap that may be there. */
  const OBJECTS = {
    'get configmaps': 6,
    'list daemonsets': 1,
    'list deployments': 1,
    'list endpointslices': 1,
    'list ipaddresses': 1,
    'list jobs': 1,
    'list namespaces': 1,
    'list networkpolicies': 1,
    'list nodes': 1,
    'list pods': 1,
    'list replicasets': 1,
    'list servicecidrs': 1,
    'list services': 1,
    'list statefulsets': 1,
  };
  /** For two nodes, those of the source and of the other endpoint. */
  const COLLECTORS = {
    'create jobs': 1,
    'create pods': 2,
    'delete jobs': 1,
    'delete pods': 2,
    'get pods/exec': 2,
    'watch pods': 1,
  };
  const asked = async (): Promise<Readonly<Record<string, number>>> =>
    counted(
      await requestsDuring(live.cluster.record.name, async () => {
        expect(await ask()).toMatchObject({ code: 0, stderr: '' });
      }),
    );
  const podsOf = async (name: string, count: number, spec: object): Promise<void> =>
    apply(
      Array.from({ length: count }, (_, index) => ({
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: `${name}-${index}`, namespace: 'many' },
        spec: {
          containers: [{ name: 'shell', image: SHELL, imagePullPolicy: 'Never', command: ['sleep', 'infinity'] }],
          ...spec,
        },
      })),
    );

  it('is 28 requests, each for something else', async (context) => {
    skipUnlessPossible(context);
    const requests = await asked();
    expect(requests).toEqual({ ...OBJECTS, ...COLLECTORS });
    expect(Object.values(requests).reduce((sum, count) => sum + count)).toBe(28);
  });

  it('is 21 requests where the agent runs', async (context) => {
    skipUnlessPossible(context);
    await live.skoop(['agent', 'install'], { kubeconfig });
    try {
      expect(await asked()).toEqual({ ...OBJECTS, 'get pods/exec': 2 });
    } finally {
      await live.skoop(['agent', 'uninstall'], { kubeconfig });
    }
  });

  it('does not grow with pods, but by the further pages of their list', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    await apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'many' } }]);
    try {
      // So many on a node that not all of them are taken whole.
      for (const nodeName of ['node-1', 'node-2'])
        await podsOf(nodeName, 13, { nodeName, terminationGracePeriodSeconds: 0 });
      await podsOf('waiting', 260, { schedulerName: 'nobody' });
      const running = ['get', 'pods', '-n', 'many', '--field-selector=status.phase=Running', '-o', 'name'];
      const started = async (): Promise<number> => (await live.cluster.kubectl(running)).stdout.split('\n').length - 1;
      await expect.poll(started, { timeout: 90_000, interval: 1000 }).toBe(26);
      expect(await asked()).toEqual({ ...OBJECTS, ...COLLECTORS, 'list pods': 2 });
    } finally {
      await live.cluster.kubectl(['delete', 'namespace', 'many', '--wait=false']);
    }
  });
});
