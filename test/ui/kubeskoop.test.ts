/** What a reader made for KubeSkoop's DiagnoseSummary finds in a result, field by field, on captures of real clusters. */
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../src/cmd/program.ts';
import { skoop } from '../../src/cmd/wiring.ts';
import { fakeTerminal } from '../cmd/fake-terminal.ts';

/** As its own tools declare it. */
interface Summary {
  readonly cluster: { readonly suspicions: readonly Suspicion[] };
  readonly nodes: readonly Node[];
  readonly links: readonly Link[];
}
interface Suspicion {
  readonly level: number;
  readonly message: string;
}
interface Node {
  readonly id: string;
  readonly type: string;
  readonly suspicions: readonly Suspicion[];
  readonly actions: Readonly<Record<string, { readonly type: string }>>;
}
interface Link {
  readonly id: string;
  readonly type: string;
  readonly source: string;
  readonly source_attributes: Readonly<Record<string, string>>;
  readonly destination: string;
  readonly destination_attributes: Readonly<Record<string, string>>;
  readonly action: string;
  readonly packet: {
    readonly source: string;
    readonly destination: string;
    readonly dport: number;
    readonly protocol: string;
  };
}

const QUESTIONS = {
  'pod to pod on another node': { src: 'shop/client-a', dst: 'shop/web-z7jkh', port: 8080 },
  'pod to service': { src: 'shop/client-a', dst: 'svc/shop/web', port: 80 },
  'pod on the node network': { src: 'kube-system/kube-flannel-ds-9mw4l', dst: 'shop/solo', port: 8080 },
  'outside to service': { src: '192.168.77.1', dst: 'svc/shop/web', port: 80, via: 'kl-node1' },
  'pod to outside': { src: 'shop/client-a', dst: '192.168.77.1', port: 80 },
  'outside to node': { src: '192.168.77.1', dst: 'node/kl-node1', port: 10_250 },
  'pod to itself': { src: 'shop/client-a', dst: '127.0.0.1', port: 81 },
  dropped: { src: 'shop/client-a', dst: '203.0.113.82', port: 80 },
  refused: { src: 'shop/client-b', dst: 'shop/client-a', port: 81 },
  'name service': { src: 'shop/client-a', dst: 'svc/shop/web', port: 53, protocol: 'udp' },
} as const;
type Asked = keyof typeof QUESTIONS;

const results = new Map<Asked, Summary>();

beforeAll(async () => {
  const bundle = join(import.meta.dirname, '../../examples/two-nodes.skoop');
  const stdin = Object.values(QUESTIONS).map((question) => `${JSON.stringify(question)}\n`);
  const terminal = fakeTerminal({ stdin: stdin.join('') });
  expect(await runProgram(skoop, ['--queries', '-', '--bundle', bundle], terminal)).toBe(0);
  const lines = terminal.written().trim().split('\n');
  for (const [index, asked] of Object.keys(QUESTIONS).entries())
    results.set(asked as Asked, JSON.parse(lines[index]!) as Summary);
});

const of = (asked: Asked): Summary => results.get(asked)!;
const node = (asked: Asked, id: string): Node | undefined => of(asked).nodes.find((one) => one.id === id);
const link = (asked: Asked, at: number): Link | undefined => of(asked).links[at];

const FIELDS: readonly (readonly [field: string, read: () => unknown, expected: unknown])[] = [
  ['cluster.suspicions', () => of('pod to service').cluster.suspicions, []],
  ['nodes[].id of a pod', () => of('pod to service').nodes[0]?.id, 'shop/client-a'],
  ['nodes[].id of a node', () => node('pod to service', 'kl-node1')?.id, 'kl-node1'],
  ['nodes[].id of what is outside', () => of('outside to service').nodes[0]?.id, '192.168.77.1'],
  ['nodes[].id of a pod with hostNetwork', () => of('pod on the node network').nodes[0]?.id, 'kl-node1'],
  ['nodes[].type: pod', () => node('pod to service', 'shop/client-a')?.type, 'pod'],
  ['nodes[].type: node', () => node('pod on the node network', 'kl-node1')?.type, 'node'],
  ['nodes[].type: external', () => node('outside to service', '192.168.77.1')?.type, 'external'],
  ['nodes[].suspicions in health', () => of('pod to service').nodes.flatMap(({ suspicions }) => suspicions), []],
  ['suspicions[].level: Info', () => node('pod to outside', '192.168.77.1')?.suspicions[0]?.level, 0],
  ['suspicions[].level: Critical', () => node('dropped', 'kl-node1')?.suspicions[1]?.level, 2],
  ['suspicions[].level: Fatal', () => node('dropped', 'kl-node1')?.suspicions[0]?.level, 3],
  [
    'suspicions[].message',
    () => node('refused', 'shop/client-a')?.suspicions[0]?.message,
    expect.stringMatching(/nothing listens.*81|81.*nothing listens/i),
  ],
  ['actions[]: send', () => node('pod to service', 'shop/client-a')?.actions, { '': { type: 'send' } }],
  [
    'actions[]: forward',
    () => node('pod to pod on another node', 'kl-node1')?.actions,
    { 'veth,shop/client-a,kl-node1,10.77.1.2:8080': { type: 'forward' } },
  ],
  [
    'actions[]: service',
    () => node('pod to service', 'kl-node1')?.actions,
    { 'veth,shop/client-a,kl-node1,10.96.245.20:80': { type: 'service' } },
  ],
  [
    'actions[]: serve, by a pod',
    () => node('pod to service', 'shop/web-j2td8')?.actions,
    { 'veth,kl-node1,shop/web-j2td8,10.77.0.3:8080': { type: 'serve' } },
  ],
  [
    'actions[]: serve, by a node',
    () => node('outside to node', 'kl-node1')?.actions,
    { 'infra,192.168.77.1,kl-node1,192.168.77.11:10250': { type: 'serve' } },
  ],
  ['links[].id', () => link('pod to service', 0)?.id, 'veth,shop/client-a,kl-node1,10.96.245.20:80'],
  ['links[].type: veth', () => link('pod to service', 0)?.type, 'veth'],
  ['links[].type: infra, between nodes', () => link('pod to pod on another node', 1)?.type, 'infra'],
  ['links[].type: infra, from outside', () => link('outside to node', 0)?.type, 'infra'],
  ['links[].source', () => link('pod to service', 0)?.source, 'shop/client-a'],
  ['links[].source_attributes', () => link('pod to service', 0)?.source_attributes, { if: 'eth0' }],
  ['links[].source_attributes of what is outside', () => link('outside to node', 0)?.source_attributes, {}],
  ['links[].destination', () => link('pod to service', 0)?.destination, 'kl-node1'],
  [
    'links[].destination_attributes of a bridged veth',
    () => link('pod to service', 0)?.destination_attributes,
    { if: 'cni0', port: expect.stringMatching(/^veth\w+$/) as string },
  ],
  ['links[].destination_attributes', () => link('pod to service', 1)?.destination_attributes, { if: 'eth0' }],
  ['links[].action of the source', () => link('pod to service', 0)?.action, ''],
  [
    'links[].action of a node on the way',
    () => link('pod to service', 1)?.action,
    'veth,shop/client-a,kl-node1,10.96.245.20:80',
  ],
  ['links[].packet.source', () => link('pod to service', 0)?.packet.source, '10.77.0.4'],
  [
    'links[].packet.destination before translation',
    () => link('pod to service', 0)?.packet.destination,
    '10.96.245.20',
  ],
  ['links[].packet.destination after it', () => link('pod to service', 1)?.packet.destination, '10.77.0.3'],
  ['links[].packet.dport before translation', () => link('pod to service', 0)?.packet.dport, 80],
  ['links[].packet.dport after it', () => link('pod to service', 1)?.packet.dport, 8080],
  ['links[].packet.protocol: tcp', () => link('pod to service', 0)?.packet.protocol, 'tcp'],
  ['links[].packet.protocol: udp', () => link('name service', 0)?.packet.protocol, 'udp'],
  [
    'links[].packet of a tunnel: the outer one',
    () => link('pod to pod on another node', 1)?.packet,
    expect.objectContaining({ source: '192.168.77.11', destination: '192.168.77.12', dport: 8472, protocol: 'udp' }),
  ],
  [
    'links[]: one for each endpoint of a service',
    () => of('pod to service').links.flatMap(({ source, destination }) => (source === 'kl-node1' ? [destination] : [])),
    ['shop/web-j2td8', 'kl-node2'],
  ],
  [
    'links[] of a packet that is stopped: up to there',
    () => of('dropped').links.map(({ id }) => id),
    ['veth,shop/client-a,kl-node1,203.0.113.82:80'],
  ],
  [
    'links[] of a packet that is refused: not those of the refusal',
    () => of('refused').links.map(({ source, destination }) => `${source} → ${destination}`),
    ['shop/client-b → kl-node2', 'kl-node2 → kl-node1', 'kl-node1 → shop/client-a'],
  ],
  ['links[] of who asks itself', () => of('pod to itself').links, []],
];

describe('a field', () => {
  it.each(FIELDS)('%s', (_field, read, expected) => {
    expect(read()).toEqual(expected);
  });
});

describe.each(Object.keys(QUESTIONS) as Asked[])('the graph of %s', (asked) => {
  it('has ids made of what they name', () => {
    for (const { id, type, source, destination, packet } of of(asked).links) {
      const to = packet.destination.includes(':') ? `[${packet.destination}]` : packet.destination;
      expect(id).toBe(`${type},${source},${destination},${to}:${packet.dport}`);
    }
  });

  it('has both ends of each link, and the action that sent it', () => {
    const { nodes, links } = of(asked);
    const actions = new Map(nodes.map((one) => [one.id, Object.keys(one.actions)]));
    for (const { action, source, destination } of links) {
      expect(actions.get(source)).toContain(action);
      expect(actions.has(destination)).toBe(true);
    }
  });

  it('has an incoming link for each action but that of the source', () => {
    const { nodes, links } = of(asked);
    const coming = links.map(({ id, destination }) => `${destination} by ${id}`);
    for (const { id, actions } of nodes)
      for (const key of Object.keys(actions)) if (key !== '') expect(coming).toContain(`${id} by ${key}`);
  });

  it('has the words that KubeSkoop has', () => {
    for (const { type, actions, suspicions } of of(asked).nodes) {
      expect(['pod', 'node', 'external', 'generic']).toContain(type);
      for (const action of Object.values(actions))
        expect(['send', 'forward', 'serve', 'service']).toContain(action.type);
      for (const { level } of suspicions) expect([0, 1, 2, 3]).toContain(level);
    }
    for (const { type } of of(asked).links) expect(['veth', 'infra', 'local', 'external']).toContain(type);
  });
});
