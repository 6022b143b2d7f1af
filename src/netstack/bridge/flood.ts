/** A bridge that does not know where an address lives sends a copy of the frame by every port that may have it. */
import type { NetLink } from '../state.ts';
import type { Walk } from '../walk/walk.ts';
import { collect, end, leave, note } from '../walk/walk.ts';
import type { BridgeView } from './ports.ts';
import { egressRefusal, portsOf } from './ports.ts';

export interface Flood {
  readonly view: BridgeView;
  /** The port that the frame came in by; undefined where the bridge itself sends. */
  readonly from: NetLink | undefined;
  readonly mac: string;
}

export function flood(walk: Walk, { view, from, mac }: Flood, send: (copy: Walk, port: NetLink) => void): void {
  const { name } = view.bridge;
  const outs = portsOf(walk.ns, view.bridge).filter(
    (port) => egressRefusal(from, port) === undefined && port.port?.flood !== false,
  );
  const flooded = note(walk, 'bridge', `${name} does not know ${mac} and floods ${outs.length} ports`);
  if (outs.length === 0) return end(flooded, 'bridge-drop', `${name} has no port to send ${mac} to`);
  const copies = outs.flatMap((port) => collect(flooded, (copy) => send(copy, port)));
  walk.run.emit({ kind: 'flood', ...leave(flooded), copies });
}
