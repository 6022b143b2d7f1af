/** Matches on one number of the IP header: length, ttl, hl, dscp, tos, ecn. */
import type { Packet, PortRange } from '../../../model/packet.ts';
import { PROTOCOL } from '../../../model/packet.ts';
import { lengthsOf } from '../../../model/packet-length.ts';
import { ttlsOf } from '../../../model/packet-ttl.ts';
import type { MatchModule, MatchTest } from '../match.ts';
import { parseMasked, parseNumber, parseRange } from '../numbers.ts';
import type { Options } from '../options.ts';

/** The whole packet, IPv6 header included. */
export const length: MatchModule = {
  options: { '--length': 1 },
  memory: 'header',
  compile(options) {
    const option = options.get('--length');
    const range = parseRange(option?.values[0], 65535);
    if (option === undefined || range === undefined) return undefined;
    return ({ packet }) => within(range, lengthsOf(packet), option.isInverted);
  },
};

/** Undefined where some of the values that the field may have are in the range, and some are not. */
function within(range: PortRange, { min, max }: PortRange, isInverted: boolean): boolean | undefined {
  if (max < range.min || min > range.max) return isInverted;
  return min >= range.min && max <= range.max ? !isInverted : undefined;
}

export const ttl: MatchModule = hopCount('ttl');
export const hl: MatchModule = hopCount('hl');

function hopCount(prefix: 'ttl' | 'hl'): MatchModule {
  return {
    options: { [`--${prefix}-eq`]: 1, [`--${prefix}-lt`]: 1, [`--${prefix}-gt`]: 1 },
    memory: 'header',
    compile(options) {
      const [entry, ...others] = options;
      const asked = parseNumber(entry?.[1].values[0]);
      if (entry === undefined || asked === undefined || others.length > 0) return undefined;
      const [name, { isInverted }] = entry;
      const isEqual = name.endsWith('-eq');
      if (isInverted && !isEqual) return undefined;
      const range = isEqual
        ? { min: asked, max: asked }
        : name.endsWith('-lt')
          ? { min: 0, max: asked - 1 }
          : { min: asked + 1, max: 255 };
      return ({ packet }) => within(range, ttlsOf(packet), isInverted);
    },
  };
}

export const dscp: MatchModule = {
  options: { '--dscp': 1 },
  compile: (options) => equals(options, '--dscp', (packet) => packet.tos >> 2),
};

export const tos: MatchModule = {
  options: { '--tos': 1 },
  compile(options) {
    const option = options.get('--tos');
    const asked = parseMasked(option?.values[0]);
    if (option === undefined || asked === undefined) return undefined;
    const { value, mask } = asked;
    return ({ packet }) => ((packet.tos & mask) === value) !== option.isInverted;
  },
};

export const ecn: MatchModule = {
  options: { '--ecn-tcp-cwr': 0, '--ecn-tcp-ece': 0, '--ecn-ip-ect': 1 },
  compile(options) {
    const inHeader = options.has('--ecn-ip-ect')
      ? equals(options, '--ecn-ip-ect', (packet) => packet.tos & 3)
      : () => true;
    if (inHeader === undefined) return undefined;
    const flag = (name: string, bit: number, packet: Packet): boolean => {
      const option = options.get(name);
      return option === undefined || ((packet.tcpFlags & bit) !== 0) !== option.isInverted;
    };
    const asksTcp = options.has('--ecn-tcp-ece') || options.has('--ecn-tcp-cwr');
    return (probe) => {
      const { packet } = probe;
      if (asksTcp && packet.protocol !== PROTOCOL.tcp) return false;
      return inHeader(probe) === true && flag('--ecn-tcp-ece', 0x40, packet) && flag('--ecn-tcp-cwr', 0x80, packet);
    };
  },
};

function equals(options: Options, name: string, field: (packet: Packet) => number): MatchTest | undefined {
  const option = options.get(name);
  const asked = parseNumber(option?.values[0]);
  if (option === undefined || asked === undefined) return undefined;
  return ({ packet }) => (field(packet) === asked) !== option.isInverted;
}
