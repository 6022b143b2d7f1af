/** Macvlans of two pods and their node, built in namespaces: what real connections do, skoop must say. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { getuid } from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpsCollector, readDump } from '../../src/collector/index.ts';
import { Context } from '../../src/context/index.ts';
import { openNetwork } from '../../src/provider/index.ts';

const NAMESPACES = ['macvlan-node', 'macvlan-lan', 'macvlan-p1', 'macvlan-p2'];
const sh = (line: string): string => execFileSync('sh', ['-ec', line], { encoding: 'utf8', stdio: 'pipe' });

const SERVER = `
import socket
s = socket.create_server(('::', 8080), family=socket.AF_INET6, dualstack_ipv6=True)
print('ready', flush=True)
while True: s.accept()[0].close()`;

const CLIENT = `
import socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])), 1.0)
    print('reachable')
except OSError:
    print('unreachable')`;

const ROWS = ['macvlan-p1 shop/p1', 'macvlan-node node/node-a'].flatMap((from) =>
  ['10.5.0.3', 'fd05::3', '10.5.0.1', 'fd05::1'].flatMap((to) =>
    [8080, 81].map((port) => [...from.split(' '), to, port] as [string, string, string, number]),
  ),
);

function pod(name: string, host: number): unknown {
  const podIPs = [{ ip: `10.5.0.${host}` }, { ip: `fd05::${host}` }];
  return {
    metadata: { namespace: 'shop', name },
    spec: { nodeName: 'node-a' },
    status: { phase: 'Running', podIP: podIPs[0]!.ip, podIPs },
  };
}

const OBJECTS = {
  Node: [
    {
      metadata: { name: 'node-a' },
      status: { addresses: ['10.5.0.1', 'fd05::1'].map((address) => ({ type: 'InternalIP', address })) },
    },
  ],
  Pod: [pod('p1', 2), pod('p2', 3)],
};

const isRoot = getuid?.() === 0;

describe.skipIf(!isRoot)(`macvlan in bridge mode${isRoot ? '' : ' (needs root)'}`, () => {
  const servers: ChildProcess[] = [];
  let network: Awaited<ReturnType<typeof openNetwork>>;

  beforeAll(async () => {
    for (const name of NAMESPACES) sh(`ip netns add ${name}; ip -n ${name} link set lo up`);
    sh(`ip -n macvlan-node link add eth0 type veth peer name port netns macvlan-lan
      ip -n macvlan-lan link set port up; ip -n macvlan-node link set eth0 up
      ip -n macvlan-node addr add 10.5.0.1/24 dev eth0; ip -n macvlan-node addr add fd05::1/64 dev eth0 nodad`);
    for (const [name, host] of [
      ['macvlan-p1', 2],
      ['macvlan-p2', 3],
    ] as const) {
      sh(`ip -n macvlan-node link add pod link eth0 type macvlan mode bridge
        ip -n macvlan-node link set pod netns ${name} name eth0; ip -n ${name} link set eth0 up
        ip -n ${name} addr add 10.5.0.${host}/24 dev eth0; ip -n ${name} addr add fd05::${host}/64 dev eth0 nodad`);
    }
    for (const name of ['macvlan-node', 'macvlan-p2']) {
      const server = spawn('ip', ['netns', 'exec', name, 'python3', '-c', SERVER]);
      servers.push(server);
      await new Promise((resolve) => server.stdout.once('data', resolve));
    }
    // the link between nodes, and whatever else runs on this machine, is in no namespace that a real node could see
    const text = sh(`unshare --mount --propagation private --pid --fork --mount-proc sh -ec '
      for name in /run/netns/*; do
        case $name in */macvlan-node|*/macvlan-p?) ;; *) umount "$name" 2>/dev/null || : ;; esac
      done
      exec nsenter --net=/run/netns/macvlan-node sh src/collector/collect.sh -n node-a -H self host macvlan-p1 macvlan-p2'`);
    const dump = readDump(Buffer.from(text), { file: 'node-a.dump' });
    network = await openNetwork({ objects: OBJECTS, collector: dumpsCollector([dump]) }, new Context());
  }, 60_000);

  afterAll(() => {
    for (const server of servers) server.kill();
    for (const name of NAMESPACES) sh(`ip netns del ${name}`);
  });

  it.each(ROWS)('from %s (%s) to %s port %i', async (from, src, to, port) => {
    const kernel = execFileSync('ip', ['netns', 'exec', from, 'python3', '-c', CLIENT, to, String(port)], {
      encoding: 'utf8',
    });
    const { verdict } = await network.diagnose({ src, dst: to, port });
    expect(verdict).toBe(kernel.trim());
  });
});
