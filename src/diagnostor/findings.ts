/** Turns the endings of branches into suspicions on the nodes where they happened. */
import type { Branch, Ending, Reason } from '../model/path.ts';
import type { Level, Suspicion } from '../model/suspicion.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { SuspicionCode } from '../model/suspicion-codes.ts';

const CODES: Readonly<Record<Exclude<Reason, 'ok'>, SuspicionCode>> = {
  'connection-refused': 'CONNECTION_REFUSED',
  rejected: 'PACKET_REJECTED',
  dropped: 'PACKET_DROPPED',
  'no-route': 'NO_ROUTE',
  'unreachable-route': 'ROUTE_UNREACHABLE',
  prohibited: 'ROUTE_PROHIBITED',
  blackhole: 'ROUTE_BLACKHOLE',
  'no-neighbour': 'NEIGHBOUR_UNRESOLVED',
  'wrong-neighbour': 'NEIGHBOUR_WRONG',
  'bridge-drop': 'BRIDGE_DROPPED',
  'link-down': 'LINK_DOWN',
  'forwarding-off': 'FORWARDING_DISABLED',
  'source-invalid': 'REVERSE_PATH_FILTERED',
  martian: 'MARTIAN_PACKET',
  mtu: 'PACKET_TOO_BIG',
  ttl: 'TTL_EXCEEDED',
  loop: 'FORWARDING_LOOP',
  'no-address': 'ADDRESS_MISSING',
  'nat-failed': 'NAT_FAILED',
  'no-host': 'HOST_UNKNOWN',
  intermittent: 'INTERMITTENT',
  'unknown-rule': 'RULE_NOT_UNDERSTOOD',
  'unknown-device': 'DEVICE_NOT_UNDERSTOOD',
  'unknown-state': 'STATE_MISSING',
  outside: 'OUTSIDE_CLUSTER',
};

/** One suspicion per distinct ending; a packet that is lost on the way back says so as well. */
export function endingFindings(branches: readonly Branch[], reason: Reason): readonly Suspicion[] {
  const found = new Map<string, Suspicion>();
  for (const branch of branches) {
    const ending = endingOf(branch);
    if (ending.reason === 'ok') continue;
    const code = codeOf(ending);
    const key = `${code} ${ending.node} ${ending.message}`;
    if (!found.has(key))
      found.set(key, suspicion(ending.verdict === 'undetermined' ? LEVEL.info : LEVEL.fatal, code, ending));
    const isOnWayBack =
      branch.reply !== undefined && branch.established === undefined && ending.verdict === 'unreachable';
    if (isOnWayBack && !found.has('reply')) {
      found.set('reply', {
        ...suspicion(LEVEL.info, 'REPLY_LOST', ending),
        message: `the packet arrives, but its answer is lost at ${ending.node}`,
      });
    }
  }
  if (reason === 'intermittent') found.set('intermittent', intermittent(branches));
  return [...found.values()];
}

/** The leg that ended the branch. */
export function endingOf(branch: Branch): Ending {
  return (branch.established ?? branch.reply ?? branch.forward).ending;
}

/** Where the ending's evidence says more than its reason does. */
function specialCode({ reason, evidence, message }: Ending): SuspicionCode | undefined {
  const sockets = evidence.filter((each) => each.kind === 'socket');
  if (reason === 'connection-refused' && sockets.some((each) => each.where?.startsWith('has the port') === true)) {
    return 'SOCKET_WRONG_ADDRESS';
  }
  if (reason === 'dropped' && sockets.length > 0) return 'LISTEN_QUEUE_FULL';
  if (reason === 'unknown-state' && evidence.some((each) => each.raw.startsWith('net.netfilter.nf_conntrack_max')))
    return 'CONNTRACK_FULL';
  if (reason === 'unknown-state' && message.includes('has no namespace of pod')) return 'POD_NAMESPACE_MISSING';
  return undefined;
}

function codeOf(ending: Ending): SuspicionCode {
  if (ending.reason === 'ok') throw new Error('a good ending is no finding');
  const special = specialCode(ending);
  if (special !== undefined) return special;
  if (ending.reason !== 'unknown-rule') return CODES[ending.reason];
  if (ending.message.includes('nftables') || ending.evidence.some(({ where }) => where?.startsWith('nft ') === true))
    return 'NFT_NOT_UNDERSTOOD';
  return ending.message.includes('IPVS') ? 'IPVS_NOT_UNDERSTOOD' : 'RULE_NOT_UNDERSTOOD';
}

function suspicion(level: Level, code: SuspicionCode, ending: Ending): Suspicion {
  const { message, evidence, node, remedy } = ending;
  return { level, code, message, evidence, node, ...(remedy === undefined ? {} : { remedy }) };
}

function intermittent(branches: readonly Branch[]): Suspicion {
  const good = branches.filter((branch) => branch.verdict === 'reachable');
  const share = good.every((branch) => branch.probability !== undefined)
    ? good.reduce((sum, branch) => sum + (branch.probability ?? 0), 0)
    : undefined;
  const often =
    share === undefined
      ? `${good.length} of ${branches.length} ways`
      : `about ${Math.round(share * 100)} % of connections`;
  return {
    level: LEVEL.fatal,
    code: 'INTERMITTENT',
    message: `only ${often} succeed: the kernel chooses among ways that end differently`,
    evidence: [],
  };
}
