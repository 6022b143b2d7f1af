/** br_dev_xmit: the namespace itself sends a frame by its bridge. */
import type { Frame } from '../../model/packet.ts';
import { retagged } from '../../model/packet.ts';
import type { NetLink } from '../state.ts';
import { transmitFrame } from '../walk/transmit.ts';
import type { Walk } from '../walk/walk.ts';
import { end, note, unknown } from '../walk/walk.ts';
import { flood } from './flood.ts';
import { runBridgeHook, STAGE } from './hooks.ts';
import type { BridgeView, FrameInVlan } from './ports.ts';
import { egressRefusal, egressTag, fdbLookup, vlanAt } from './ports.ts';

export function bridgeOutput(walk: Walk, view: BridgeView, frame: Frame): void {
  const { ns } = walk;
  const vlan = vlanAt(ns, view, view.bridge.name, frame.vlan);
  if (typeof vlan !== 'number') return end(walk, 'bridge-drop', vlan.reason, { evidence: [vlan.evidence] });
  const answer = fdbLookup(ns, view, frame, vlan);
  switch (answer.kind) {
    case 'unknown':
      return unknown(walk, 'unknown-state', answer.reason);
    case 'local': {
      const port = portWith(walk, view, frame.dstMac);
      if (port !== undefined) return sendBy(walk, view, port, { frame, vlan });
      const message = `${view.bridge.name} in ${ns.key} drops what it sends to its own MAC address`;
      return end(walk, 'bridge-drop', message, { evidence: [answer.evidence] });
    }
    case 'port':
      return sendBy(
        note(walk, 'bridge', `${view.bridge.name} knows ${frame.dstMac} behind ${answer.port.name}`, answer.evidence),
        view,
        answer.port,
        { frame, vlan },
      );
    case 'flood':
      return flood(walk, { view, from: undefined, mac: frame.dstMac }, (copy, port) =>
        sendBy(copy, view, port, { frame, vlan }),
      );
  }
}

/** br_forward: an address of the bridge that is a port's own leads out of that port. */
function portWith({ ns }: Walk, { bridge }: BridgeView, mac: string): NetLink | undefined {
  const own = ns.fdbOf(mac).find((entry) => entry.master === bridge.name && entry.dev !== bridge.name);
  return own === undefined ? undefined : ns.link(own.dev);
}

function sendBy(walk: Walk, view: BridgeView, port: NetLink, { frame, vlan }: FrameInVlan): void {
  const refusal = egressRefusal(undefined, port);
  if (refusal !== undefined) return end(walk, 'bridge-drop', refusal.reason, { evidence: [refusal.evidence] });
  const tag = egressTag(walk.ns, view, port.name, vlan);
  if ('reason' in tag) return end(walk, 'bridge-drop', tag.reason, { evidence: [tag.evidence] });
  const seen = tag.tag === frame.vlan ? frame : { srcMac: frame.srcMac, dstMac: frame.dstMac, vlan: tag.tag };
  const passing = { bridge: view.bridge.name, iif: undefined, oif: port.name, frame: seen };
  runBridgeHook(walk, STAGE.output, passing, (after) =>
    runBridgeHook(after, STAGE.postrouting, passing, (last) =>
      transmitFrame(last, port, retagged({ ...frame, packet: last.packet }, tag.tag)),
    ),
  );
}
