/** What a bridge does with a frame at its ports: where it may come in, where it may go out, where its address lives. */
import type { Evidence } from '../../model/evidence.ts';
import type { Frame } from '../../model/packet.ts';
import { linksOf, type NetNS } from '../netns.ts';
import type { BridgeKind, NetLink } from '../state.ts';

export interface BridgeView {
  readonly bridge: NetLink;
  readonly kind: BridgeKind;
}

/** A frame with the VLAN that it is in on this bridge; 0 where the bridge does not filter. */
export interface FrameInVlan {
  readonly frame: Frame;
  readonly vlan: number;
}

/** Why a port takes or gives no frame; undefined where it does. */
export interface Refusal {
  readonly reason: string;
  readonly evidence: Evidence;
}

export type FdbAnswer =
  | { readonly kind: 'local'; readonly evidence: Evidence }
  | { readonly kind: 'port'; readonly port: NetLink; readonly evidence: Evidence }
  | { readonly kind: 'flood' }
  | { readonly kind: 'unknown'; readonly reason: string };

export function portsOf(ns: NetNS, bridge: NetLink): readonly NetLink[] {
  return linksOf(ns).filter((link) => link.master === bridge.name);
}

/** A port that is down, or not in a state that forwards (br_handle_frame, should_deliver). */
export function portRefusal(port: NetLink): Refusal | undefined {
  const evidence: Evidence = { kind: 'link', raw: port.raw };
  if (!port.isUp) return { reason: `bridge port ${port.name} is down`, evidence };
  if (port.port !== undefined && port.port.state !== 'forwarding')
    return { reason: `bridge port ${port.name} is ${port.port.state}`, evidence };
  return undefined;
}

/** Whether a frame from `from` may leave by `to` (br_forward.c should_deliver); `from` undefined: the bridge itself sends. */
export function egressRefusal(from: NetLink | undefined, to: NetLink): Refusal | undefined {
  const refusal = portRefusal(to);
  if (refusal !== undefined) return refusal;
  const evidence: Evidence = { kind: 'link', raw: to.raw };
  if (from !== undefined && from.name === to.name && to.port?.hairpin !== true) {
    return {
      reason: `the frame would leave by the port that it came in by, and hairpin is off on ${to.name}`,
      evidence,
    };
  }
  if (from?.port?.isolated === true && to.port?.isolated === true) {
    return { reason: `bridge ports ${from.name} and ${to.name} are isolated from each other`, evidence };
  }
  return undefined;
}

/** Where the destination's MAC address lives, as the forwarding database has it. */
export function fdbLookup(ns: NetNS, view: BridgeView, frame: Frame, vlan: number): FdbAnswer {
  // with VLAN filtering the bridge has its own address only in its own VLANs (br_fdb_add_local)
  const own: FdbAnswer | undefined =
    frame.dstMac === view.bridge.mac && !view.kind.vlanFiltering
      ? { kind: 'local', evidence: { kind: 'link', raw: view.bridge.raw } }
      : undefined;
  const { fdb } = ns;
  if (!fdb.ok && own !== undefined) return own;
  if (!fdb.ok) return { kind: 'unknown', reason: `section ${fdb.missing.section}: ${fdb.missing.reason}` };
  const entries = ns.fdbOf(frame.dstMac).filter((entry) => entry.master === view.bridge.name);
  const entry = entries.find((each) => (each.vlan ?? 0) === vlan) ?? (view.kind.vlanFiltering ? undefined : entries[0]);
  // an entry that somebody put in the place of the bridge's own goes before it
  if (entry === undefined || (own !== undefined && entry.state !== 'static')) return own ?? { kind: 'flood' };
  const evidence: Evidence = { kind: 'fdb', raw: entry.raw };
  if (entry.state === 'permanent') return { kind: 'local', evidence };
  const port = ns.link(entry.dev);
  return port === undefined
    ? { kind: 'unknown', reason: `FDB names a device that is not there: ${entry.dev}` }
    : { kind: 'port', port, evidence };
}

/** The VLAN that an untagged or tagged frame is in on this port; a refusal where the port does not carry it (br_vlan.c). */
export function vlanAt(ns: NetNS, view: BridgeView, dev: string, tag: number | undefined): number | Refusal {
  if (!view.kind.vlanFiltering) return tag ?? 0;
  const { vlans } = ns;
  const evidence: Evidence = { kind: 'link', raw: `${dev} on ${view.bridge.name} (VLAN filtering)` };
  if (!vlans.ok) return { reason: `the VLANs of ${dev} are not known (${vlans.missing.reason})`, evidence };
  const own = vlans.value.filter((vlan) => vlan.dev === dev);
  if (tag === undefined) {
    return (
      own.find((vlan) => vlan.isPvid)?.first ?? {
        reason: `${dev} has no PVID, so untagged frames are dropped`,
        evidence,
      }
    );
  }
  return own.some((vlan) => tag >= vlan.first && tag <= vlan.last)
    ? tag
    : { reason: `${dev} does not carry VLAN ${tag}`, evidence };
}

/** The tag that a frame of this VLAN leaves the port with; a refusal where the port does not carry it. */
export function egressTag(ns: NetNS, view: BridgeView, dev: string, vlan: number): { readonly tag?: number } | Refusal {
  if (!view.kind.vlanFiltering) return vlan === 0 ? {} : { tag: vlan };
  const { vlans } = ns;
  const own = vlans.ok
    ? vlans.value.find((each) => each.dev === dev && vlan >= each.first && vlan <= each.last)
    : undefined;
  if (own === undefined) {
    return {
      reason: `${dev} does not carry VLAN ${vlan}`,
      evidence: { kind: 'link', raw: `${dev} on ${view.bridge.name} (VLAN filtering)` },
    };
  }
  return own.isUntagged ? {} : { tag: vlan };
}
