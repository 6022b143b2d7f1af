/** Matches on counters and limits whose state a dump does not hold, as far as the first packet of a flow decides them. */
import type { CtInfo } from '../../../model/flow.ts';
import type { PortRange } from '../../../model/packet.ts';
import { lengthsOf } from '../../../model/packet-length.ts';
import type { MatchModule, Probe } from '../match.ts';
import { hasConnection, isOnlyPacket } from '../../netfilter/connection-state.ts';
import { parseNumber } from '../numbers.ts';

/**
 * The new connection itself counts as one: above 0 always holds, up to 0 never does. A later packet's is not added any more;
 * where no other is counted, for the first ones have ended, the match drops the packet (connlimit_mt, hotdrop).
 */
export const connlimit: MatchModule = {
  options: {
    '--connlimit-above': 1,
    '--connlimit-upto': 1,
    '--connlimit-mask': 1,
    '--connlimit-saddr': 0,
    '--connlimit-daddr': 0,
  },
  compile(options) {
    const above = parseNumber(options.get('--connlimit-above')?.values[0]);
    const upto = parseNumber(options.get('--connlimit-upto')?.values[0]);
    if (above === undefined && upto === undefined) return undefined;
    return ({ ct }) => (isCounted(ct) ? undefined : above === 0 ? true : upto === 0 ? false : undefined);
  },
  mayDrop: ({ ct }) => isCounted(ct),
};

const isCounted = (ct: CtInfo): boolean => hasConnection(ct) && !isOnlyPacket(ct);

/** For the first packet the connection's counters are its own; later ones are not known (xt_connbytes). */
export const connbytes: MatchModule = {
  options: { '--connbytes': 1, '--connbytes-mode': 1, '--connbytes-dir': 1 },
  compile(options) {
    const option = options.get('--connbytes');
    const [, fromText = '', toText = ''] = /^(\d+)(?::(\d*))?$/.exec(option?.values[0] ?? '') ?? [];
    if (option === undefined || fromText === '') return undefined;
    const from = Number(fromText);
    const to = toText === '' ? Number.POSITIVE_INFINITY : Number(toText);
    const mode = options.get('--connbytes-mode')?.values[0];
    const direction = options.get('--connbytes-dir')?.values[0];
    return (probe) => {
      if (!hasConnection(probe.ct)) return false;
      if (!isOnlyPacket(probe.ct)) return undefined;
      const count = countOf(probe, mode, direction);
      if (count === undefined) return undefined;
      const isIn = count.min >= from && count.max <= to;
      return isIn || count.max < from || count.min > to ? isIn !== option.isInverted : undefined;
    };
  },
};

function countOf({ packet }: Probe, mode: string | undefined, direction: string | undefined): PortRange | undefined {
  if (direction !== 'original' && direction !== 'reply' && direction !== 'both') return undefined;
  if (direction === 'reply') return { min: 0, max: 0 };
  if (mode === 'packets') return { min: 1, max: 1 };
  return mode === 'bytes' || mode === 'avgpkt' ? lengthsOf(packet) : undefined;
}

/** kube-proxy's own counters have no quota: the match only counts. Of others it is not known. */
export const nfacct: MatchModule = {
  options: { '--nfacct-name': 1 },
  compile(options) {
    const isCounter = KUBE_COUNTERS.has(options.get('--nfacct-name')?.values[0] ?? '');
    return () => (isCounter ? true : undefined);
  },
};

const KUBE_COUNTERS = new Set([
  'ct_state_invalid_dropped_pkts',
  'iptables_filter_dropped_pkts',
  'localhost_nps_accepted_pkts',
  'localhost_nps_dropped_pkts',
]);
