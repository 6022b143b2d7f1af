/** vlan_dev_hard_start_xmit and vlan_do_receive: a device that is one tag of the device below. */
import type { Frame } from '../../model/packet.ts';
import { linksOf, type NetNS } from '../netns.ts';
import type { NetLink, VlanKind } from '../state.ts';
import { sendAway, transmitFrame } from '../walk/transmit.ts';
import type { Walk } from '../walk/walk.ts';
import { note, unknown } from '../walk/walk.ts';

export function transmitTagged(walk: Walk, link: NetLink, { id }: VlanKind, frame: Frame): void {
  const evidence = { kind: 'link', raw: link.raw } as const;
  if (frame.vlan !== undefined)
    return unknown(walk, 'unknown-device', `${link.name} puts a second tag on the frame, which is not modelled`, [
      evidence,
    ]);
  const tagged: Frame = { ...frame, vlan: id };
  note(walk, 'device', `${link.name} tags it with VLAN ${id}`, evidence);
  const lower = lowerHere(walk.ns, link);
  if (lower !== undefined) return transmitFrame(walk, lower, tagged);
  sendAway(walk, link, tagged);
}

/** The device below, where it is in the same namespace. */
export function lowerHere(ns: NetNS, link: NetLink): NetLink | undefined {
  if (link.linkNetnsid !== undefined || link.linkIndex === undefined) return undefined;
  return linksOf(ns).find((each) => each.ifindex === link.linkIndex);
}

/** The device of this namespace that takes the frames of a tag from a device. */
export function tagDevice(ns: NetNS, link: NetLink, tag: number): NetLink | undefined {
  return linksOf(ns).find(
    (each) =>
      each.kind.kind === 'vlan' &&
      each.kind.id === tag &&
      each.linkIndex === link.ifindex &&
      each.linkNetnsid === undefined,
  );
}

/** A device that is not modelled and may take tagged frames. */
export function oddTagDevice(ns: NetNS, link: NetLink): NetLink | undefined {
  return linksOf(ns).find(
    ({ kind, linkIndex }) => kind.kind === 'unsupported' && kind.name.startsWith('vlan') && linkIndex === link.ifindex,
  );
}
