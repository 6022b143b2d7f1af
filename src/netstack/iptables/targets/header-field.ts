/** DSCP, TOS, TTL and HL: targets that change one number of the IP header. */
import type { Packet } from '../../../model/packet.ts';
import { changeTtl, withTtl } from '../../../model/packet-ttl.ts';
import { formatMasked, parseMasked, parseNumber } from '../numbers.ts';
import { value } from '../options.ts';
import type { CompiledTarget, TargetModule } from '../target.ts';

export const DSCP: TargetModule = {
  options: { '--set-dscp': 1 },
  compile(options) {
    const dscp = parseNumber(value(options, '--set-dscp'));
    if (dscp === undefined || dscp > 63) return undefined;
    return changing(`DSCP 0x${dscp.toString(16)}`, (packet) => ({ ...packet, tos: (packet.tos & 3) | (dscp << 2) }));
  },
};

export const TOS: TargetModule = {
  options: { '--set-tos': 1, '--set-xtos': 1, '--and-tos': 1, '--or-tos': 1, '--xor-tos': 1 },
  compile(options) {
    const [name = ''] = options.keys();
    const asked = parseMasked(value(options, name));
    if (asked === undefined) return undefined;
    const { set, mask } = spelled(name, asked);
    return changing(`TOS ${formatMasked(set, mask)}`, (packet) => ({
      ...packet,
      tos: ((packet.tos & ~mask) ^ set) & 0xff,
    }));
  },
};

function spelled(
  name: string,
  { value, mask }: { readonly value: number; readonly mask: number },
): { readonly set: number; readonly mask: number } {
  switch (name) {
    case '--and-tos':
      return { set: 0, mask: ~value & 0xff };
    case '--or-tos':
      return { set: value, mask: value };
    case '--xor-tos':
      return { set: value, mask: 0 };
    default:
      return { set: value, mask: mask & 0xff };
  }
}

export const TTL: TargetModule = hopCount('ttl');
export const HL: TargetModule = hopCount('hl');

function hopCount(prefix: 'ttl' | 'hl'): TargetModule {
  return {
    options: { [`--${prefix}-set`]: 1, [`--${prefix}-inc`]: 1, [`--${prefix}-dec`]: 1 },
    compile(options) {
      const [name = ''] = options.keys();
      const by = parseNumber(value(options, name));
      if (by === undefined || by > 255) return undefined;
      const how = name.slice(-3);
      const next = (ttl: number): number => (how === 'inc' ? Math.min(ttl + by, 255) : Math.max(ttl - by, 0));
      return changing(`${prefix.toUpperCase()} ${how} ${by}`, (packet) =>
        how === 'set' ? withTtl(packet, by) : changeTtl(packet, next),
      );
    },
  };
}

function changing(effect: string, next: (packet: Packet) => Packet): CompiledTarget {
  return {
    target: {
      kind: 'change',
      change({ packet }) {
        const changed = next(packet);
        return changed.tos === packet.tos && changed.ttl === packet.ttl && changed.ttls === packet.ttls
          ? undefined
          : { packet: changed };
      },
    },
    effect,
  };
}
