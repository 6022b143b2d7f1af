/** Answers what netfilter matches ask of the namespace. */
import type { IP } from '../../model/address.ts';
import { NO_PORT } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import { testSet } from '../ipset/index.ts';
import type { NetNS } from '../netns.ts';
import { perNamespace } from '../per-namespace.ts';
import type { NetfilterEnv } from '../netfilter/types.ts';
import type { RouteAnswer } from '../router/index.ts';
import { lookupSocket } from '../socket/index.ts';

export const environment = perNamespace(makeEnvironment);

function makeEnvironment(ns: NetNS): NetfilterEnv {
  return {
    now: ns.collectedAt,
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
    pathMtu: (packet, iif) => pathMtu(ns, packet, iif),
    hasIpsecPolicy: () => (ns.xfrmPolicies.ok ? ns.xfrmPolicies.value.length > 0 : undefined),
    testSet: (name, query) => (ns.ipsets.ok ? testSet(ns.ipsets.value, name, query) : undefined),
  };
}

/** Undefined where the kernel may choose among ways that take different sizes. */
function pathMtu(ns: NetNS, { src, dst, mark, tos }: Packet, iif = 'lo'): number | undefined {
  const { router } = ns;
  if (!router.ok) return undefined;
  const key = { protocol: 0, sport: NO_PORT, dport: NO_PORT };
  const onwards = router.value.lookup({ ...key, dst, src, iif, mark, tos });
  const back = router.value.lookup({ ...key, dst: src, iif: 'lo', mark: 0, tos: 0 });
  const [there, here] = [onwards, back].map((answers) => agreed(answers.map((answer) => mtuOf(ns, answer))));
  return there === undefined || here === undefined ? undefined : Math.min(there, here);
}

/** Of no route there is no MTU to mind; undefined where it is not known. */
function mtuOf(ns: NetNS, answer: RouteAnswer): number | undefined {
  if (answer.alternatives !== undefined) return undefined;
  switch (answer.kind) {
    case 'unknown':
      return undefined;
    case 'unicast':
    case 'broadcast':
    case 'multicast':
    case 'anycast':
    case 'local':
      return answer.route?.mtu ?? ns.link(answer.kind === 'local' ? 'lo' : (answer.dev ?? 'lo'))?.mtu;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** The lookup of a packet made here; undefined where the kernel may choose among several devices. */
function deviceTo(ns: NetNS, dst: IP, src: IP, mark: number): string | undefined {
  const { router } = ns;
  if (!router.ok) return undefined;
  const key = { dst, src, iif: 'lo', mark, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT };
  return agreed(
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
}

/** What all of them are; undefined where they are not alike. */
function agreed<T>(values: readonly T[]): T | undefined {
  return new Set(values).size === 1 ? values[0] : undefined;
}
