/** As companies run it: from a pod of the cluster, with the rights of deploy/rbac.yaml and no more; and under an admission policy. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { isEverythingBuilt, missing, stopCluster, toolsRoot, writeOciArchive } from '../../lab/kubernetes/index.ts';
import { openLiveCluster, TOOLS, type LiveCluster, type Ran } from './live-cluster.ts';

const ROOT = join(import.meta.dirname, '../..');
const why = missing(isEverythingBuilt());
const NAME = `inside-${process.pid}`;
const IMAGE = 'localhost/lab/skoop:1';
const QUESTION = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', '80'];
let live: LiveCluster;

beforeAll(async () => {
  if (why === undefined) live = await openLiveCluster(NAME);
});
afterAll(async () => {
  if (why !== undefined) return;
  if (process.env['SKOOP_E2E_CLUSTER'] === undefined) return stopCluster(NAME);
  const made = ['namespace/ci', 'namespace/governed', 'clusterrolebinding/runner', 'clusterrole/skoop-reader'];
  await live.cluster.kubectl(['delete', ...made, '--ignore-not-found']);
  await live.cluster.kubectl(['delete', 'rolebinding/runner', '-n', 'skoop', '--ignore-not-found']);
});
function skipUnlessPossible(context: TestContext): void {
  if (why !== undefined) context.skip(why);
}

const words = (text: string): string => text.replaceAll(/\s+/g, ' ');

async function kubectl(args: readonly string[], items?: readonly unknown[]): Promise<string> {
  const input = items && { stdin: JSON.stringify({ apiVersion: 'v1', kind: 'List', items }) };
  const { code, stdout, stderr } = await live.cluster.kubectl(args, input);
  expect({ args, code, stderr: code === 0 ? '' : stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

/** The single executable file in a Debian that has no Node. */
async function putImage(): Promise<void> {
  const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'scripts/binary.mjs')], { encoding: 'utf8' });
  expect(status).toBe(0);
  const file = join(ROOT, stdout.trim().split('\n').at(-1)!);
  const archive = join(live.folder, 'skoop.tar');
  const layers = [{ tar: await toolsRoot() }, { files: [{ path: 'usr/local/bin/skoop', file, mode: 0o755 }] }];
  await writeOciArchive(archive, { reference: IMAGE, layers, command: ['sleep', 'infinity'] });
  await live.cluster.loadImage(archive);
}

describe('a pod that has an account with the rights of deploy/rbac.yaml', () => {
  beforeAll(async () => {
    if (why !== undefined) return;
    await putImage();
    const rights = parseAllDocuments(readFileSync(join(ROOT, 'deploy/rbac.yaml'), 'utf8'));
    await kubectl(
      ['apply', '-f', '-'],
      rights.map((document) => document.toJS() as unknown),
    );
    await kubectl(['create', 'namespace', 'ci']);
    await kubectl(['create', 'serviceaccount', 'runner', '-n', 'ci']);
    const account = '--serviceaccount=ci:runner';
    await kubectl(['create', 'clusterrolebinding', 'runner', '--clusterrole=skoop-reader', account]);
    await kubectl(['create', 'rolebinding', 'runner', '-n', 'skoop', '--role=skoop-collector', account]);
    const metadata = { namespace: 'ci', name: 'runner' };
    const spec = {
      serviceAccountName: 'runner',
      terminationGracePeriodSeconds: 0,
      containers: [{ name: 'runner', image: IMAGE, imagePullPolicy: 'Never' }],
    };
    await kubectl(['apply', '-f', '-'], [{ apiVersion: 'v1', kind: 'Pod', metadata, spec }]);
    await kubectl(['wait', 'pod/runner', '-n', 'ci', '--for=condition=Ready', '--timeout=90s']);
  }, 300_000);

  const inside = async (...args: readonly string[]): Promise<Ran> =>
    live.cluster.kubectl(['exec', '-n', 'ci', 'runner', '--', 'skoop', ...args]);

  it('asks its own cluster without being told which', async (context) => {
    skipUnlessPossible(context);
    const asked = await inside(...QUESTION, `--collector-image=${TOOLS}`, '--exit-code');
    expect(asked).toMatchObject({ code: 0, stderr: '', stdout: expect.stringMatching(/^✔ REACHABLE/) as string });
    expect(await live.leftovers()).toEqual([]);
  });

  it('asks about itself, and tries that for real', async (context) => {
    skipUnlessPossible(context);
    const question = ['-s', 'ci/runner', '-d', 'shop/solo', '-p', '81'];
    const { stdout, stderr } = await inside(...question, '--probe', `--collector-image=${TOOLS}`);
    expect(stderr).toBe('');
    expect(words(stdout)).toMatch(/^✘ UNREACHABLE .*connection from ci\/runner to [\d.]+:81 was refused, as simulated/);
  });

  it('is told by the doctor that nothing is missing', async (context) => {
    skipUnlessPossible(context);
    const { code, stdout } = await inside('doctor', `--collector-image=${TOOLS}`);
    expect({ code, wrong: stdout.match(/^[✗!].*$/gm) ?? [] }).toEqual({ code: 0, wrong: [] });
    expect(stdout).toContain('✓ namespace skoop is there and lets privileged pods run');
  });

  it('is told which right its account has not', async (context) => {
    skipUnlessPossible(context);
    const { stdout } = await inside(...QUESTION, '--collector-namespace=ci', `--collector-image=${TOOLS}`);
    expect(words(stdout)).toMatch(
      /^\? UNDETERMINED .*not allowed to create jobs in the namespace ci \(user "system:serviceaccount:ci:runner"\)/,
    );
  });
});

describe('a policy of the cluster that refuses the collector pod', () => {
  const MESSAGE = 'pods of this company do not see the processes of their node; ask ops@example.org';
  const api = 'admissionregistration.k8s.io/v1';
  const name = 'no-host-pid';
  const policy = (message: string | undefined): readonly unknown[] => [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'governed', labels: { governed: 'yes' } } },
    {
      apiVersion: api,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        },
        validations: [{ expression: '!has(object.spec.hostPID) || !object.spec.hostPID', message }],
      },
    },
    {
      apiVersion: api,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name },
      spec: {
        policyName: name,
        validationActions: ['Deny'],
        matchResources: { namespaceSelector: { matchLabels: { governed: 'yes' } } },
      },
    },
  ];

  it.for([
    ['its own words', MESSAGE, MESSAGE],
    ['the expression where it has no words', undefined, 'failed expression: !has(object.spec.hostPID)'],
  ] as const)('is told by its name and %s, with a way out', async ([, message, said], context) => {
    skipUnlessPossible(context);
    await kubectl(['apply', '-f', '-'], policy(message));
    const ask = async (): Promise<Ran> => live.skoop([...QUESTION, '--collector-namespace=governed']);
    // The API server compiles a policy some moments after it was made.
    await expect.poll(async () => words((await ask()).stdout), { timeout: 30_000 }).toContain(said);
    const { code, stdout, stderr } = await ask();
    expect(code).toBe(0);
    expect(words(stdout)).toMatch(
      /^\? UNDETERMINED .*node node-2 of pod shop\/client-2 was not collected: the cluster's admission refuses the collector pod: .*ValidatingAdmissionPolicy 'no-host-pid'/,
    );
    expect(words(stdout)).toContain('→ Exempt namespace governed from that policy');
    expect(stderr).toBe(
      'Exempt namespace governed from that policy, put up the agent (skoop agent install), or collect by hand (--dump FILE).\n',
    );
    expect(await live.leftovers('governed')).toEqual([]);
    // It is of that namespace alone.
    expect((await live.skoop(QUESTION)).stdout).toMatch(/^✔ REACHABLE/);
    await kubectl(['delete', 'validatingadmissionpolicybinding', name]);
    await kubectl(['delete', 'validatingadmissionpolicy', name]);
  });
});
