/** Gives routes that refer to a nexthop object the nexthops that the object stands for. */
import type { NexthopObject } from '../parse/nexthops.ts';
import type { Nexthop } from '../state.ts';
import type { NexthopResolver } from './tables.ts';

/**
 * The kernel spells nexthops out in the route unless net.ipv4.nexthop_compat_mode is 0. Groups are one level deep.
 */
export function nexthopResolver(objects: readonly NexthopObject[]): NexthopResolver {
  const byId = new Map(objects.map((object) => [object.id, object]));
  return {
    nexthopsOf(route) {
      if (route.nexthops.length > 0 || route.nhid === undefined) return route.nexthops;
      const object = byId.get(route.nhid);
      if (object === undefined) return route.nexthops;
      if (object.group === undefined) return [toNexthop(object, 1)];
      return object.group.flatMap(({ id, weight }) => {
        const member = byId.get(id);
        return member === undefined ? [] : [toNexthop(member, weight)];
      });
    },
    isBlackhole: (nhid) => byId.get(nhid)?.isBlackhole ?? false,
    isResilient: (nhid) => byId.get(nhid)?.isResilient ?? false,
  };
}

function toNexthop(object: NexthopObject, weight: number): Nexthop {
  return {
    ...(object.dev !== undefined && { dev: object.dev }),
    ...(object.via !== undefined && { via: object.via }),
    onlink: object.onlink,
    weight,
    isDead: object.isDead,
    isLinkDown: object.isLinkDown,
    ...(object.encap !== undefined && { encap: object.encap }),
  };
}
