/** `-m tcpmss`: the largest segment that a SYN says its sender takes (xt_tcpmss). */
import { PROTOCOL, TCP_FLAG } from '../../../model/packet.ts';
import type { MatchModule } from '../match.ts';
import { parseRange } from '../numbers.ts';

/** Only a SYN has the option: what has none matches where it is asked in the negative. */
export const tcpmss: MatchModule = {
  options: { '--mss': 1 },
  memory: 'header',
  compile(options) {
    const option = options.get('--mss');
    const range = parseRange(option?.values[0], 0xffff);
    if (option === undefined || range === undefined) return undefined;
    return ({ packet }) => {
      if (packet.protocol !== PROTOCOL.tcp) return false;
      if ((packet.tcpFlags & TCP_FLAG.syn) === 0) return option.isInverted;
      const { mss } = packet;
      if (typeof mss !== 'number') return undefined;
      return (mss >= range.min && mss <= range.max) !== option.isInverted;
    };
  },
};
