/** Answers what netfilter matches ask of the namespace. */
import type { IP } from '../../model/address.ts';
import { NO_PORT } from '../../model/packet.ts';
import { testSet } from '../ipset/index.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { NetfilterEnv } from '../netfilter/types.ts';
import { lookupSocket } from '../socket/index.ts';

export const environment = perNamespace(makeEnvironment);

function makeEnvironment(ns: NetNS): NetfilterEnv {
  return {
    addressType: (address, dev) => (ns.router.ok ? ns.router.value.addressType(address, dev) : undefined),
    hasReversePath: (packet, iif, options) =>
      ns.router.ok ? ns.router.value.hasReversePath(packet, iif, options) : undefined,
    hasSocket: (packet, options) => {
      if (options.transparent || !ns.sockets.ok) return undefined;
      const found = lookupSocket(ns.sockets.value, packet, { sysctl: (key) => ns.sysctl(key) });
      if (found.kind === 'unknown') return undefined;
      if (found.kind === 'none') return false;
      return options.nowildcard
        ? found.socket.ip !== undefined && !/^(0\.0\.0\.0|::)$/.test(found.socket.ip.text)
        : true;
    },
    deviceTo: (address, { from, mark }) => deviceTo(ns, address, from, mark),
    deviceGroup(name) {
      const link = ns.link(name);
      if (link === undefined) return undefined;
      return link.group === undefined || link.group === 'default' ? 0 : numberOf(link.group);
    },
    testSet: (name, query) => (ns.ipsets.ok ? testSet(ns.ipsets.value, name, query) : undefined),
  };
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The lookup of a packet made here; undefined where the kernel may choose among several devices. */
function deviceTo(ns: NetNS, dst: IP, src: IP, mark: number): string | undefined {
  const { router } = ns;
  if (!router.ok) return undefined;
  const key = { dst, src, iif: 'lo', mark, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT };
  const devices = new Set(
    router.value.lookup(key).map((answer) => {
      switch (answer.kind) {
        case 'unknown':
          return undefined;
        case 'unicast':
        case 'broadcast':
        case 'multicast':
        case 'anycast':
          return answer.dev;
        default:
          return '';
      }
    }),
  );
  return devices.size === 1 ? [...devices][0] : undefined;
}
