/** From the text of a dump's sections to the typed state of a namespace. */
export { parseAddresses } from './addresses.ts';
export { parseBridgeVlan } from './bridge-vlan.ts';
export { parseConntrack } from './conntrack.ts';
export { parseFdb } from './fdb.ts';
export { parseLinks } from './links.ts';
export { parseNeighbours } from './neighbours.ts';
export { parseNetnsIds } from './netns-ids.ts';
export type { NetnsId } from './netns-ids.ts';
export { parseNexthops } from './nexthops.ts';
export type { NexthopObject } from './nexthops.ts';
export { parseRoutes } from './routes.ts';
export { parseRules } from './rules.ts';
export { SectionError } from './section-error.ts';
export { parseSockets } from './sockets.ts';
export { parseSysctls } from './sysctls.ts';
