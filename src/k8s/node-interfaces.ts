/** The devices by which nodes are on the network between them: each the one that has an address of its node's object. */
import type { NetNS } from '../netstack/netns.ts';
import type { IPCache } from './ip-cache.ts';

/** Rows for {@link PacketPath.detected}: each device once, by the first node that has it. */
export function describeNodeInterfaces(
  hosts: readonly { readonly host: NetNS; readonly name: string }[],
  cache: Pick<IPCache, 'node'>,
): readonly { readonly what: string; readonly value: string; readonly from: string }[] {
  const devices = new Map<string, string>();
  for (const { host, name } of hosts) {
    for (const ip of cache.node(name)?.addresses ?? []) {
      const dev = host.owner(ip)?.dev;
      if (dev !== undefined && !devices.has(dev)) devices.set(dev, `${ip.text} of Node ${name}`);
    }
  }
  return [...devices].map(([value, from]) => ({ what: NODE_INTERFACE, value, from }));
}

export const NODE_INTERFACE = 'node interface';
