/** The real Kubernetes that the tests stand on: starts, carries traffic of every kind, and leaves nothing behind. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import {
  differences,
  isEverythingBuilt,
  machineState,
  missing,
  startCluster,
  stopCluster,
  toolsRoot,
  writeOciArchive,
  type ClusterOptions,
  type ClusterProbe,
  type RunningCluster,
} from '../../lab/kubernetes/index.ts';

const why = missing(isEverythingBuilt());
const skipUnlessPossible = (context: TestContext): void => {
  if (why !== undefined) context.skip(why);
};

const NAME = `e2e-${process.pid}`;
const WIRINGS: readonly ClusterOptions[] = [
  { proxy: 'iptables', flannel: 'vxlan' },
  { proxy: 'nftables', flannel: 'host-gw' },
];

describe.each(WIRINGS)('a cluster with kube-proxy $proxy and flannel $flannel', (wiring) => {
  let cluster: RunningCluster;
  let before: readonly string[];
  beforeAll(async () => {
    if (why !== undefined) return;
    before = await machineState(NAME);
    cluster = await startCluster({ name: NAME, endsWithOwner: true, ...wiring });
  });
  afterAll(async () => {
    if (why === undefined) await stopCluster(NAME);
  });

  it('has two nodes that are Ready', async (context) => {
    skipUnlessPossible(context);
    const { code, stdout, stderr } = await cluster.kubectl(['get', 'nodes', '--no-headers']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^node-1 +Ready .* v1\.36\.3$/),
      expect.stringMatching(/^node-2 +Ready .* v1\.36\.3$/),
    ]);
  });

  it('answers probes as its services say', async (context) => {
    skipUnlessPossible(context);
    const rows = await probeRows(cluster);
    const results = await cluster.probe(rows.map(({ probe }) => probe));
    const found = rows.map(({ what, probe }, index) => `${what} ${probe.to}: ${results[index]!.result}`);
    expect(found).toEqual(rows.map(({ what, probe, expected }) => `${what} ${probe.to}: ${expected}`));
  });

  it('tells whom the server saw, and where', async (context) => {
    skipUnlessPossible(context);
    const pods = await cluster.pods();
    const [client, solo] = ['shop/client-2', 'shop/solo'].map((place) => pods.find((pod) => pod.place === place)!);
    for (const [index, address] of solo!.addresses.entries()) {
      const [result] = await cluster.probe([{ from: client!.place, to: address, port: 8080, protocol: 'tcp' }]);
      expect(result).toMatchObject({ result: 'open', at: address, server: 'solo' });
      expect(result!.saw).toContain(client!.addresses[index]);
    }
  });

  it('lets a command make a fault in a pod and on a node', async (context) => {
    skipUnlessPossible(context);
    const solo = (await cluster.pods()).find((pod) => pod.place === 'shop/solo');
    const ask: ClusterProbe = { from: 'shop/client-2', to: solo!.addresses[0]!, port: 8080, protocol: 'tcp' };
    const outcome = async (): Promise<string> => (await cluster.probe([ask], 0.5))[0]!.result;
    const rule = ['INPUT', '-p', 'tcp', '--dport', '8080', '-j', 'REJECT', '--reject-with', 'icmp-host-prohibited'];
    expect(await cluster.exec('shop/solo', ['iptables', '-I', ...rule])).toMatchObject({ code: 0 });
    expect(await outcome()).toBe('EHOSTUNREACH');
    expect(await cluster.exec('shop/solo', ['iptables', '-D', ...rule])).toMatchObject({ code: 0 });
    expect(await cluster.inNode('node-1', ['ip', 'link', 'set', 'cni0', 'down'])).toMatchObject({ code: 0 });
    expect(await outcome()).not.toBe('open');
    expect(await cluster.inNode('node-1', ['ip', 'link', 'set', 'cni0', 'up'])).toMatchObject({ code: 0 });
    await expect.poll(outcome, { timeout: 10_000 }).toBe('open');
    expect((await cluster.inNode('node-1', ['hostname'])).stdout).toBe('node-1\n');
  });

  it('gives a service account what its roles allow and no more', async (context) => {
    skipUnlessPossible(context);
    for (const args of [
      ['create', 'serviceaccount', 'reader', '-n', 'shop'],
      ['create', 'role', 'reader', '-n', 'shop', '--verb=list', '--resource=pods'],
      ['create', 'rolebinding', 'reader', '-n', 'shop', '--role=reader', '--serviceaccount=shop:reader'],
    ])
      expect(await cluster.kubectl(args)).toMatchObject({ code: 0 });
    const kubeconfig = `--kubeconfig=${await cluster.serviceAccountKubeconfig('shop/reader')}`;
    expect((await cluster.kubectl([kubeconfig, 'get', 'pods', '-o', 'name'])).stdout).toContain('pod/solo');
    const refused = await cluster.kubectl([kubeconfig, 'get', 'nodes']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('cannot list resource "nodes"');
  });

  it('runs a command in a container by way of kubelet', async (context) => {
    skipUnlessPossible(context);
    const { stdout, stderr } = await cluster.kubectl(['exec', '-n', 'shop', 'client-1', '--', 'hostname']);
    expect({ stdout, stderr }).toEqual({ stdout: 'client-1\n', stderr: '' });
  });

  it('runs an image that was put together from a tar file and files', async (context) => {
    skipUnlessPossible(context);
    const folder = await mkdtemp(join(tmpdir(), 'skoop-image-'));
    const image = 'localhost/lab/hello:1';
    const files = [{ path: 'usr/local/bin/hello', content: '#!/bin/sh\necho "hello, $(ip -V)"\n' }];
    const layers = [{ tar: await toolsRoot() }, { files }];
    await writeOciArchive(join(folder, 'hello.tar'), { reference: image, layers, command: ['hello'] });
    await cluster.loadImage(join(folder, 'hello.tar'));
    await rm(folder, { recursive: true });
    const run = ['run', 'hello', `--image=${image}`, '--image-pull-policy=Never', '--restart=Never'];
    expect(await cluster.kubectl(run)).toMatchObject({ code: 0 });
    const log = async (): Promise<string> => (await cluster.kubectl(['logs', 'hello'])).stdout;
    await expect.poll(log, { timeout: 20_000, interval: 500 }).toMatch(/^hello, ip utility/);
  });

  it('leaves the machine as it was', async (context) => {
    skipUnlessPossible(context);
    const during = await machineState(NAME);
    expect(differences(before, during).filter((line) => line.startsWith('+')).length).toBeGreaterThan(20);
    await cluster.stop();
    expect(differences(before, await machineState(NAME))).toEqual([]);
  });
});

describe('a start that is cut off', () => {
  const name = `${NAME}-cut`;
  it.for(['control plane', 'nodes', 'application'])('in the step "%s" leaves nothing', async (step, context) => {
    skipUnlessPossible(context);
    const before = await machineState(name);
    await startAndKill(name, step);
    expect((await machineState(name)).length).toBeGreaterThan(before.length);
    await stopCluster(name);
    expect(differences(before, await machineState(name))).toEqual([]);
  });
});

/** As the machine's out-of-memory killer would, so that nothing of ours can clean up. */
async function startAndKill(name: string, step: string): Promise<void> {
  const main = ['--import', 'tsx', 'lab/kubernetes/main.ts', 'up', '--name', name];
  const child = spawn(process.execPath, main, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  for await (const line of createInterface({ input: child.stderr })) {
    said.push(line);
    if (!line.startsWith(step)) continue;
    await sleep(1000);
    child.kill('SIGKILL');
  }
  expect(child.signalCode ?? (await once(child, 'exit'))[1], said.join('\n')).toBe('SIGKILL');
}

interface Row {
  readonly what: string;
  readonly probe: ClusterProbe;
  readonly expected: string;
}

interface Service {
  readonly spec: { readonly clusterIPs: readonly string[] };
}

async function probeRows(cluster: RunningCluster): Promise<readonly Row[]> {
  const pods = await cluster.pods();
  const addresses = (place: string): readonly string[] => pods.find((pod) => pod.place === place)!.addresses;
  const service = async (name: string): Promise<readonly string[]> =>
    (await cluster.api.get<Service>(`/api/v1/namespaces/shop/services/${name}`)).spec.clusterIPs;
  const [first, second] = cluster.nodes.map(({ ipv4, ipv6 }) => [ipv4, ipv6]);
  const row = (
    expected: string,
    what: string,
    from: string,
    [to, port]: readonly [readonly string[], number],
  ): Row[] => {
    const protocol = what.startsWith('udp') ? 'udp' : 'tcp';
    return to.map((address) => ({ what, probe: { from, to: address, port, protocol }, expected }));
  };
  return [
    ...row('open', 'tcp to a pod of the other node', 'shop/client-2', [addresses('shop/solo'), 8080]),
    ...row('open', 'udp to a pod of the other node', 'shop/client-2', [addresses('shop/solo'), 5353]),
    ...row('ECONNREFUSED', 'tcp to a closed port', 'shop/client-2', [addresses('shop/solo'), 81]),
    ...row('open', 'tcp to a service', 'shop/client-2', [await service('web'), 80]),
    ...row('open', 'udp to a service', 'shop/client-1', [await service('web'), 53]),
    ...row('open', 'tcp to a service from a node', 'node-1', [await service('solo'), 80]),
    ...row('open', 'tcp to a service from outside', 'outside', [await service('solo'), 80]),
    ...row('ECONNREFUSED', 'tcp to a service without endpoints', 'shop/client-1', [await service('nobody'), 80]),
    ...row('open', 'tcp to a node port', 'outside', [[...first!, ...second!], 30080]),
    ...row('open', 'tcp to a local node port', 'outside', [first!, 30081]),
    ...row('timeout', 'tcp to a local node port elsewhere', 'outside', [second!, 30081]),
    ...row('open', 'tcp to a host port', 'outside', [first!, 18080]),
    ...row('open', 'tcp to an external address', 'outside', [['203.0.113.80', 'fd00:113::80'], 80]),
    ...row('open', 'tcp to a load balancer', 'shop/client-1', [['203.0.113.81', 'fd00:113::81'], 80]),
    ...row('open', 'tcp from an allowed source', 'outside', [['203.0.113.82', 'fd00:113::82'], 80]),
    ...row('timeout', 'tcp from another source', 'shop/client-1', [['203.0.113.82', 'fd00:113::82'], 80]),
  ];
}
