/** A running cluster diagnosed as a person does it: by the command line, against a real API server and real nodes. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { parse as parseYaml, stringify as stringifyYaml } from 'yaml';
import { isEverythingBuilt, missing, stopCluster, toolsRoot, writeOciArchive } from '../../lab/kubernetes/index.ts';
import type { ClusterProbe } from '../../lab/kubernetes/index.ts';
import { openBundle } from '../../src/bundle/index.ts';
import { connectProxy, ownKeys } from '../k8s/client/forward-proxy.ts';
import { openLine } from './line.ts';
import { listeners, listenersDuring } from './listeners.ts';
import { openLiveCluster, SHELL, TOOLS, type LiveCluster } from './live-cluster.ts';

const why = missing(isEverythingBuilt());
const NAME = `live-${process.pid}`;
let live: LiveCluster;

beforeAll(async () => {
  if (why === undefined) live = await openLiveCluster(NAME);
});
afterAll(async () => {
  if (live !== undefined) rmSync(live.folder, { recursive: true });
  if (why === undefined && process.env['SKOOP_E2E_CLUSTER'] === undefined) await stopCluster(NAME);
});
function skipUnlessPossible(context: TestContext): void {
  if (why !== undefined) context.skip(why);
}

const QUESTION = ['-s', 'shop/client-2', '-d', 'svc/shop/web', '-p', '80'];

/** An image in which collecting takes longer, each namespace by so many seconds: there is time to break it. */
async function slowImage(seconds = 60): Promise<string> {
  const made = slow.get(seconds) ?? makeSlowImage(seconds);
  slow.set(seconds, made);
  return made;
}
const slow = new Map<number, Promise<string>>();

async function makeSlowImage(seconds: number): Promise<string> {
  return imageWith(
    `slow-${seconds}`,
    'usr/local/sbin/nsenter',
    `#!/bin/sh\nsleep ${seconds}\nexec /usr/bin/nsenter "$@"\n`,
  );
}

/** An image of the lab's tools in which a program is another one. */
async function imageWith(name: string, program: string, script: string): Promise<string> {
  const image = `localhost/lab/${name}:1`;
  const archive = join(live.folder, `${name}.tar`);
  const layers = [{ tar: await toolsRoot() }, { files: [{ path: program, content: script }] }];
  await writeOciArchive(archive, { reference: image, layers, command: ['sleep', '1'] });
  await live.cluster.loadImage(archive);
  return image;
}

async function runningPods(): Promise<number> {
  const args = ['get', 'pods', '-n', 'skoop', '--field-selector=status.phase=Running', '-o', 'name'];
  const { stdout } = await live.cluster.kubectl(args);
  return stdout.split('\n').filter((line) => line !== '').length;
}

interface Answer {
  readonly verdict: string;
  readonly reason: string;
  readonly question: { readonly dst: { readonly address: string }; readonly port: number; readonly protocol: string };
}

/** Source and destination as skoop and as the prober name them. */
const ROUTES: readonly (readonly [src: string, place: string, dst: string, port: number, protocol: 'tcp' | 'udp'])[] = [
  ['shop/client-2', 'shop/client-2', 'shop/solo', 8080, 'tcp'],
  ['shop/client-1', 'shop/client-1', 'shop/solo', 8080, 'tcp'],
  ['shop/client-2', 'shop/client-2', 'shop/solo', 81, 'tcp'],
  ['shop/client-2', 'shop/client-2', 'svc/shop/web', 80, 'tcp'],
  ['shop/client-1', 'shop/client-1', 'svc/shop/web', 53, 'udp'],
  ['shop/client-1', 'shop/client-1', 'svc/shop/nobody', 80, 'tcp'],
  ['node/node-2', 'node-2', 'svc/shop/solo', 80, 'tcp'],
  ['node/node-1', 'node-1', 'shop/client-2', 81, 'tcp'],
  ['192.168.77.1', 'outside', 'node/node-1', 30080, 'tcp'],
  ['192.168.77.1', 'outside', 'node/node-2', 30081, 'tcp'],
  ['192.168.77.1', 'outside', 'svc/shop/solo', 80, 'tcp'],
  ['shop/client-1', 'shop/client-1', 'node/node-2', 30080, 'tcp'],
];

/** Asks all questions of both families at once, of the cluster and of the bundle, and tries each for real. */
async function holdAgainstSockets(file: string): Promise<void> {
  const queries = ROUTES.flatMap(([src, place, dst, port, protocol]) =>
    ([4, 6] as const).map((family) => ({
      query: { src: place === 'outside' && family === 6 ? 'fd00:77::1' : src, dst, port, protocol, family },
      place,
    })),
  );
  const stdin = queries.map(({ query }) => `${JSON.stringify(query)}\n`).join('');
  const asked = await live.skoop(['--queries', '-', '--save-bundle', file], { stdin });
  expect(asked).toMatchObject({ code: 0, stderr: expect.stringContaining(`wrote ${file}: 2 nodes`) as string });
  expect((await live.skoop(['--queries', '-', '--bundle', file], { stdin })).stdout).toBe(asked.stdout);

  const answers = asked.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);
  const probes = queries.map(({ place, query }, index): ClusterProbe => {
    const { address } = answers[index]!.question.dst;
    return { from: place, to: address, port: query.port, protocol: query.protocol };
  });
  const seen = await live.cluster.probe(probes);
  const row = (index: number, verdict: string): string => `${JSON.stringify(queries[index]!.query)} ${verdict}`;
  expect(answers.map(({ verdict }, index) => row(index, verdict))).toEqual(
    seen.map(({ result }, index) => row(index, result === 'open' ? 'reachable' : 'unreachable')),
  );
  expect(new Set(answers.map(({ verdict }) => verdict))).toEqual(new Set(['reachable', 'unreachable']));
}

/** So many pods on each node that nobody asks about. */
function fillers(count: number, namespace = 'filler'): string {
  const pods = ['node-1', 'node-2'].flatMap((nodeName) =>
    Array.from({ length: count }, (_, index) => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name: `${nodeName}-${index}` },
      spec: {
        nodeName,
        terminationGracePeriodSeconds: 0,
        containers: [{ name: 'idle', image: TOOLS, imagePullPolicy: 'Never', command: ['sleep', 'infinity'] }],
      },
    })),
  );
  const home = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } };
  return JSON.stringify({ apiVersion: 'v1', kind: 'List', items: [home, ...pods] });
}

async function askByTwo(): Promise<readonly string[]> {
  const both = await Promise.all([live.skoop(QUESTION), live.skoop(QUESTION)]);
  return both.map(({ stdout }) => stdout.split('\n', 1)[0]!);
}

/** Makes pods on both nodes and takes them away until it is ended; then it says how often. */
function startChurn(): { readonly end: () => Promise<number> } {
  let isOn = true;
  const turns = (async () => {
    for (let turn = 1; ; turn++) {
      await live.cluster.kubectl(['apply', '-f', '-'], { stdin: fillers(3, `churn-${turn}`) });
      await sleep(2000);
      await live.cluster.kubectl(['delete', 'namespace', `churn-${turn}`, '--wait=false']);
      if (!isOn) return turn;
    }
  })();
  return {
    end: async () => {
      isOn = false;
      return turns;
    },
  };
}

describe('the answers', () => {
  it(
    'are those of real sockets, and of the bundle that was saved beside them',
    { timeout: 120_000 },
    async (context) => {
      skipUnlessPossible(context);
      await holdAgainstSockets('all.skoop');
      expect(await live.leftovers()).toEqual([]);
    },
  );

  it(
    'are the same where a node has so many pods that most are taken in brief',
    { timeout: 180_000 },
    async (context) => {
      skipUnlessPossible(context);
      await live.cluster.kubectl(['apply', '-f', '-'], { stdin: fillers(14) });
      await live.cluster.kubectl(['wait', 'pods', '-n', 'filler', '--all', '--for=condition=Ready', '--timeout=90s']);
      try {
        for (const [index, [src, place, dst, port, protocol]] of ROUTES.entries()) {
          const family = index % 2 === 0 ? '4' : '6';
          const from = place === 'outside' && family === '6' ? 'fd00:77::1' : src;
          const ask = ['-s', from, '-d', dst, '-p', String(port), '--protocol', protocol, '--family', family];
          const json = ['--format', 'json', '--output', '-'];
          const { stdout } = await live.skoop([...ask, ...json, '--save-bundle', 'brief.skoop']);
          expect(
            (await live.skoop([...ask, ...json, '--bundle', 'brief.skoop'])).stdout === stdout,
            ask.join(' '),
          ).toBe(true);
          const answer = JSON.parse(stdout) as Answer;
          const [seen] = await live.cluster.probe([{ from: place, to: answer.question.dst.address, port, protocol }]);
          expect(`${ask.join(' ')}: ${answer.verdict}`).toBe(
            `${ask.join(' ')}: ${seen!.result === 'open' ? 'reachable' : 'unreachable'}`,
          );
          const bundle = openBundle(join(live.folder, 'brief.skoop'));
          for (const node of bundle.nodes) {
            const brief = bundle.dump(node)!.netns.filter(({ isBrief }) => isBrief === true);
            expect(brief.length, `${ask.join(' ')} on ${node}`).toBeGreaterThan(10);
          }
        }
      } finally {
        await live.cluster.kubectl(['delete', 'namespace', 'filler', '--wait=false']);
      }
    },
  );

  it('put nothing but the result on standard output', async (context) => {
    skipUnlessPossible(context);
    const { stdout, stderr } = await live.skoop([...QUESTION, '--format', 'json', '--output', '-']);
    expect({ verdict: (JSON.parse(stdout) as Answer).verdict, stderr }).toEqual({ verdict: 'reachable', stderr: '' });
  });

  it("come with a bare shell as the image, by the node's own tools", async (context) => {
    skipUnlessPossible(context);
    expect((await live.skoop(QUESTION, { image: SHELL })).stdout).toMatch(/^✔ REACHABLE/);
  });

  it('come to two who ask at once', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    expect(await askByTwo()).toEqual(['✔ REACHABLE', '✔ REACHABLE']);
    expect(await live.leftovers()).toEqual([]);
  });

  it('are never certain and wrong while pods come and go on both nodes', { timeout: 300_000 }, async (context) => {
    skipUnlessPossible(context);
    const churn = startChurn();
    const verdicts: string[] = [];
    try {
      for (let i = 0; i < 3; i++) verdicts.push(...(await askByTwo()));
    } finally {
      expect(await churn.end()).toBeGreaterThan(1);
    }
    // a busy machine may give a node no rest in which both ends of every veth can be seen
    expect(verdicts.filter((verdict) => !/^(✔ REACHABLE|\? UNDETERMINED)/.test(verdict))).toEqual([]);
    expect(verdicts).toContain('✔ REACHABLE');
  });

  it.for([
    [QUESTION, 'a real connection from shop/client-2 to [\\d.]+:80 was answered, as simulated'],
    [['-s', 'shop/client-1', '-d', 'shop/solo', '-p', '81', '--family', '6'], 'was refused, as simulated'],
    [
      ['-s', 'shop/client-1', '-d', 'svc/shop/web', '-p', '53', '--protocol', 'udp'],
      'a real datagram [^]* was answered, as simulated',
    ],
    [['-s', 'node/node-1', '-d', 'svc/shop/nobody', '-p', '80'], 'was refused, as simulated'],
    [
      ['-s', '192.168.77.1', '-d', 'svc/shop/solo', '-p', '80'],
      'no real connection was tried: 192\\.168\\.77\\.1 is no pod or node',
    ],
  ] as const)('are tried for real with --probe: %j', async ([args, pattern], context) => {
    skipUnlessPossible(context);
    expect((await live.skoop([...args, '--probe'])).stdout.replaceAll(/\s+/g, ' ')).toMatch(new RegExp(pattern));
  });

  it('need no pod where dumps were taken by hand', async (context) => {
    skipUnlessPossible(context);
    const script = readFileSync(join(import.meta.dirname, '../../src/collector/collect.sh'), 'utf8');
    for (const node of ['node-1', 'node-2']) {
      const { stdout, code } = await live.cluster.inNode(node, ['sh', '-s', '--', '-n', node], { stdin: script });
      expect(code).toBe(0);
      writeFileSync(join(live.folder, `${node}.dump`), stdout);
    }
    const { stdout } = await live.skoop([...QUESTION, '--agent', 'only', '--dump', 'node-1.dump', 'node-2.dump']);
    expect(stdout).toMatch(/^✔ REACHABLE/);
    const { stdout: half } = await live.skoop([...QUESTION, '--agent', 'only', '--dump', 'node-2.dump']);
    expect(half.replaceAll(/\s+/g, ' ')).toMatch(
      /^\? UNDETERMINED .*node-1, which was not collected: no agent runs there/,
    );
  });
});

describe('a probe that comes to something else', () => {
  it('is a finding that asks for a bundle', async (context) => {
    skipUnlessPossible(context);
    const script = readFileSync(join(import.meta.dirname, '../../src/collector/collect.sh'), 'utf8');
    const dumps = ['node-1', 'node-2'].map(async (node) => {
      const { stdout } = await live.cluster.inNode(node, ['sh', '-s', '--', '-n', node], { stdin: script });
      writeFileSync(join(live.folder, `${node}-before.dump`), stdout);
      return `${node}-before.dump`;
    });
    const files = await Promise.all(dumps);
    // The dumps know nothing of it.
    const rule = ['INPUT', '-p', 'tcp', '--dport', '8080', '-j', 'REJECT', '--reject-with', 'tcp-reset'];
    await live.cluster.exec('shop/solo', ['iptables', '-I', ...rule]);
    try {
      const asked = ['-s', 'shop/client-2', '-d', 'shop/solo', '-p', '8080', '--probe', '--dump', ...files];
      const said = (await live.skoop(asked)).stdout.replaceAll(/\s+/g, ' ');
      expect(said).toMatch(/^✔ REACHABLE .* Probe: a real connection from shop\/client-2 to [\d.]+:8080 was refused/);
      expect(said).toMatch(/ PROBE_DISAGREES .*--save-bundle/);
    } finally {
      await live.cluster.exec('shop/solo', ['iptables', '-D', ...rule]);
    }
  });
});

describe('a plugin of kubectl', () => {
  it('is the same program', async (context) => {
    skipUnlessPossible(context);
    const plugin = join(live.folder, 'kubectl-skoop');
    const program = join(import.meta.dirname, '../../dist/skoop.cjs');
    writeFileSync(plugin, `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, { mode: 0o755 });
    const kubectl = join(live.cluster.record.programs, 'kubectl');
    const words = ['skoop', ...QUESTION, `--collector-image=${TOOLS}`];
    const { stdout, stderr } = await promisify(execFile)(kubectl, words, {
      env: { PATH: `${live.folder}:${process.env['PATH']}`, HOME: live.folder, KUBECONFIG: live.cluster.kubeconfig },
    });
    expect({ verdict: stdout.split('\n', 1)[0], stderr }).toEqual({ verdict: '✔ REACHABLE', stderr: '' });
  });
});

describe('words that are completed', () => {
  it.for([
    ['-s shop/cl', ['shop/client-1', 'shop/client-2']],
    [
      '-d svc/shop/so',
      ['svc/shop/solo', 'svc/shop/solo-external-local', 'svc/shop/solo-internal-local', 'svc/shop/solo-lb-local'],
    ],
    ['-n sh', ['shop']],
    ['bundle capture --nodes node', ['node-1', 'node-2']],
  ] as const)('after %s are names of the cluster', async ([words, expected], context) => {
    skipUnlessPossible(context);
    const { stdout } = await live.skoop(['__complete', ...words.split(' ')]);
    expect(stdout.trim().split('\n')).toEqual(expected);
  });
});

describe('a bundle captured', () => {
  it('has the nodes that were asked for', async (context) => {
    skipUnlessPossible(context);
    const captured = await live.skoop(['bundle', 'capture', '--nodes', 'node-2', '-o', 'one.skoop']);
    expect(captured).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^wrote one\.skoop: 1 node \(node-2\)/) as string,
    });
    expect((await live.skoop(['bundle', 'show', 'one.skoop'])).stdout).toMatch(/nodes without a dump: node-1\n$/);
    expect(await live.skoop(['bundle', 'capture', '--nodes', 'node-9', '-o', 'x.skoop'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('the cluster has no node node-9 (it has node-1, node-2)') as string,
    });
  });
});

const OTHER_IMAGE = /→ Name an image that the nodes can get with --collector-image/;

/** Nobody listens where it is. */
const WEBHOOK = {
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: 'gatekeeper' },
  webhooks: [
    {
      name: 'pods.gatekeeper.example',
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      failurePolicy: 'Fail',
      clientConfig: { url: 'https://127.0.0.1:9/validate' },
      namespaceSelector: { matchLabels: { hooked: 'yes' } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    },
  ],
};

describe('a collector that can not be started', () => {
  const rows: readonly {
    what: string;
    args: readonly string[];
    setUp?: readonly (readonly string[])[];
    stdin?: string;
    says: RegExp;
    remedy: RegExp;
  }[] = [
    {
      what: 'an image that is nowhere',
      args: ['--collector-image=localhost/no/such:1'],
      says: /its image can not be pulled: .*no\/such/,
      remedy: OTHER_IMAGE,
    },
    {
      what: 'an image that may not be pulled',
      args: ['--collector-image=localhost/no/such:1', '--collector-image-pull-policy=Never'],
      says: /its image is not on the node and may not be pulled/,
      remedy: OTHER_IMAGE,
    },
    {
      what: 'a name that is no image',
      args: ['--collector-image=UPPER/case'],
      says: /its image (has no valid name|can not be pulled): .*invalid reference format/,
      remedy: OTHER_IMAGE,
    },
    {
      what: 'less time than a pod takes',
      args: ['--collector-pod-wait-timeout=100ms'],
      says: /collector pod skoop-\S+ did not run within 0\.1 s: /,
      remedy: /--collector-pod-wait-timeout gives it more time|Look whether the kubelet runs on that node/,
    },
    {
      what: 'Pod Security',
      args: ['--collector-namespace=strict'],
      setUp: [
        ['create', 'namespace', 'strict'],
        ['label', 'namespace', 'strict', 'pod-security.kubernetes.io/enforce=restricted'],
      ],
      says: /Pod Security of namespace strict refuses the collector pod/,
      remedy: /→ Allow it there \(kubectl label namespace strict pod-security.kubernetes.io\/enforce=privileged\)/,
    },
    {
      what: 'a quota',
      args: ['--collector-namespace=tight'],
      setUp: [
        ['create', 'namespace', 'tight'],
        ['-n', 'tight', 'create', 'quota', 'q', '--hard=pods=0'],
      ],
      says: /a quota of namespace tight refuses the collector pod: .*exceeded quota/,
      remedy: /→ Raise the quota, or name another namespace with --collector-namespace/,
    },
    {
      what: 'an admission webhook that does not answer',
      args: ['--collector-namespace=hooked'],
      setUp: [
        ['create', 'namespace', 'hooked'],
        ['label', 'namespace', 'hooked', 'hooked=yes'],
        ['apply', '-f', '-'],
      ],
      stdin: JSON.stringify(WEBHOOK),
      says: /the cluster's admission webhook pods.gatekeeper.example is asked about each pod and does not answer: /,
      remedy: /→ Nobody can make pods there now. Look at the server of pods.gatekeeper.example/,
    },
    {
      what: 'no agent, and no pod allowed',
      args: ['--agent=only'],
      says: /no agent runs there, and --agent only starts no pod/,
      remedy: /→ skoop agent status shows where one runs/,
    },
  ];
  it.for(rows)('is told in words: $what', async ({ args, setUp = [], stdin = '', says, remedy }, context) => {
    skipUnlessPossible(context);
    for (const command of setUp) await live.cluster.kubectl(command, { stdin });
    const { code, stdout } = await live.skoop([...QUESTION, ...args, '--exit-code']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(
      /^\? UNDETERMINED .*node node-2 of pod shop\/client-2 was not collected: /,
    );
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(says);
    expect(stdout.replaceAll(/\s+/g, ' ')).toMatch(remedy);
    expect(code).toBe(2);
    const namespace = args.find((word) => word.startsWith('--collector-namespace='))?.split('=')[1];
    expect(await live.leftovers(namespace)).toEqual([]);
  });

  it('leaves the other nodes and what was found there', async (context) => {
    skipUnlessPossible(context);
    const { stdout } = await live.skoop([...QUESTION, '--agent=only', '--dump', 'node-2.dump']);
    expect(stdout).toMatch(/● node-2 .*becomes one of 2 endpoints/);
  });

  it('has a remedy on standard error', async (context) => {
    skipUnlessPossible(context);
    const { stderr } = await live.skoop([...QUESTION, '--collector-namespace=strict']);
    expect(stderr).toBe(
      'Allow it there (kubectl label namespace strict pod-security.kubernetes.io/enforce=privileged), or name a namespace that allows it with --collector-namespace.\n',
    );
  });

  it('may break twice', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    const asked = live.skoop([...QUESTION, `--collector-image=${await slowImage()}`]);
    const earlier = await breakPods();
    await breakPods(earlier);
    expect((await asked).stdout.replaceAll(/\s+/g, ' ')).toMatch(/UNDETERMINED .*was not collected: /);
  });
});

async function collectorPods(): Promise<readonly string[]> {
  const running = ['--field-selector=status.phase=Running', '-o', 'name'];
  const { stdout } = await live.cluster.kubectl(['get', 'pods', '-n', 'skoop', ...running]);
  return stdout.split('\n').filter((line) => line !== '');
}

/** Takes both pods away while they collect, as soon as both are others than the earlier ones. */
async function breakPods(earlier: readonly string[] = []): Promise<readonly string[]> {
  const fresh = async (): Promise<readonly string[]> => (await collectorPods()).filter((pod) => !earlier.includes(pod));
  await expect.poll(async () => (await fresh()).length, { timeout: 30_000 }).toBe(2);
  await sleep(1000);
  const pods = await fresh();
  await live.cluster.kubectl(['delete', '-n', 'skoop', '--grace-period=0', '--force', ...pods]);
  return [...earlier, ...pods];
}

describe('a collector that breaks off', () => {
  it('is started anew where its pod was taken away', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    const asked = live.skoop([...QUESTION, `--collector-image=${await slowImage(3)}`]);
    await breakPods();
    expect((await asked).stdout).toMatch(/^✔ REACHABLE/);
    expect(await live.leftovers()).toEqual([]);
  });

  it('is asked by another connection where one was cut', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    const line = await openLine(live.cluster.kubeconfig, live.folder);
    try {
      const image = await slowImage(3);
      const asked = live.skoop([...QUESTION, `--collector-image=${image}`], { kubeconfig: line.kubeconfig });
      await expect.poll(async () => (await collectorPods()).length, { timeout: 30_000 }).toBe(2);
      await sleep(1000);
      const before = await collectorPods();
      expect(line.cut()).toBeGreaterThan(0);
      await sleep(2000);
      expect(await collectorPods()).toEqual(before);
      expect((await asked).stdout).toMatch(/^✔ REACHABLE/);
    } finally {
      line.close();
    }
  });
});

describe('the agent', () => {
  it('is put up, found by a diagnosis, and taken down', async (context) => {
    skipUnlessPossible(context);
    expect((await live.skoop(['agent', 'status'])).stdout).toMatch(/^no agent in namespace skoop/);
    expect(await live.skoop(['agent', 'install'])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/runs on 2 of 2 nodes\n$/) as string,
    });
    expect((await live.skoop([...QUESTION, '--agent', 'only'])).stdout).toMatch(/^✔ REACHABLE/);
    expect((await live.skoop([...QUESTION, '--agent', 'only', '--probe'])).stdout).toContain('as simulated');
    // Nothing of a pod is needed: an image that is nowhere does not matter.
    expect((await live.skoop([...QUESTION, '--collector-image=localhost/no/such:1'])).stdout).toMatch(/^✔ REACHABLE/);
    expect((await live.skoop(['agent', 'install'])).stdout).toMatch(/runs on 2 of 2 nodes\n$/);
    expect((await live.skoop(['agent', 'uninstall'])).stdout).toBe('removed the agent from namespace skoop\n');
    expect((await live.skoop(['agent', 'status'])).stdout).toMatch(/^no agent in namespace skoop/);
  });

  it('keeps nothing of a tool that hangs with what it started', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    const image = await imageWith('hung-ss', 'usr/local/sbin/ss', '#!/bin/sh\nsleep 61106; true\n');
    await live.skoop(['agent', 'install', `--collector-image=${image}`]);
    const asleep = async (): Promise<string> =>
      (await live.cluster.inNode('node-1', ['sh', '-c', 'grep -lsz ^61106 /proc/[0-9]*/cmdline'])).stdout;
    try {
      const asked = live.skoop([...QUESTION, '--agent', 'only']);
      await expect.poll(asleep, { timeout: 20_000 }).toMatch(/^\/proc/);
      expect((await asked).stdout.replaceAll(/\s+/g, ' ')).toMatch(/^\? UNDETERMINED .*\bss\b/);
      expect(await asleep()).toBe('');
    } finally {
      await live.skoop(['agent', 'uninstall']);
    }
  });

  it('is done without where it breaks off', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    await live.skoop(['agent', 'install', `--collector-image=${await slowImage(3)}`]);
    try {
      const asked = live.skoop(QUESTION);
      await sleep(3000);
      expect((await live.leftovers()).length).toBe(0);
      const agents = '-lapp.kubernetes.io/component=agent';
      await live.cluster.kubectl(['delete', 'pods', '-n', 'skoop', agents, '--grace-period=0', '--force']);
      expect((await asked).stdout).toMatch(/^✔ REACHABLE/);
    } finally {
      await live.skoop(['agent', 'uninstall']);
    }
  });
});

describe('nothing listens that did not before', () => {
  const before = async (): Promise<readonly string[]> => {
    const there = await listeners(live.cluster);
    // kubelet of each node, the echo server in its pod.
    for (const known of [/^node-1 \d+ tcp \*:10250$/, /^node-2 \d+ tcp \*:10250$/, /^node-1 \d+ udp 0\.0\.0\.0:5353$/])
      expect(there).toContainEqual(expect.stringMatching(known));
    return there;
  };

  it('while collector pods run', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    const image = await slowImage(0.3);
    const there = await before();
    const asked = live.skoop([...QUESTION, '--agent=never', `--collector-image=${image}`]);
    const during = await listenersDuring(live.cluster, asked);
    expect((await asked).stdout).toMatch(/^✔ REACHABLE/);
    expect(during).toEqual(there);
  });

  it('where the agent is, and while it is asked', { timeout: 120_000 }, async (context) => {
    skipUnlessPossible(context);
    const image = await slowImage(0.3);
    const there = await before();
    const work = async (): Promise<string> => {
      await live.skoop(['agent', 'install', `--collector-image=${image}`]);
      return (await live.skoop([...QUESTION, '--agent', 'only', '--probe'])).stdout;
    };
    const asked = work();
    try {
      const during = await listenersDuring(live.cluster, asked);
      expect(await asked).toMatch(/^✔ REACHABLE/);
      expect(during).toEqual(there);
    } finally {
      await live.skoop(['agent', 'uninstall']);
    }
  });
});

describe('an agent that fails', () => {
  /** What the agent waits with goes on, what is run in it beside that is killed. */
  const SHELL_DIES = '#!/bin/dash\ncase "$2" in while*) exec /bin/dash "$@" ;; esac\nkill -9 $$\n';
  /** As it says where a seccomp profile keeps setns from it. */
  const NSENTER_FAILS =
    '#!/bin/sh\necho "nsenter: reassociate to namespace \'ns/net\' failed: Operation not permitted" >&2\nexit 1\n';
  const rows = [
    {
      what: 'never becomes ready',
      image: async () => TOOLS,
      ruin: ['patch', 'daemonset', 'skoop-agent', '--type=json', `-p=${JSON.stringify([NEVER_READY])}`],
      only: /no agent runs there, and --agent only starts no pod/,
    },
    {
      what: 'can not be executed in',
      image: async () => imageWith('dead-shell', 'usr/local/sbin/sh', SHELL_DIES),
      only: /collect.sh was killed \(exit code 137\)/,
    },
    {
      what: 'may not do what the script needs',
      image: async () => imageWith('no-root', 'usr/local/sbin/id', '#!/bin/sh\necho 1000\n'),
      only: /must be root: other namespaces can not be read without/,
    },
    {
      what: 'can not enter namespaces',
      image: async () => imageWith('no-nsenter', 'usr/local/sbin/nsenter', NSENTER_FAILS),
      only: /nsenter can not enter a network namespace: nsenter: reassociate to namespace .* failed: Operation not permitted/,
    },
  ] as const;
  it.for(rows)('because it $what gives way to pods', { timeout: 180_000 }, async (row, context) => {
    skipUnlessPossible(context);
    const kubectl = async (words: readonly string[]) => live.cluster.kubectl(words);
    await live.skoop(['agent', 'install', `--collector-image=${await row.image()}`]);
    try {
      if ('ruin' in row) {
        await kubectl(['-n', 'skoop', ...row.ruin]);
        await kubectl(['-n', 'skoop', 'rollout', 'status', 'daemonset/skoop-agent', '--timeout=20s']);
      }
      const asked = await live.skoop([...QUESTION, '-v', '1']);
      expect(asked.stdout).toMatch(/^✔ REACHABLE/);
      for (const node of ['node-1', 'node-2']) expect(asked.stderr).toContain(`${node}: starting a collector pod`);
      expect(await live.leftovers()).toEqual([]);
      const alone = (await live.skoop([...QUESTION, '--agent', 'only'])).stdout.replaceAll(/\s+/g, ' ');
      expect(alone).toMatch(/^\? UNDETERMINED .*node node-2 of pod shop\/client-2 was not collected: /);
      expect(alone).toMatch(row.only);
    } finally {
      await live.skoop(['agent', 'uninstall']);
    }
  });
});

const NEVER_READY = {
  op: 'add',
  path: '/spec/template/spec/containers/0/readinessProbe',
  value: { exec: { command: ['false'] } },
};

describe('behind a proxy', () => {
  /** A name of the API server that its certificate has and that the proxy alone knows. */
  const NAME_THERE = 'kubernetes.default.svc';
  let folder: string;
  beforeAll(() => {
    if (why === undefined) folder = mkdtempSync(join(tmpdir(), 'skoop-proxy-'));
  });
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  const rows = [
    { what: 'of the environment', scheme: 'http', env: (url: string) => ({ HTTPS_PROXY: url }) },
    { what: 'of the environment, that speaks TLS', scheme: 'https', env: (url: string) => ({ HTTPS_PROXY: url }) },
    { what: 'of the kubeconfig', scheme: 'http', config: (url: string) => ({ 'proxy-url': url }) },
    { what: 'of the kubeconfig, that speaks TLS', scheme: 'https', config: (url: string) => ({ 'proxy-url': url }) },
  ] as const;
  it.for(rows)('$what all of a diagnosis goes through it', { timeout: 120_000 }, async (row, context) => {
    skipUnlessPossible(context);
    const config = parseYaml(readFileSync(live.cluster.kubeconfig, 'utf8')) as Kubeconfig;
    const [{ cluster }] = config.clusters;
    const real = new URL(cluster['server']!);
    const keys = row.scheme === 'https' ? ownKeys(folder) : undefined;
    const proxy = await connectProxy({
      ...(keys === undefined ? {} : { keys }),
      resolve: (name) => (name === NAME_THERE ? real.hostname : name),
    });
    try {
      const url = `${row.scheme}://localhost:${proxy.port}`;
      cluster['server'] = `https://${NAME_THERE}:${real.port}`;
      Object.assign(cluster, 'config' in row ? row.config(url) : {});
      const file = join(folder, 'config');
      writeFileSync(file, stringifyYaml(config), { mode: 0o600 });
      const trust = keys === undefined ? {} : { NODE_EXTRA_CA_CERTS: keys.file };
      const env = { ...trust, ...('env' in row ? row.env(url) : {}) };
      expect(await live.skoop(QUESTION, { kubeconfig: file, env })).toMatchObject({
        code: 0,
        stderr: '',
        stdout: expect.stringMatching(/^✔ REACHABLE/) as string,
      });
      expect(new Set(proxy.carried)).toEqual(new Set([`${NAME_THERE}:${real.port}`]));
      // Lists, the pods' watch, and a command on each of two nodes.
      expect(proxy.carried.length).toBeGreaterThan(3);
    } finally {
      await proxy.close();
    }
  });
});

interface Kubeconfig {
  readonly clusters: readonly [{ readonly cluster: Record<string, string> }];
}

describe('a run that is ended', () => {
  it.for([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('by %s leaves nothing', { timeout: 120_000 }, async ([signal, expected], context) => {
    skipUnlessPossible(context);
    const image = await slowImage();
    const when = async (): Promise<void> => expect.poll(runningPods, { timeout: 30_000 }).toBe(2);
    const { code } = await live.skoop([...QUESTION, `--collector-image=${image}`], { kill: { when, signal } });
    expect(code).toBe(expected);
    await expect.poll(async () => live.leftovers(), { timeout: 5000 }).toEqual([]);
  });

  it('by SIGINT and by SIGTERM, each at ten moments, leaves nothing', { timeout: 240_000 }, async (context) => {
    skipUnlessPossible(context);
    const began = performance.now();
    await live.skoop(QUESTION);
    const whole = performance.now() - began;
    const codes: (number | null)[] = [];
    for (let i = 0; i < 10; i++) {
      // Two at once take longer than one: the moments are spread over what they take.
      const after = whole * (0.1 + 1.4 * ((i + Math.random()) / 10));
      const kill = { when: async (): Promise<void> => sleep(after) };
      const [interrupted, terminated] = await Promise.all([
        live.skoop(QUESTION, { kill: { ...kill, signal: 'SIGINT' } }),
        live.skoop(QUESTION, { kill: { ...kill, signal: 'SIGTERM' } }),
      ]);
      // One that was ready sooner has its own exit code.
      expect([0, 130]).toContain(interrupted.code);
      expect([0, 143]).toContain(terminated.code);
      codes.push(interrupted.code, terminated.code);
      await expect.poll(async () => live.leftovers(), { timeout: 5000, interval: 100 }).toEqual([]);
    }
    expect(codes.filter((code) => code !== 0).length).toBeGreaterThan(10);
  });

  it('by SIGKILL, at twenty moments, leaves nothing after its deadline', { timeout: 180_000 }, async (context) => {
    skipUnlessPossible(context);
    // A busy machine takes several times as long: the moments are spread over what a run takes here.
    const began = performance.now();
    await live.skoop(QUESTION);
    const whole = performance.now() - began;
    let most = 0;
    for (let i = 0; i < 20; i++) {
      const after = whole * (0.3 + 0.7 * Math.random());
      const when = async (): Promise<void> => sleep(after);
      await live.skoop([...QUESTION, '--collector-deadline=20s'], { kill: { when, signal: 'SIGKILL' } });
      most = Math.max(most, (await live.leftovers()).length);
    }
    expect(most).toBeGreaterThan(0);
    await expect.poll(async () => live.leftovers(), { timeout: 60_000, interval: 1000 }).toEqual([]);
  });

  it('is cleaned up after by its own', async (context) => {
    skipUnlessPossible(context);
    const when = async (): Promise<void> =>
      expect.poll(async () => (await live.leftovers()).length, { timeout: 30_000, interval: 50 }).toBeGreaterThan(0);
    await live.skoop([...QUESTION, `--collector-image=${await slowImage()}`], { kill: { when, signal: 'SIGKILL' } });
    expect((await live.leftovers()).length).toBeGreaterThan(0);
    expect((await live.skoop(['cleanup'])).stdout).toMatch(/^removed (Job|Pod) skoop\/skoop-[0-9a-f]{8}/);
    await expect.poll(async () => live.leftovers(), { timeout: 10_000 }).toEqual([]);
  });

  it('takes a namespace that it made itself with the clean-up', async (context) => {
    skipUnlessPossible(context);
    const made = await live.skoop([...QUESTION, '--collector-namespace=fresh']);
    expect(made.stdout).toMatch(/^✔ REACHABLE/);
    expect(made.stderr).toBe('made namespace fresh for the collector pods; skoop cleanup removes it\n');
    expect((await live.skoop(['cleanup', '--collector-namespace=fresh'])).stdout).toBe('removed Namespace fresh\n');
    // At once again, while the old one is still going.
    const again = await live.skoop([...QUESTION, '--collector-namespace=fresh']);
    expect(again.stdout).toMatch(/^✔ REACHABLE/);
    await live.skoop(['cleanup', '--collector-namespace=fresh']);
    expect((await live.skoop(['cleanup', '--collector-namespace=shop'])).stdout).toBe('nothing to clean up\n');
  });

  it('preserves its pods where it was told to', async (context) => {
    skipUnlessPossible(context);
    await live.skoop([...QUESTION, '--preserve-collector-pod']);
    expect((await live.leftovers()).length).toBe(3);
    await live.skoop(['cleanup']);
    await expect.poll(async () => live.leftovers(), { timeout: 10_000 }).toEqual([]);
  });
});

// Last: the node does not come back.
describe('a node whose kubelet is gone', () => {
  it('is told of, while it still counts as ready and when it does not', { timeout: 240_000 }, async (context) => {
    skipUnlessPossible(context);
    const end = 'for p in /proc/[0-9]*; do read -r name <$p/comm; [ "$name" != kubelet ] || kill -9 ${p#/proc/}; done';
    await live.cluster.inNode('node-2', ['sh', '-c', `${end} 2>/dev/null; true`]);
    const said = async (): Promise<string> => (await live.skoop(QUESTION)).stdout.replaceAll(/\s+/g, ' ');
    expect(await said()).toMatch(/did not run within 20 s: the kubelet of the node has not taken it up/);
    await expect
      .poll(said, { timeout: 150_000, interval: 5000 })
      .toMatch(
        /node-2 of pod shop\/client-2 was not collected: it is not ready \(Kubelet stopped posting node status\), so that no pod can be started there/,
      );
    // What the living node has to say is there all the same.
    const other = await live.skoop(['-s', 'shop/client-1', '-d', 'shop/client-2', '-p', '81']);
    expect(other.stdout).toMatch(/eth0 → veth\w+\n {2}\? node-1 /);
    expect(other.stdout.replaceAll(/\s+/g, ' ')).toMatch(/the node node-2, which was not collected: it is not ready/);
  });
});
