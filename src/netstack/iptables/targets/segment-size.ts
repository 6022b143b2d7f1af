/** TCPMSS: makes the ends of a connection believe in smaller segments (xt_TCPMSS). */
import type { Packet } from '../../../model/packet.ts';
import { TCP_FLAG } from '../../../model/packet.ts';
import type { Probe } from '../match.ts';
import { parseNumber } from '../numbers.ts';
import { value } from '../options.ts';
import type { TargetModule } from '../target.ts';

const HEADERS = { 4: 40, 6: 60 } as const;

export const TCPMSS: TargetModule = {
  options: { '--set-mss': 1, '--clamp-mss-to-pmtu': 0 },
  compile(options) {
    const isOfPath = options.has('--clamp-mss-to-pmtu');
    const asked = parseNumber(value(options, '--set-mss'));
    if (isOfPath ? asked !== undefined : asked === undefined || asked > 0xffff) return undefined;
    return {
      target: {
        kind: 'change',
        change(probe) {
          const { packet } = probe;
          if ((packet.tcpFlags & TCP_FLAG.syn) === 0) return undefined;
          const mss = lowered(packet.mss, isOfPath ? ofPath(probe) : asked);
          return mss === packet.mss ? undefined : { packet: { ...packet, mss } };
        },
      },
      effect: isOfPath ? 'TCPMSS to the MTU of the path' : `TCPMSS ${asked}`,
    };
  },
};

/** It is never raised. */
function lowered(mss: Packet['mss'], to: number | undefined): NonNullable<Packet['mss']> {
  return typeof mss === 'number' && to !== undefined ? Math.min(mss, to) : 'not-known';
}

/** The smaller of what both ways take, as this namespace sees them. */
function ofPath({ input: { env, meta }, packet }: Probe): number | undefined {
  const mtu = env.pathMtu?.(packet, meta.iif);
  return mtu === undefined ? undefined : mtu - HEADERS[packet.family];
}
