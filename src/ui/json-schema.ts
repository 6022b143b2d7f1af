/**
 * The shape of a result in JSON, as a TypeBox schema: KubeSkoop's DiagnoseSummary (`cluster`, `nodes`, `links`) and,
 * beside it, what skoop adds. `schema/result.json` and docs/output.md are written from it by scripts/gen-docs.ts.
 */
import { Type } from 'typebox';
import type { Static, TSchema } from 'typebox';

/** Version of the additions. Fields may be added within a version; a change of meaning or a removal is a new one. */
export const RESULT_SCHEMA = 1;

const oneOf = <T extends string>(values: readonly T[], description: string) =>
  Type.Enum<T[]>([...values], { description });
const text = (description: string) => Type.String({ description });
const share = (description: string) => Type.Number({ minimum: 0, maximum: 1, description });
const object = <T extends Record<string, TSchema>>(properties: T, description: string) =>
  Type.Object(properties, { description });

const Verdict = oneOf(['reachable', 'unreachable', 'undetermined'], 'Can the packet get there and its answer back?');
const Reason = oneOf(
  [
    'ok',
    'connection-refused',
    'rejected',
    'dropped',
    'no-route',
    'unreachable-route',
    'prohibited',
    'blackhole',
    'no-neighbour',
    'wrong-neighbour',
    'bridge-drop',
    'link-down',
    'forwarding-off',
    'source-invalid',
    'martian',
    'mtu',
    'ttl',
    'loop',
    'no-address',
    'nat-failed',
    'no-host',
    'intermittent',
    'unknown-rule',
    'unknown-device',
    'unknown-state',
    'outside',
  ],
  'Why; `ok` is the only reason of `reachable`.',
);
const NodeType = oneOf(['pod', 'node', 'external', 'generic'], 'What the node is; generic are things of the cloud.');
const ActionType = oneOf(
  ['send', 'forward', 'serve', 'service'],
  'What the node does; `service` is where a service address is translated.',
);

const Evidence = object(
  {
    kind: oneOf(
      [
        'rule',
        'policy',
        'route',
        'policy-rule',
        'neighbour',
        'fdb',
        'link',
        'address',
        'sysctl',
        'socket',
        'set',
        'conntrack',
        'object',
        'section',
      ],
      'What it is a line of.',
    ),
    raw: text('The line as its tool prints it.'),
    where: Type.Optional(text('Where it stands: table, chain and number, or the object.')),
  },
  'What a statement rests on.',
);

const Suspicion = object(
  {
    level: Type.Union([Type.Literal(0), Type.Literal(1), Type.Literal(2), Type.Literal(3)], {
      description: 'Info 0, Warning 1, Critical 2, Fatal 3.',
    }),
    message: text('One sentence with the names and numbers of this case.'),
    code: text('From the closed list in docs/findings; `skoop explain CODE` tells more.'),
    evidence: Type.Array(Evidence),
    remedy: text('What to do; where nothing is known of this case, the general advice of the code.'),
  },
  'Something that may be wrong.',
);

const PlainPacket = {
  source: text('Source address.'),
  destination: text('Destination address.'),
  dport: Type.Integer({
    minimum: 0,
    maximum: 65535,
    description: 'Destination port; 0 where the protocol has none. The first one where it is not a single one.',
  }),
  protocol: text('tcp, udp, icmp, icmpv6, sctp, ipip …, or the number.'),
  sourcePorts: Type.Optional(text('Source port, or the range that the kernel takes it from: `32768-60999`.')),
  destinationPorts: Type.Optional(text('Present where the destination port is a range: in replies.')),
};
const Packet = object(
  {
    ...PlainPacket,
    inner: Type.Optional(
      object(
        { ...PlainPacket, vni: Type.Optional(Type.Integer({ description: 'Network identifier of a vxlan tunnel.' })) },
        'What a tunnel packet carries.',
      ),
    ),
  },
  'A packet; on a link it is the outer one of a tunnel.',
);

const Node = object(
  {
    id: text(
      "`namespace/pod`, the node's name, or the address of what is outside. A pod with hostNetwork is its node.",
    ),
    type: NodeType,
    suspicions: Type.Array(Suspicion),
    actions: Type.Record(Type.String(), object({ type: ActionType }, 'What the node does with a packet.'), {
      description: 'By the id of the link that the packet came in by; "" where the packet is made.',
    }),
  },
  'A network namespace, or something outside.',
);

const Link = object(
  {
    id: text('`type,source,destination,packet destination:port`.'),
    type: oneOf(
      ['veth', 'infra', 'local', 'external', 'macvlan', 'ipvlan', 'vlan', 'vxlan'],
      'veth: pod and its node; infra: node and node or outside.',
    ),
    source: text('Node id.'),
    source_attributes: Type.Record(Type.String(), Type.String(), {
      description:
        '`if`: the interface that has the addresses, as KubeSkoop names it: of a port of a bridge the bridge. `port`: that port.',
    }),
    destination: text('Node id.'),
    destination_attributes: Type.Record(Type.String(), Type.String(), {
      description:
        '`if`: the interface that has the addresses, as KubeSkoop names it: of a port of a bridge the bridge. `port`: that port.',
    }),
    action: text("Key of the source node's action that sent it."),
    packet: Packet,
  },
  'A crossing between two nodes.',
);

const Step = Type.Union(
  [
    object(
      {
        kind: Type.Literal('step', { description: 'Not a rule.' }),
        stage: oneOf(
          [
            'device',
            'bridge',
            'vlan',
            'tunnel',
            'tc',
            'conntrack',
            'netfilter',
            'nat',
            'route',
            'source-check',
            'forward',
            'neighbour',
            'mtu',
            'socket',
            'note',
          ],
          'Part of the network stack.',
        ),
        detail: text('One short line.'),
        evidence: Type.Optional(Type.Array(Evidence)),
      },
      'A step other than a rule.',
    ),
    object(
      {
        kind: Type.Literal('rule', { description: 'A rule or policy.' }),
        ruleSet: oneOf(['iptables-legacy', 'iptables-nft', 'nft', 'ipvs'], 'Which rule set.'),
        family: Type.Union([Type.Literal(4), Type.Literal(6)], { description: 'IPv4 or IPv6.' }),
        hook: oneOf(
          ['ingress', 'prerouting', 'input', 'forward', 'output', 'postrouting', 'egress'],
          'Netfilter hook.',
        ),
        table: text('Table.'),
        chain: text('Chain.'),
        number: Type.Integer({ minimum: 0, description: "Position in the chain from 1; 0 is the chain's policy." }),
        raw: text('The rule as its save tool prints it, without counters.'),
        effect: text('What it did: `ACCEPT`, `-> KUBE-SERVICES`, `DNAT 10.77.0.2:8080`.'),
        assumed: Type.Optional(
          Type.Boolean({ description: 'It is not known whether the rule matches; this branch assumes it.' }),
        ),
        tableFamily: Type.Optional(text('Of nftables: the family of the table.')),
        handle: Type.Optional(Type.Integer({ description: 'Of nftables: the handle of the rule or chain.' })),
      },
      'A rule that matched, or a policy that applied.',
    ),
  ],
  { description: 'One thing that happened to the packet, in order.' },
);

const Leg = object(
  {
    hops: Type.Array(
      object(
        {
          node: text('Node id.'),
          type: NodeType,
          action: ActionType,
          ingress: Type.Optional(text('Link that the packet came in by.')),
          egress: Type.Optional(text('Link that it left by.')),
          packet: Packet,
          steps: Type.Array(Step),
        },
        'What one namespace did.',
      ),
    ),
    ending: object(
      {
        verdict: Verdict,
        reason: Reason,
        node: text('Node id where it ended.'),
        message: text('One sentence.'),
        evidence: Type.Array(Evidence),
        remedy: Type.Optional(text('What to do here, where it is known better than by the code of the finding.')),
        notice: Type.Optional(
          oneOf(
            [
              'timeout',
              'ECONNREFUSED',
              'EHOSTUNREACH',
              'ENETUNREACH',
              'EACCES',
              'EINVAL',
              'EPERM',
              'EADDRNOTAVAIL',
              'ENOPROTOOPT',
              'EMSGSIZE',
              'ENOKEY',
              'EDESTADDRREQ',
            ],
            'How the sender learns of it.',
          ),
        ),
      },
      'How it ended.',
    ),
  },
  'One direction of one branch.',
);

const Branch = object(
  {
    verdict: Verdict,
    reason: Reason,
    share: Type.Optional(share("Share among the kernel's choices, where known.")),
    forks: Type.Array(
      object(
        {
          cause: oneOf(
            ['choice', 'ignorance'],
            'choice: the kernel picks. ignorance: it is not known which one holds.',
          ),
          id: Type.Integer({ description: 'The same for all branches of one split.' }),
          option: Type.Integer({ description: 'Which option of the split this branch took.' }),
          probability: Type.Optional(share('Of this option.')),
          label: text('One short line.'),
          evidence: Type.Optional(Evidence),
        },
        'A split on the way to this branch.',
      ),
    ),
    forward: Leg,
    reply: Type.Optional(Leg),
    established: Type.Optional(Leg),
    seenByServer: Type.Optional(
      object(
        { from: text('Its peer as the server sees it.'), at: text('Address and port that it was reached at.') },
        'What the server sees.',
      ),
    ),
  },
  "One way that the packet may take, with its answer. `reply` is absent where the packet did not arrive; `established` is a later packet of the connection, the client's or the server's, present only where it is the one that fails.",
);

const Endpoint = object(
  {
    type: oneOf(['pod', 'node', 'service', 'external'], 'What it is.'),
    id: text("`namespace/name`, the node's name, or the address."),
    address: text('The address that is used.'),
    asked: text('What was asked for.'),
    note: Type.Optional(text('What was taken where the name left a choice.')),
  },
  'One end of the question.',
);

export const DiagnoseResultSchema = object(
  {
    schema: Type.Literal(RESULT_SCHEMA, { description: 'Version of this shape.' }),
    verdict: Verdict,
    reason: Reason,
    summary: text('One sentence that stands alone.'),
    question: object(
      {
        src: Endpoint,
        dst: Endpoint,
        port: Type.Integer({ minimum: 0, maximum: 65535, description: 'Destination port; 0 for icmp.' }),
        protocol: oneOf(['tcp', 'udp', 'icmp', 'sctp'], 'Protocol.'),
      },
      'What was asked, resolved.',
    ),
    decidedBy: Type.Array(object({ node: text('Node id.'), evidence: Evidence }, 'What decided and where.'), {
      description: 'Most important first.',
    }),
    cluster: object({ suspicions: Type.Array(Suspicion) }, 'Suspicions that are not about one node.'),
    nodes: Type.Array(Node),
    links: Type.Array(Link, { description: 'Crossings of the way there.' }),
    replyLinks: Type.Array(Link, { description: 'Crossings that only answers and later packets use.' }),
    branches: Type.Array(Branch),
    probe: Type.Optional(
      object(
        {
          outcome: Type.Union(
            [
              Type.Literal('open'),
              Type.Literal('refused'),
              Type.Literal('unreachable'),
              Type.Literal('timeout'),
              Type.Literal('silent'),
              Type.Literal('not-tried'),
            ],
            { description: 'What came of it.' },
          ),
          message: text('The same as a sentence.'),
          agrees: Type.Optional(
            Type.Boolean({
              description: 'Whether it is what the verdict says; absent where it tells nothing about it.',
            }),
          ),
        },
        'With `--probe`: a real connection that was tried from the source.',
      ),
    ),
    assumptions: Type.Array(Type.String(), { description: 'What the verdict takes for granted.' }),
    detected: Type.Array(
      object(
        {
          what: text('`network plugin`, `service proxy` …'),
          value: text('What was found.'),
          from: text('The object or file that says so.'),
        },
        'Something about the cluster, and where that was read.',
      ),
    ),
  },
  'The result of one diagnosis.',
);

/** A result in JSON; see docs/output.md. */
export type DiagnoseResult = Static<typeof DiagnoseResultSchema>;
