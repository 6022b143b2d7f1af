/** The kinds of expressions, statements and sets of nftables, each with how a use of it reads in the tests that a kernel judges. */
import type { Expr, NftFamily, NftSet, Statement } from '../../src/netstack/nftables/types.ts';
import type { Entry, Part } from './parts.ts';

type Row = readonly [model: string, use: RegExp];

/** A kind that is added does not compile without a line here; constants and ranges are no kinds that a packet is asked for. */
type Asked = Exclude<
  Expr['kind'],
  'number' | 'big-number' | 'text' | 'bool' | 'address' | 'prefix' | 'range' | 'list' | 'any' | 'unknown'
>;

const EXPRESSIONS: Readonly<Record<Asked, Row>> = {
  payload: ['evaluated; fields that a walk does not have are not known', /rule: 'tcp dport/],
  'raw-payload': ['evaluated, as far as the header is known', /rule: '@th,/],
  meta: ['evaluated; socket, time, cpu and the like are not known', /meta iifname/],
  ct: ['evaluated; helper, label and counters of later packets are not known', /ct state/],
  fib: ['evaluated', /fib daddr/],
  numgen: ['each choice is followed', /numgen random/],
  hash: ['each choice is followed', /jhash ip saddr/],
  header: ['absent but for TCP options and SCTP chunks, which are not known', /tcp option|exthdr/],
  binary: ['evaluated', /mark & 0x4000/],
  concat: ['evaluated', / \. (tcp|th) dport/],
  set: ['looked up', /tcp dport \{/],
  'set-ref': ['looked up', / @\w+/],
  map: ['looked up', / map \{/],
};

const STATEMENTS: Readonly<Record<Exclude<Statement['kind'], 'unknown'>, Row>> = {
  match: ['evaluated', /rule: '(ip|tcp) /],
  verdict: ['carried out', /(jump|goto) \w+/],
  vmap: ['looked up', / vmap /],
  quiet: ['goes on: it counts, logs, copies, or changes what no later decision looks at', /log prefix/],
  mangle: ['carried out', /mark set/],
  notrack: ['carried out', /notrack/],
  nat: ['carried out', /dnat to|masquerade/],
  reject: ['carried out', /\breject\b/],
  counted: ['never known', /limit rate/],
  'ct-count': ['never known, but over 0', /ct count/],
  set: ['carried out', /(update|add) @\w+ \{/],
  queue: ['carried out where no program reads the queue; else `undetermined`', /queue (num|to|flags)/],
  tproxy: ['carried out where there may be a socket', /tproxy to/],
};

const SETS: Readonly<Record<NftSet['kind'], Row>> = {
  set: ['looked up: intervals, concatenations, wildcards', /^ *set \w+ \{/m],
  map: ['looked up: values and verdicts', /^ *map \w+ \{/m],
};

const UNPROVEN: Readonly<Record<string, string>> = {
  queue: 'the kernel of the tests does not have it',
};

/** Where rules of nftables stand. */
const FILES = /nftables/;

const entriesOf = (rows: Readonly<Record<string, Row>>): readonly Entry[] =>
  Object.entries(rows).map(([name, [model, use]]) => ({
    name,
    model,
    use,
    among: FILES,
    ...(UNPROVEN[name] === undefined ? {} : { unproven: UNPROVEN[name] }),
  }));

const CHAINS = 'lab/scenarios/nftables.ts';
const AT_DEVICES = 'lab/scenarios/device-rules.ts';

/** What is no kind of its own: it is kept as text, and is not known where nothing else is said here. */
const OTHER_EXPRESSIONS: readonly Entry[] = [
  {
    name: 'socket',
    model: 'absent where no socket takes the packet, else not known',
    proofs: ['lab: nft-socket-none', 'lab: nft-socket-own'],
  },
  { name: 'osf', model: 'not known', proofs: ['lab: nft-osf'] },
  { name: 'rt, ipsec', model: 'not known', unproven: 'nothing is claimed' },
];
const OTHER_STATEMENTS: readonly Entry[] = [
  {
    name: 'dup',
    model: 'goes on; where the copy goes is not followed',
    proofs: ['lab: nft-dup', 'lab: device-rules-dup'],
  },
  {
    name: 'flow offload',
    model: 'goes on; what a rule drops of a connection that a flow table may have by then is not known',
    proofs: ['lab: flow-offload', 'lab: flow-offload-shut'],
  },
  { name: 'fwd', model: 'not known', proofs: ['lab: device-rules-fwd'] },
  { name: 'synproxy', model: 'not known', proofs: ['lab: nft-synproxy'] },
];

/** A family that is added does not compile without a line here. */
const FAMILIES: Readonly<Record<NftFamily, Omit<Entry, 'name'>>> = {
  ip: { model: 'evaluated', proofs: [CHAINS, 'test/netstack/nftables/kernel/rows.ts'] },
  ip6: { model: 'evaluated', proofs: [CHAINS, 'test/netstack/nftables/kernel/rows.ts'] },
  inet: { model: 'evaluated, at `ingress` as well', proofs: [CHAINS, AT_DEVICES] },
  bridge: {
    model:
      'evaluated for IP frames, tagged ones too, in its place before or after iptables, with the connections that a bridge looks up itself; and for questions for a neighbour and their answers; a refusal is not known where rules see what the bridge sends, a source that iptables translates not where the bridge looks up connections',
    proofs: ['lab/scenarios/bridge-rules.ts', 'lab/scenarios/guest-stacked.ts'],
  },
  arp: {
    model:
      'evaluated for questions of ARP and their answers; what asks for the MAC address of an answer is not known to who asked',
    proofs: ['lab/scenarios/bridge-rules.ts'],
  },
  netdev: {
    model:
      'evaluated at `ingress` and `egress` of a device where no rule may drop questions for neighbours; refusals and `fwd` are not known, nor what rules at the device below macvlan, ipvlan or a VLAN of another namespace do',
    proofs: [AT_DEVICES],
  },
};

export const NFTABLES_PARTS: readonly Part[] = [
  {
    title: 'nftables families',
    about: 'Base chains of all families that a packet meets, in the order of their priorities.',
    entries: Object.entries(FAMILIES).map(([name, entry]) => ({ name, ...entry })),
  },
  {
    title: 'nftables expressions',
    about: 'By kind, in tables of all families. What is not understood reads as a value that is not known.',
    entries: [...entriesOf(EXPRESSIONS), ...OTHER_EXPRESSIONS],
  },
  {
    title: 'nftables statements',
    about: 'One that is not understood lets the packet go on or ends it: both are followed.',
    entries: [...entriesOf(STATEMENTS), ...OTHER_STATEMENTS],
  },
  { title: 'nftables sets', about: 'Named and anonymous ones.', entries: entriesOf(SETS) },
];
