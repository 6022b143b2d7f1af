/** -m multiport: up to 15 ports or ranges, of the source, the destination or either (xt_multiport). */
import type { PortRange } from '../../../model/packet.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import type { MatchModule, MatchResult } from '../match.ts';
import { matchPort } from '../ports.ts';
import { parsePorts } from './transport.ts';

export const multiport: MatchModule = {
  options: { '--sports': 1, '--source-ports': 1, '--dports': 1, '--destination-ports': 1, '--ports': 1 },
  memory: 'header',
  compile(options) {
    const [entry, ...others] = options;
    if (entry === undefined || others.length > 0) return undefined;
    const [name, { values, isInverted }] = entry;
    const ranges = parseList(values[0]!);
    if (ranges === undefined) return undefined;
    if (name === '--ports')
      return ({ packet }) =>
        PROTOCOLS.has(packet.protocol) &&
        either(matchPort(packet, 'sport', ranges, false), matchPort(packet, 'dport', ranges, false), isInverted);
    const side = name === '--sports' || name === '--source-ports' ? 'sport' : 'dport';
    return ({ packet }) => PROTOCOLS.has(packet.protocol) && matchPort(packet, side, ranges, isInverted);
  },
};

const PROTOCOLS = new Set<number>([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.udplite, PROTOCOL.sctp, 33]);

function parseList(text: string): readonly PortRange[] | undefined {
  const ranges = text.split(',').map(parsePorts);
  return ranges.every((range) => range !== undefined) ? ranges : undefined;
}

/** One side that fits is enough; else the packet is narrowed and the rule asked again, the other side's turn then. */
function either(source: MatchResult, destination: MatchResult, isInverted: boolean): MatchResult {
  if (source === true || destination === true) return !isInverted;
  if (source === false && destination === false) return isInverted;
  return source === false ? destination : source;
}
