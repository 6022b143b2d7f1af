/** The results that the golden tests render: names, addresses and rules are those of a real two-node flannel cluster. */
import type { Fork } from '../../src/model/fork.ts';
import type { Branch, Ending, Leg, Link, NetNodeResult, NetNodeType, PacketPath } from '../../src/model/path.ts';
import type { Packet } from '../../src/model/packet.ts';
import type { Step } from '../../src/model/step.ts';
import type { Suspicion } from '../../src/model/suspicion.ts';
import { EPHEMERAL, endpoint, evidence, leg, rule, step, tcp, vxlan } from './path-builder.ts';
import type { Place } from './path-builder.ts';

const CLIENT = '10.77.0.4';
const WEB_LOCAL = '10.77.0.3';
const WEB_REMOTE = '10.77.1.2';
const SERVICE = '10.96.245.20';
const NODE1 = '192.168.77.11';
const NODE2 = '192.168.77.12';
const VTEP_MACS = ['7a:1f:0c:5e:22:d0', 'e2:ce:ca:7a:ed:af'] as const;

const DETECTED: PacketPath['detected'] = [
  { what: 'network plugin', value: 'flannel (vxlan)', from: 'ConfigMap kube-flannel/kube-flannel-cfg' },
  { what: 'service proxy', value: 'kube-proxy (iptables)', from: 'ConfigMap kube-system/kube-proxy' },
  { what: 'pod network', value: '10.77.0.0/16, fd77::/48', from: 'ConfigMap kube-flannel/kube-flannel-cfg' },
];
const NO_BPF = 'no BPF program is attached to the interfaces on the path (bpftool was not there to ask)';

// ---- pieces of the way ---------------------------------------------------------------------------

const established = rule(
  'forward',
  'filter KUBE-FORWARD 3',
  '-A KUBE-FORWARD -m comment --comment "kubernetes forwarding conntrack rule" -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  'ACCEPT',
);
const flannelForward = rule(
  'forward',
  'filter FLANNEL-FWD 1',
  '-A FLANNEL-FWD -s 10.77.0.0/16 -m comment --comment "flanneld forward" -j ACCEPT',
  'ACCEPT',
);
const toFlannel = rule(
  'forward',
  'filter FORWARD 5',
  '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
  '-> FLANNEL-FWD',
);
const noMasquerade = rule(
  'postrouting',
  'nat FLANNEL-POSTRTG 2',
  '-A FLANNEL-POSTRTG -s 10.77.0.0/24 -d 10.77.0.0/16 -m comment --comment "flanneld masq" -j RETURN',
  'RETURN',
);
const ROUTE_TO_NODE2 = evidence('route', '10.77.1.0/24 via 10.77.1.0 dev flannel.1 onlink', 'table main');
const FDB_OF_NODE2 = evidence('fdb', 'e2:ce:ca:7a:ed:af dev flannel.1 dst 192.168.77.12 self permanent');
const LISTENING = evidence('socket', 'tcp LISTEN 0 4096 *:8080 *:*', 'shop/web-z7jkh');

const leavesPod: readonly Step[] = [
  step('route', 'default via 10.77.0.1 dev eth0', evidence('route', 'default via 10.77.0.1 dev eth0', 'table main')),
  step(
    'neighbour',
    '10.77.0.1 is at 86:e1:4f:ac:9d:56',
    evidence('neighbour', '10.77.0.1 dev eth0 lladdr 86:e1:4f:ac:9d:56 REACHABLE'),
  ),
];
const bridged = step(
  'bridge',
  'in by veth22f3b6dd, a port of cni0',
  evidence('link', '6: veth22f3b6dd@if2: mtu 1450 master cni0 state UP'),
);
const encapsulated: readonly Step[] = [
  step('route', 'to 10.77.1.0 by flannel.1', ROUTE_TO_NODE2),
  toFlannel,
  flannelForward,
  noMasquerade,
  step(
    'neighbour',
    '10.77.1.0 is at e2:ce:ca:7a:ed:af',
    evidence('neighbour', '10.77.1.0 dev flannel.1 lladdr e2:ce:ca:7a:ed:af PERMANENT'),
  ),
  step('tunnel', 'vxlan 1 to 192.168.77.12:8472', FDB_OF_NODE2),
  step(
    'route',
    'outer packet by eth0',
    evidence('route', '192.168.77.0/24 dev eth0 proto kernel scope link src 192.168.77.11', 'table main'),
  ),
];
const toPodOnNode2: readonly Step[] = [
  step('tunnel', 'vxlan 1 unpacked by flannel.1'),
  step(
    'route',
    'to the pod by cni0',
    evidence('route', '10.77.1.0/24 dev cni0 proto kernel scope link src 10.77.1.1', 'table main'),
  ),
  toFlannel,
  flannelForward,
  step('bridge', 'out by veth5d0c1a77'),
];
const serves = (evidenceOfSocket = LISTENING): readonly Step[] => [step('socket', '*:8080 takes it', evidenceOfSocket)];

const ok = (node: string): Ending => ({
  verdict: 'reachable',
  reason: 'ok',
  node,
  message: `${node} takes the packet.`,
  evidence: [],
});

/** Client's pod to a pod of the other node by vxlan, and back. */
function overVxlan(
  links: Map<string, Link>,
  options: { readonly translated?: boolean; readonly steps?: readonly Step[] } = {},
): { forward: Leg; reply: Leg } {
  const asked = options.translated ? tcp(CLIENT, EPHEMERAL, SERVICE, 80) : tcp(CLIENT, EPHEMERAL, WEB_REMOTE, 8080);
  const packet = tcp(CLIENT, EPHEMERAL, WEB_REMOTE, 8080);
  const outer = vxlan(NODE1, NODE2, packet, VTEP_MACS);
  const answer = tcp(WEB_REMOTE, 8080, CLIENT, EPHEMERAL);
  const back = options.translated ? tcp(SERVICE, 80, CLIENT, EPHEMERAL) : answer;
  const forward = leg(
    links,
    [
      {
        node: 'shop/client-a',
        action: 'send',
        packet: asked,
        steps: leavesPod,
        by: { type: 'veth', from: 'eth0', to: 'veth22f3b6dd', outer: asked },
      },
      {
        node: 'kl-node1',
        action: options.translated ? 'service' : 'forward',
        packet: asked,
        steps: [bridged, ...(options.steps ?? []), ...encapsulated],
        by: { type: 'infra', from: 'eth0', to: 'eth0', outer },
      },
      {
        node: 'kl-node2',
        action: 'forward',
        packet: outer,
        steps: toPodOnNode2,
        by: { type: 'veth', from: 'veth5d0c1a77', to: 'eth0' },
      },
      { node: 'shop/web-z7jkh', action: 'serve', packet, steps: serves() },
    ],
    ok('shop/web-z7jkh'),
  );
  const reply = leg(
    links,
    [
      {
        node: 'shop/web-z7jkh',
        action: 'send',
        packet: answer,
        by: { type: 'veth', from: 'eth0', to: 'veth5d0c1a77' },
      },
      {
        node: 'kl-node2',
        action: 'forward',
        packet: answer,
        steps: [established],
        by: {
          type: 'infra',
          from: 'eth0',
          to: 'eth0',
          outer: vxlan(NODE2, NODE1, answer, [VTEP_MACS[1], VTEP_MACS[0]]),
        },
      },
      {
        node: 'kl-node1',
        action: 'forward',
        packet: vxlan(NODE2, NODE1, answer, [VTEP_MACS[1], VTEP_MACS[0]]),
        steps: [established],
        by: { type: 'veth', from: 'veth22f3b6dd', to: 'eth0', outer: back },
      },
      { node: 'shop/client-a', action: 'serve', packet: back },
    ],
    ok('shop/client-a'),
  );
  return { forward, reply };
}

function nodesOf(
  branches: readonly Branch[],
  suspicions: Readonly<Record<string, readonly Suspicion[]>> = {},
): NetNodeResult[] {
  const types = new Map<string, NetNodeType>();
  for (const branch of branches) {
    for (const hop of [...branch.forward.hops, ...(branch.reply?.hops ?? [])]) types.set(hop.node, hop.nodeType);
  }
  return [...types].map(([id, type]) => ({ id, type, suspicions: suspicions[id] ?? [] }));
}

const CLIENT_A = endpoint('pod', 'shop/client-a', CLIENT);

// ---- whole results -------------------------------------------------------------------------------

export function healthyVxlan(): PacketPath {
  const links = new Map<string, Link>();
  const branches: Branch[] = [
    {
      ...overVxlan(links),
      forks: [],
      probability: 1,
      verdict: 'reachable',
      reason: 'ok',
      seenByServer: { from: `${CLIENT}:32768-60999`, at: `${WEB_REMOTE}:8080` },
    },
  ];
  return {
    question: { src: CLIENT_A, dst: endpoint('pod', 'shop/web-z7jkh', WEB_REMOTE), port: 8080, protocol: 'tcp' },
    verdict: 'reachable',
    reason: 'ok',
    summary: 'shop/client-a reaches shop/web-z7jkh on tcp/8080, and the answer comes back.',
    decidedBy: [
      { node: 'kl-node1', evidence: ROUTE_TO_NODE2 },
      { node: 'shop/web-z7jkh', evidence: LISTENING },
    ],
    branches,
    nodes: nodesOf(branches),
    links: [...links.values()],
    suspicions: [],
    assumptions: [NO_BPF],
    detected: DETECTED,
  };
}

/** The same in IPv6, host-gw: no tunnel, long addresses. */
export function healthyV6(): PacketPath {
  const links = new Map<string, Link>();
  const packet = tcp('fd77::4', EPHEMERAL, 'fd77:0:0:1::2', 8080);
  const answer = tcp('fd77:0:0:1::2', 8080, 'fd77::4', EPHEMERAL);
  const wire: readonly Place[] = [
    { node: 'shop/client-a', action: 'send', packet, by: { type: 'veth', from: 'eth0', to: 'veth22f3b6dd' } },
    { node: 'kl-node1', action: 'forward', packet, by: { type: 'infra', from: 'eth0', to: 'eth0' } },
    { node: 'kl-node2', action: 'forward', packet, by: { type: 'veth', from: 'veth5d0c1a77', to: 'eth0' } },
    { node: 'shop/web-z7jkh', action: 'serve', packet },
  ];
  const back: readonly Place[] = [
    { node: 'shop/web-z7jkh', action: 'send', packet: answer, by: { type: 'veth', from: 'eth0', to: 'veth5d0c1a77' } },
    { node: 'kl-node2', action: 'forward', packet: answer, by: { type: 'infra', from: 'eth0', to: 'eth0' } },
    { node: 'kl-node1', action: 'forward', packet: answer, by: { type: 'veth', from: 'veth22f3b6dd', to: 'eth0' } },
    { node: 'shop/client-a', action: 'serve', packet: answer },
  ];
  const branches: Branch[] = [
    {
      forward: leg(links, wire, ok('shop/web-z7jkh')),
      reply: leg(links, back, ok('shop/client-a')),
      forks: [],
      verdict: 'reachable',
      reason: 'ok',
      seenByServer: { from: '[fd77::4]:32768-60999', at: '[fd77:0:0:1::2]:8080' },
    },
  ];
  return {
    ...healthyVxlan(),
    question: {
      src: endpoint('pod', 'shop/client-a', 'fd77::4'),
      dst: endpoint('pod', 'shop/web-z7jkh', 'fd77:0:0:1::2'),
      port: 8080,
      protocol: 'tcp',
    },
    decidedBy: [
      {
        node: 'kl-node1',
        evidence: evidence('route', 'fd77:0:0:1::/64 via fd00:77::12 dev eth0 metric 1024 pref medium', 'table main'),
      },
    ],
    branches,
    nodes: nodesOf(branches),
    links: [...links.values()],
  };
}

const toService = rule(
  'prerouting',
  'nat KUBE-SERVICES 7',
  '-A KUBE-SERVICES -d 10.96.245.20/32 -p tcp -m comment --comment "shop/web:http cluster IP" -m tcp --dport 80 -j KUBE-SVC-67NZLRHBNDSAWJRO',
  '-> KUBE-SVC-67NZLRHBNDSAWJRO',
);
const dnat = (address: string, number: number): readonly Step[] => [
  toService,
  rule(
    'prerouting',
    `nat KUBE-SVC-67NZLRHBNDSAWJRO ${number}`,
    `-A KUBE-SVC-67NZLRHBNDSAWJRO -m comment --comment "shop/web:http -> ${address}:8080" -m statistic --mode random --probability 0.33333333349 -j KUBE-SEP-PDXEQHTBYWIMDGM6`,
    '-> KUBE-SEP-PDXEQHTBYWIMDGM6',
  ),
  rule(
    'prerouting',
    'nat KUBE-SEP-PDXEQHTBYWIMDGM6 2',
    `-A KUBE-SEP-PDXEQHTBYWIMDGM6 -p tcp -m comment --comment "shop/web:http" -m tcp -j DNAT --to-destination ${address}:8080`,
    `DNAT ${address}:8080`,
  ),
];

/** A service with three endpoints, one of which refuses. */
export function intermittentService(): PacketPath {
  const links = new Map<string, Link>();
  const asked = tcp(CLIENT, EPHEMERAL, SERVICE, 80);
  const pick = (option: number): Fork => ({
    cause: 'choice',
    id: 1,
    option,
    probability: 1 / 3,
    label: `statistic picks endpoint ${option + 1} of 3`,
  });
  const toLocal = (pod: string, address: string, number: number, ending: Ending): Leg =>
    leg(
      links,
      [
        {
          node: 'shop/client-a',
          action: 'send',
          packet: asked,
          steps: leavesPod,
          by: { type: 'veth', from: 'eth0', to: 'veth22f3b6dd', outer: asked },
        },
        {
          node: 'kl-node1',
          action: 'service',
          packet: asked,
          steps: [bridged, ...dnat(address, number), step('route', 'to the pod by cni0')],
          by: { type: 'veth', from: 'veth739c0dee', to: 'eth0' },
        },
        {
          node: pod,
          action: 'serve',
          packet: tcp(CLIENT, EPHEMERAL, address, 8080),
          steps: ending.reason === 'ok' ? serves() : [step('socket', 'nothing listens on 8080')],
        },
      ],
      ending,
    );
  const backFromLocal = (pod: string, address: string): Leg =>
    leg(
      links,
      [
        {
          node: pod,
          action: 'send',
          packet: tcp(address, 8080, CLIENT, EPHEMERAL),
          by: { type: 'veth', from: 'eth0', to: 'veth739c0dee' },
        },
        {
          node: 'kl-node1',
          action: 'forward',
          packet: tcp(address, 8080, CLIENT, EPHEMERAL),
          by: { type: 'veth', from: 'veth22f3b6dd', to: 'eth0' },
        },
        { node: 'shop/client-a', action: 'serve', packet: tcp(SERVICE, 80, CLIENT, EPHEMERAL) },
      ],
      ok('shop/client-a'),
    );
  const refused: Ending = {
    verdict: 'unreachable',
    reason: 'connection-refused',
    node: 'shop/web-9kx2p',
    message: 'Nothing in shop/web-9kx2p listens on tcp/8080.',
    evidence: [evidence('socket', 'tcp LISTEN 0 128 127.0.0.1:8080 0.0.0.0:*', 'shop/web-9kx2p')],
    notice: 'ECONNREFUSED',
  };
  const branches: Branch[] = [
    {
      forward: toLocal('shop/web-j2td8', WEB_LOCAL, 2, ok('shop/web-j2td8')),
      reply: backFromLocal('shop/web-j2td8', WEB_LOCAL),
      forks: [pick(0)],
      probability: 1 / 3,
      verdict: 'reachable',
      reason: 'ok',
      seenByServer: { from: `${CLIENT}:32768-60999`, at: `${WEB_LOCAL}:8080` },
    },
    {
      ...overVxlan(links, { translated: true, steps: dnat(WEB_REMOTE, 3) }),
      forks: [pick(1)],
      probability: 1 / 3,
      verdict: 'reachable',
      reason: 'ok',
      seenByServer: { from: `${CLIENT}:32768-60999`, at: `${WEB_REMOTE}:8080` },
    },
    {
      forward: toLocal('shop/web-9kx2p', '10.77.0.9', 4, refused),
      forks: [pick(2)],
      probability: 1 / 3,
      verdict: 'unreachable',
      reason: 'connection-refused',
    },
  ];
  const wrongAddress: Suspicion = {
    level: 3,
    code: 'SOCKET_WRONG_ADDRESS',
    message: 'shop/web-9kx2p listens on 127.0.0.1:8080 only, and the packet is for 10.77.0.9:8080.',
    evidence: refused.evidence,
    node: 'shop/web-9kx2p',
    remedy: 'Let the server in shop/web-9kx2p listen on 0.0.0.0 or :: instead of 127.0.0.1.',
  };
  return {
    question: {
      src: CLIENT_A,
      dst: endpoint('service', 'shop/web', SERVICE, { asked: 'svc/web', note: 'svc/web: took shop/web' }),
      port: 80,
      protocol: 'tcp',
    },
    verdict: 'unreachable',
    reason: 'intermittent',
    summary: 'One in three connections from shop/client-a to shop/web on tcp/80 is refused, by shop/web-9kx2p.',
    decidedBy: [{ node: 'shop/web-9kx2p', evidence: refused.evidence[0]! }],
    branches,
    nodes: nodesOf(branches, { 'shop/web-9kx2p': [wrongAddress] }),
    links: [...links.values()],
    suspicions: [
      { level: 2, code: 'INTERMITTENT', message: '33 % of connections fail, the others work.', evidence: [] },
    ],
    assumptions: [NO_BPF],
    detected: DETECTED,
  };
}

/** Dropped by a rule on the destination's node. */
export function droppedByRule(): PacketPath {
  const links = new Map<string, Link>();
  const drop = rule(
    'forward',
    'filter FORWARD 2',
    '-A FORWARD -s 10.77.0.0/24 -p tcp -m comment --comment "quarantine 2026-11 ticket 4711" -m tcp --dport 8080 -j DROP',
    'DROP',
  );
  const evidenceOfDrop = evidence('rule', drop.raw, 'iptables-nft filter FORWARD 2');
  const healthy = overVxlan(links);
  const places: Place[] = healthy.forward.hops.slice(0, 2).map((hop) => ({
    node: hop.node,
    action: hop.action,
    packet: hop.packet,
    steps: hop.steps,
    by: {
      type: hop.node === 'kl-node1' ? 'infra' : 'veth',
      from: 'eth0',
      to: hop.node === 'kl-node1' ? 'eth0' : 'veth22f3b6dd',
      outer: linkPacket(links, hop.egress),
    },
  }));
  const ending: Ending = {
    verdict: 'unreachable',
    reason: 'dropped',
    node: 'kl-node2',
    message: 'Rule 2 of filter FORWARD drops the packet.',
    evidence: [evidenceOfDrop],
    notice: 'timeout',
  };
  links.clear();
  const forward = leg(
    links,
    [
      ...places,
      {
        node: 'kl-node2',
        action: 'forward',
        packet: healthy.forward.hops[2]!.packet,
        steps: [...toPodOnNode2.slice(0, 2), drop],
      },
    ],
    ending,
  );
  const branches: Branch[] = [{ forward, forks: [], verdict: 'unreachable', reason: 'dropped' }];
  const dropped: Suspicion = {
    level: 3,
    code: 'PACKET_DROPPED',
    message: 'kl-node2 drops packets from 10.77.0.0/24 to tcp/8080 in its FORWARD chain.',
    evidence: [evidenceOfDrop],
    node: 'kl-node2',
  };
  return {
    ...healthyVxlan(),
    verdict: 'unreachable',
    reason: 'dropped',
    summary: 'kl-node2 drops the packet: rule 2 of its FORWARD chain.',
    decidedBy: [{ node: 'kl-node2', evidence: evidenceOfDrop }],
    branches,
    nodes: nodesOf(branches, {
      'kl-node2': [
        dropped,
        {
          level: 1,
          code: 'MTU_MISMATCH',
          message: 'cni0 has MTU 1500, the vxlan device below it 1450.',
          evidence: [evidence('link', '4: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 state UP')],
          node: 'kl-node2',
        },
      ],
    }),
    links: [...links.values()],
  };
}

function linkPacket(links: ReadonlyMap<string, Link>, id: string | undefined): Packet {
  return links.get(id ?? '')!.packet;
}

/** Arrives, and the answer dies in the client's node by rp_filter. */
export function replyLost(): PacketPath {
  const links = new Map<string, Link>();
  const used = new Map<string, Link>();
  const way = overVxlan(used);
  const filter = evidence('sysctl', 'net.ipv4.conf.eth1.rp_filter = 1');
  const wayBack = evidence('route', '10.77.1.0/24 via 10.77.1.0 dev flannel.1 onlink', 'table main');
  const ending: Ending = {
    verdict: 'unreachable',
    reason: 'source-invalid',
    node: 'kl-node1',
    message: 'The answer comes in by eth1, and kl-node1 would reach its source 10.77.1.2 by flannel.1.',
    evidence: [filter, wayBack],
    notice: 'timeout',
  };
  for (const { egress } of way.forward.hops) if (egress !== undefined) links.set(egress, used.get(egress)!);
  const answer = tcp(WEB_REMOTE, 8080, CLIENT, EPHEMERAL);
  const reply = leg(
    links,
    [
      {
        node: 'shop/web-z7jkh',
        action: 'send',
        packet: answer,
        by: { type: 'veth', from: 'eth0', to: 'veth5d0c1a77' },
      },
      { node: 'kl-node2', action: 'forward', packet: answer, by: { type: 'infra', from: 'eth1', to: 'eth1' } },
      {
        node: 'kl-node1',
        action: 'forward',
        packet: answer,
        steps: [step('source-check', 'rp_filter is strict and the way back is another', filter, wayBack)],
      },
    ],
    ending,
  );
  const branches: Branch[] = [
    {
      forward: way.forward,
      reply,
      forks: [],
      verdict: 'unreachable',
      reason: 'source-invalid',
      seenByServer: { from: `${CLIENT}:32768-60999`, at: `${WEB_REMOTE}:8080` },
    },
  ];
  return {
    ...healthyVxlan(),
    verdict: 'unreachable',
    reason: 'source-invalid',
    summary: 'The packet reaches shop/web-z7jkh; kl-node1 discards the answer by reverse path filtering.',
    decidedBy: [
      { node: 'kl-node1', evidence: filter },
      { node: 'kl-node1', evidence: wayBack },
    ],
    branches,
    nodes: nodesOf(branches, {
      'kl-node1': [
        {
          level: 3,
          code: 'REVERSE_PATH_FILTERED',
          message:
            'kl-node1 discards the answer from 10.77.1.2: it comes in by eth1, and the way back is by flannel.1.',
          evidence: [filter, wayBack],
          node: 'kl-node1',
          remedy:
            'Let kl-node2 answer by the tunnel (its route to 10.77.0.0/24), or on kl-node1: sysctl -w net.ipv4.conf.eth1.rp_filter=2',
        },
      ],
    }),
    links: [...links.values()],
    suspicions: [
      {
        level: 3,
        code: 'REPLY_LOST',
        message: 'shop/web-z7jkh answers, and the answer does not come back.',
        evidence: [],
      },
    ],
  };
}

/** A rule with a BPF match decides, and nobody can know how. */
export function unknownRule(): PacketPath {
  const links = new Map<string, Link>();
  const raw = '-A FORWARD -m bpf --bytecode "4,48 0 0 9,21 0 1 6,6 0 0 1,6 0 0 0" -j DROP';
  const evidenceOfRule = evidence('rule', raw, 'iptables-nft filter FORWARD 1');
  const fork = (option: number, label: string): Fork => ({
    cause: 'ignorance',
    id: 1,
    option,
    label,
    evidence: evidenceOfRule,
  });
  const way = overVxlan(links, { steps: [{ ...rule('forward', 'filter FORWARD 1', raw, 'continue'), assumed: true }] });
  const first = way.forward.hops[0]!;
  const ending: Ending = {
    verdict: 'unreachable',
    reason: 'dropped',
    node: 'kl-node1',
    message: 'Rule 1 of filter FORWARD drops the packet.',
    evidence: [evidenceOfRule],
    notice: 'timeout',
  };
  const forward = leg(
    links,
    [
      {
        node: first.node,
        action: first.action,
        packet: first.packet,
        steps: first.steps,
        by: { type: 'veth', from: 'eth0', to: 'veth22f3b6dd' },
      },
      {
        node: 'kl-node1',
        action: 'forward',
        packet: first.packet,
        steps: [bridged, { ...rule('forward', 'filter FORWARD 1', raw, 'DROP'), assumed: true }],
      },
    ],
    ending,
  );
  const branches: Branch[] = [
    { forward, forks: [fork(0, '-m bpf matches')], verdict: 'unreachable', reason: 'dropped' },
    {
      ...way,
      forks: [fork(1, '-m bpf does not match')],
      verdict: 'reachable',
      reason: 'ok',
      seenByServer: { from: `${CLIENT}:32768-60999`, at: `${WEB_REMOTE}:8080` },
    },
  ];
  return {
    ...healthyVxlan(),
    verdict: 'undetermined',
    reason: 'unknown-rule',
    summary: 'It depends on a BPF match in rule 1 of FORWARD on kl-node1, which cannot be judged from outside.',
    decidedBy: [{ node: 'kl-node1', evidence: evidenceOfRule }],
    branches,
    nodes: nodesOf(branches, {
      'kl-node1': [
        {
          level: 0,
          code: 'RULE_NOT_UNDERSTOOD',
          message: 'Whether "-m bpf" matches the packet is not known.',
          evidence: [evidenceOfRule],
          node: 'kl-node1',
        },
      ],
    }),
    links: [...links.values()],
  };
}

/** A service with thirty endpoints on five nodes; those of one node are out of reach because its FDB entry is wrong. */
export function thirtyEndpoints(): PacketPath {
  return manyEndpoints(30, 5);
}

/** Endpoints spread over nodes in turn; the first node is the client's own, the fourth is out of reach. */
export function manyEndpoints(count: number, nodes: number): PacketPath {
  const links = new Map<string, Link>();
  const asked = tcp('10.77.0.4', EPHEMERAL, '10.96.12.7', 80);
  const branches: Branch[] = [];
  const stale = evidence('fdb', '0e:11:22:33:44:03 dev flannel.1 dst 192.168.77.99 self permanent');
  for (let index = 0; index < count; index++) {
    const node = index % nodes;
    const pod =
      index < 30
        ? `shop/api-7d4f9c6b58-${'bcdfghjklm'[index % 10]!}${index < 10 ? 'x' : index < 20 ? 'y' : 'z'}${index % 7}`
        : `shop/api-7d4f9c6b58-n${index}`;
    const address = `10.77.${node}.${(10 + index) % 256}`;
    const packet = tcp(CLIENT, EPHEMERAL, address, 8080);
    const answer = tcp(address, 8080, CLIENT, EPHEMERAL);
    const isStale = node === 3;
    const outer = vxlan(NODE1, isStale ? '192.168.77.99' : `192.168.77.${11 + (node % 80)}`, packet, VTEP_MACS);
    const start: Place[] = [
      {
        node: 'shop/client-a',
        action: 'send',
        packet: asked,
        steps: leavesPod,
        by: { type: 'veth', from: 'eth0', to: 'veth22f3b6dd', outer: asked },
      },
      {
        node: 'node-a',
        action: 'service',
        packet: asked,
        steps: [bridged, ...dnat(address, index + 2)],
        by:
          node === 0
            ? { type: 'veth', from: `veth${index}`, to: 'eth0' }
            : { type: 'infra', from: 'eth0', to: 'eth0', outer },
      },
    ];
    const name = `node-${'abcde'[node] ?? node}`;
    const serve: Place = {
      node: pod,
      action: 'serve',
      packet,
      steps: serves(evidence('socket', 'tcp LISTEN 0 4096 *:8080 *:*', pod)),
    };
    const across: Place = {
      node: name,
      action: 'forward',
      packet: outer,
      steps: toPodOnNode2,
      by: { type: 'veth', from: `veth${index}`, to: 'eth0' },
    };
    const lost: Ending = {
      verdict: 'unreachable',
      reason: 'no-host',
      node: '192.168.77.99',
      message: 'Nobody has the address 192.168.77.99.',
      evidence: [stale],
      notice: 'timeout',
    };
    const nobody: Place = { node: '192.168.77.99', type: 'external', action: 'serve', packet: outer };
    const forward = leg(
      links,
      isStale ? [...start, nobody] : node === 0 ? [...start, serve] : [...start, across, serve],
      isStale ? lost : ok(pod),
    );
    const reply = isStale
      ? undefined
      : leg(
          links,
          [
            { node: pod, action: 'send', packet: answer },
            ...(node === 0 ? [] : [{ node: name, action: 'forward' as const, packet: answer }]),
            { node: 'node-a', action: 'forward', packet: answer },
            { node: 'shop/client-a', action: 'serve', packet: answer },
          ],
          ok('shop/client-a'),
        );
    branches.push({
      forward,
      ...(reply === undefined ? {} : { reply, seenByServer: { from: `${CLIENT}:32768-60999`, at: `${address}:8080` } }),
      forks: [
        {
          cause: 'choice',
          id: 1,
          option: index,
          probability: 1 / count,
          label: `statistic picks endpoint ${index + 1} of ${count}`,
        },
      ],
      probability: 1 / count,
      verdict: isStale ? 'unreachable' : 'reachable',
      reason: isStale ? 'no-host' : 'ok',
    });
  }
  return {
    question: { src: CLIENT_A, dst: endpoint('service', 'shop/api', '10.96.12.7'), port: 80, protocol: 'tcp' },
    verdict: 'unreachable',
    reason: 'intermittent',
    summary:
      'One in five connections from shop/client-a to shop/api on tcp/80 gets lost: node-a sends what is for node-d to 192.168.77.99.',
    decidedBy: [{ node: 'node-a', evidence: stale }],
    branches,
    nodes: nodesOf(branches, {
      'node-a': [
        {
          level: 3,
          code: 'VTEP_FDB_WRONG',
          message: 'The FDB entry for the VTEP of node-d names 192.168.77.99; node-d has 192.168.77.14.',
          evidence: [stale, evidence('object', 'flannel.alpha.coreos.com/public-ip: 192.168.77.14', 'Node node-d')],
          node: 'node-a',
          remedy:
            'Restart flannel on node-a, or: bridge fdb replace 0e:11:22:33:44:03 dev flannel.1 dst 192.168.77.14 self permanent',
        },
      ],
    }),
    links: [...links.values()],
    suspicions: [],
    assumptions: [NO_BPF],
    detected: DETECTED,
  };
}

/** Opens, and then a rule drops what is no longer a new connection: the client's next packet. */
export function laterPacketDropped(): PacketPath {
  const links = new Map<string, Link>();
  const raw = '-A FORWARD -m conntrack --ctstate INVALID,ESTABLISHED -j DROP';
  const rests = evidence('rule', raw, 'iptables-legacy filter FORWARD 1');
  const way = overVxlan(links);
  const [client, node] = way.forward.hops;
  const dropping = {
    node: 'kl-node1',
    nodeType: 'node' as const,
    action: 'forward' as const,
    steps: [rule('forward', 'filter FORWARD 1', raw, 'DROP')],
    packet: node!.packet,
    ingress: client!.egress!,
  };
  const hops = [client!, dropping];
  const ending: Ending = {
    verdict: 'unreachable',
    reason: 'dropped',
    node: 'kl-node1',
    message: 'Rule 1 of filter FORWARD drops the packet.',
    evidence: [rests],
    notice: 'timeout',
  };
  const branches: Branch[] = [
    {
      ...way,
      established: { hops, ending },
      forks: [],
      verdict: 'unreachable',
      reason: 'dropped',
      seenByServer: { from: `${CLIENT}:32768-60999`, at: `${WEB_REMOTE}:8080` },
    },
  ];
  return {
    ...healthyVxlan(),
    verdict: 'unreachable',
    reason: 'dropped',
    summary: 'The connection opens, and kl-node1 drops the packets that follow.',
    decidedBy: [{ node: 'kl-node1', evidence: rests }],
    branches,
    nodes: nodesOf(branches, {
      'kl-node1': [
        {
          level: 3,
          code: 'PACKET_DROPPED',
          message: 'kl-node1 drops established connections.',
          evidence: [rests],
          node: 'kl-node1',
        },
      ],
    }),
    links: [...links.values()],
  };
}

export const PATHS = {
  'healthy-vxlan': healthyVxlan,
  'healthy-v6': healthyV6,
  'intermittent-service': intermittentService,
  'dropped-by-rule': droppedByRule,
  'reply-lost': replyLost,
  'later-packet-dropped': laterPacketDropped,
  'unknown-rule': unknownRule,
  'thirty-endpoints': thirtyEndpoints,
} as const;
