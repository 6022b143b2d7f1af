/** Packets that end without the kernel freeing one as dropped: named rows, each with its cause, counted in the summary. */
import type { Branch, Reason } from '../../src/model/index.ts';
import type { LabProbe } from '../probes.ts';

export type Silence = (typeof SILENCES)[number]['name'];

interface Row {
  readonly name: string;
  readonly cause: string;
  readonly applies: (branch: Branch, probe: LabProbe) => boolean;
}

const WITHOUT_ROUTE: ReadonlySet<Reason> = new Set([
  'no-route',
  'unreachable-route',
  'prohibited',
  'blackhole',
  'no-address',
]);

/** Of more headers of tunnels the bytes that bpftrace prints do not show what is inside. */
const MOST_SEEN = 3;

export const SILENCES = [
  {
    name: 'answer never made',
    cause: 'the server has no route for its answer and makes none: inet_csk_route_req, icmp_reply',
    applies: (branch, { probe }) =>
      probe.protocol !== 'udp' && branch.reply?.hops.length === 1 && WITHOUT_ROUTE.has(branch.reply.ending.reason),
  },
  {
    name: 'echo ignored',
    cause: 'icmp_echo_ignore_all consumes the request like one that was answered',
    applies: (branch, { probe }) =>
      probe.protocol === 'icmp' &&
      branch.reply === undefined &&
      branch.forward.ending.evidence.some((one) => one.kind === 'sysctl' && one.raw.includes('echo_ignore')),
  },
  {
    name: 'answer from elsewhere',
    cause:
      'the kernel gives a ping socket every answer with its number, from whatever address: the ping command ignores it',
    applies: (branch, { probe }) => probe.protocol === 'icmp' && branch.reply?.ending.reason === 'nat-failed',
  },
  {
    name: 'datagram to a program',
    cause: 'NAT leads a tunnel packet or an answer to the port of a program, which takes it for a datagram of its own',
    applies: (branch) => {
      const { ending } = branch.established ?? branch.reply ?? branch.forward;
      return ending.reason === 'nat-failed' && ending.evidence.some((one) => one.kind === 'socket');
    },
  },
  {
    name: 'wrapped too often',
    cause:
      'a tunnel wraps its own packets until __dev_queue_xmit stops it: what is inside is behind the bytes that are looked at',
    applies: (branch) => {
      const { ending, hops } = branch.reply ?? branch.forward;
      const wraps = hops.at(-1)?.steps.filter((one) => one.kind === 'step' && one.stage === 'tunnel').length ?? 0;
      return ending.reason === 'loop' && wraps >= MOST_SEEN;
    },
  },
] as const satisfies readonly Row[];
