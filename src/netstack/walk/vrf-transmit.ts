/** vrf_xmit: what a route leads into a VRF is routed anew by the VRF's table, and meets OUTPUT and POSTROUTING once more. */
import type { NetLink } from '../state.ts';
import { mtuOf } from './forward.ts';
import { leaveByRoute } from './leave.ts';
import { outDevice } from './output.ts';
import { withRoute } from './route.ts';
import { runHook } from './run-hook.ts';
import type { Walk } from './walk.ts';
import { end, MOST_ROUNDS, note, unknown } from './walk.ts';

export function transmitByVrf(walk: Walk, vrf: NetLink): void {
  const evidence = { kind: 'link', raw: vrf.raw } as const;
  if (walk.rounds >= MOST_ROUNDS) return end(walk, 'loop', `the packet goes round in ${walk.ns.key}`);
  walk.rounds += 1;
  note(walk, 'device', `into ${vrf.name}, whose table decides again`, evidence);
  withRoute(walk, { iif: 'lo', oif: vrf.name }, (routed, answer) => {
    const oif = outDevice(answer);
    if (answer.kind === 'unicast' && oif !== vrf.name) {
      const mtu = mtuOf(routed, oif);
      if (mtu !== undefined && routed.packet.length > mtu.value)
        return unknown(
          routed,
          'mtu',
          `a packet of ${routed.packet.length} bytes does not fit ${oif} behind ${vrf.name}`,
          [mtu.evidence],
        );
      return runHook(routed, 'output', { iif: undefined, oif }, leaveByRoute);
    }
    if (answer.kind === 'none')
      // vrf_tx_error: nobody is told
      return end(routed, 'no-route', `no route of ${vrf.name} in ${walk.ns.key} leads to ${routed.packet.dst.text}`, {
        evidence: [...answer.evidence, evidence],
      });
    unknown(
      routed,
      'unknown-device',
      `a route of ${walk.ns.key} leads into the VRF ${vrf.name}, which has a route of type ${answer.kind}, and that is not followed`,
      [...answer.evidence, evidence],
    );
  });
}
