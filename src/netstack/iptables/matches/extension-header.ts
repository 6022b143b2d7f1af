/** IPv6 extension headers: the packets that are walked have none. */
import { PROTOCOL } from '../../../model/packet.ts';
import type { MatchModule } from '../match.ts';

/** rt, frag, hbh, dst, mh, srh: no such header, no match, whatever else is asked (ipv6_find_hdr). */
export const absentHeader: MatchModule = { options: 'any', compile: () => () => false };

/** ah and esp: a header of another protocol. A packet of that protocol would have to be looked into. */
export function securityHeader(protocol: number): MatchModule {
  return {
    options: 'any',
    memory: 'flow',
    compile:
      () =>
      ({ packet }) =>
        packet.protocol === protocol ? undefined : false,
  };
}

/** -m ipv6header: only `prot`, the upper protocol, is there (ipv6header_mt6). */
export const ipv6header: MatchModule = {
  options: { '--header': 1, '--soft': 0 },
  compile(options) {
    const option = options.get('--header');
    if (option === undefined) return undefined;
    const names = option.values[0]!.split(',');
    const asked = new Set(names.map((name) => LONG_NAMES[name] ?? name));
    if (![...asked].every((name) => name in BITS)) return undefined;
    const bits = [...asked].reduce((sum, name) => sum | BITS[name]!, 0);
    const isSoft = options.has('--soft');
    return ({ packet }) => {
      const present = packet.protocol === PROTOCOL.ipv6 || packet.protocol === NO_NEXT ? 0 : BITS['prot']!;
      // Softly, others may be there as well: all that are asked for, or in the negative none of them.
      if (isSoft) return (present & bits) === (option.isInverted ? 0 : bits);
      return (present === bits) !== option.isInverted;
    };
  },
};

const NO_NEXT = 59;
const BITS: Readonly<Record<string, number>> = {
  hop: 0x80,
  dst: 0x40,
  route: 0x20,
  frag: 0x10,
  auth: 0x08,
  esp: 0x04,
  none: 0x02,
  prot: 0x01,
};
const LONG_NAMES: Readonly<Record<string, string>> = {
  'hop-by-hop': 'hop',
  'ipv6-opts': 'dst',
  'ipv6-route': 'route',
  'ipv6-frag': 'frag',
  ah: 'auth',
  'ipv6-nonxt': 'none',
  protocol: 'prot',
};
