/** Matches on how the packet came in by Ethernet: mac, pkttype, eui64. */
import { isMulticast } from '../../../model/address.ts';
import type { MatchModule, Probe } from '../match.ts';

/** The source MAC; a packet that did not come in by Ethernet never matches, inverted or not (mac_mt). */
export const mac: MatchModule = {
  options: { '--mac-source': 1 },
  memory: 'flow',
  compile(options) {
    const option = options.get('--mac-source');
    const asked = option?.values[0]?.toLowerCase();
    if (option === undefined || asked === undefined || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/.test(asked)) return undefined;
    return (probe) => {
      const source = sourceMac(probe);
      return typeof source === 'string' ? (source === asked) !== option.isInverted : source;
    };
  },
};

/** The MAC, false where the packet has none, undefined where it is not known. */
function sourceMac({ input: { meta } }: Probe): string | false | undefined {
  if (meta.srcMac !== undefined) return meta.srcMac;
  return meta.isLocal || meta.iif === 'lo' ? false : undefined;
}

const PACKET_TYPES: Readonly<Record<string, string>> = {
  unicast: 'host',
  host: 'host',
  broadcast: 'broadcast',
  bcast: 'broadcast',
  multicast: 'multicast',
  mcast: 'multicast',
};

export const pkttype: MatchModule = {
  options: { '--pkt-type': 1 },
  compile(options) {
    const option = options.get('--pkt-type');
    const name = option?.values[0] ?? '';
    const asked = Object.hasOwn(PACKET_TYPES, name) ? PACKET_TYPES[name] : undefined;
    if (option === undefined || asked === undefined) return undefined;
    return (probe) => (typeOf(probe) === asked) !== option.isInverted;
  },
};

/** What this host sends to a group and hears itself counts by its destination (pkttype_mt). */
function typeOf({ input: { meta }, packet }: Probe): string {
  if (meta.pkttype !== 'loopback') return meta.pkttype;
  return isMulticast(packet.dst) ? 'multicast' : 'broadcast';
}

/** The source address's last 64 bits are made from the source MAC. */
export const eui64: MatchModule = {
  options: {},
  memory: 'flow',
  compile: () => (probe) => {
    const source = sourceMac(probe);
    if (typeof source !== 'string') return source;
    const [m0 = 0, m1 = 0, m2 = 0, m3 = 0, m4 = 0, m5 = 0] = source.split(':').map((part) => Number.parseInt(part, 16));
    const { c, d } = probe.packet.src;
    return (
      c === (((m0 ^ 2) << 24) | (m1 << 16) | (m2 << 8) | 0xff) >>> 0 &&
      d === ((0xfe << 24) | (m3 << 16) | (m4 << 8) | m5) >>> 0
    );
  },
};
