/** `-m policy`: whether IPsec has unpacked the packet, or is to pack it (xt_policy). */
import type { MatchModule } from '../match.ts';
import { value } from '../options.ts';

/** Without a policy nothing is packed, and who packs without being asked is not followed: then all is `none`. */
export const policy: MatchModule = {
  options: {
    '--dir': 1,
    '--pol': 1,
    '--strict': 0,
    '--reqid': 1,
    '--spi': 1,
    '--proto': 1,
    '--mode': 1,
    '--tunnel-src': 1,
    '--tunnel-dst': 1,
    '--next': 'rest',
  },
  memory: 'flow',
  compile(options) {
    const asked = value(options, '--pol');
    if (asked !== 'none' && asked !== 'ipsec') return undefined;
    return ({ input: { env } }) => (env.hasIpsecPolicy?.() === false ? asked === 'none' : undefined);
  },
};
