/** Answers what netfilter matches ask of the namespace. */
import { testSet } from '../ipset/index.ts';
import type { NetNS } from '../netns.ts';
import type { NetfilterEnv } from '../netfilter/types.ts';
import { lookupSocket } from '../socket/index.ts';

const kept = new WeakMap<NetNS, NetfilterEnv>();

export function environment(ns: NetNS): NetfilterEnv {
  let env = kept.get(ns);
  if (env === undefined) {
    env = makeEnvironment(ns);
    kept.set(ns, env);
  }
  return env;
}

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
    testSet: (name, query) => (ns.ipsets.ok ? testSet(ns.ipsets.value, name, query) : undefined),
  };
}
