/** -m rpfilter: is there a route back to the source (xt rpfilter, both families)? */
import type { IP } from '../../../model/address.ts';
import { isMulticast, isUnspecified } from '../../../model/address.ts';
import type { MatchModule } from '../match.ts';

export const rpfilter: MatchModule = {
  options: { '--loose': 0, '--validmark': 0, '--accept-local': 0, '--invert': 0 },
  memory: 'header',
  compile(options) {
    const asked = {
      loose: options.has('--loose'),
      acceptLocal: options.has('--accept-local'),
      validmark: options.has('--validmark'),
    };
    const isInverted = options.has('--invert');
    return ({ input, packet }) => {
      const { iif, pkttype } = input.meta;
      if (iif === undefined) return undefined;
      const needsNone = iif === 'lo' || pkttype === 'loopback' || isUnroutable(packet.src, packet.dst);
      const has = needsNone ? true : input.env.hasReversePath(packet, iif, asked);
      return has === undefined ? undefined : has !== isInverted;
    };
  },
};

/** Sources that have no route and need none: `::`, and 0.0.0.0 to a link-local group (224.0.0.0/24). */
function isUnroutable(src: IP, dst: IP): boolean {
  if (!isUnspecified(src)) return false;
  return src.family === 6 || (isMulticast(dst) && dst.a >>> 8 === 0xe00000);
}
