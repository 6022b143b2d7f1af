/** The last part of a routed packet's way: POSTROUTING, then back in by lo, or to the neighbour and out. */
import { resolveAndTransmit } from '../neighbour/resolve.ts';
import { outDevice } from './output.ts';
import { receiveLooped } from './receive.ts';
import { runHook } from './run-hook.ts';
import type { Walk } from './walk.ts';
import { end, MOST_ROUNDS, unknown } from './walk.ts';

export function leaveByRoute(walk: Walk): void {
  const { route } = walk;
  if (route === undefined) return unknown(walk, 'unknown-state', 'a packet without a route');
  const oif = outDevice(route);
  runHook(walk, 'postrouting', { iif: walk.iif, oif }, (after) => {
    if (oif !== 'lo') return resolveAndTransmit(after, oif);
    const lo = walk.ns.link('lo');
    if (lo?.isUp === false)
      return end(after, 'link-down', `lo in ${walk.ns.key} is down`, { evidence: [{ kind: 'link', raw: lo.raw }] });
    if (after.rounds >= MOST_ROUNDS) return end(after, 'loop', `the packet goes round in ${walk.ns.key}`);
    after.rounds += 1;
    receiveLooped(after);
  });
}
