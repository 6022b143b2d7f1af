/** Finds the next hop's MAC address and sends the packet by its device. */
import type { Frame } from '../../model/packet.ts';
import { transmitFrame } from '../walk/transmit.ts';
import type { Walk } from '../walk/walk.ts';
import { collect, end, leave, note, unknown, unknownSection } from '../walk/walk.ts';
import { neighbourEntry } from './entry.ts';

export function resolveAndTransmit(walk: Walk, dev: string): void {
  const { ns, packet, route } = walk;
  const link = ns.link(dev);
  if (link === undefined) return unknown(walk, 'unknown-state', `${ns.key} has no device ${dev}`);
  if (link.kind.kind === 'unsupported') {
    return unknown(walk, 'unknown-device', `${dev} in ${ns.key} is a ${link.kind.name} device, which is not modelled yet`, [{ kind: 'link', raw: link.raw }]);
  }
  if (!link.isUp) return end(walk, 'link-down', `${dev} in ${ns.key} is down`, { evidence: [{ kind: 'link', raw: link.raw }] });
  const ip = route?.nexthopIp ?? packet.dst;
  const entry = neighbourEntry(ns, link, ip);
  if (entry.kind === 'missing') return unknownSection(walk, entry.missing);
  const frameTo = (mac: string): Frame => ({ srcMac: link.mac, dstMac: mac, packet });
  if (entry.kind === 'known') {
    return transmitFrame(note(walk, 'neighbour', `${ip.text} is ${entry.mac} (${entry.state})`, entry.evidence), link, frameTo(entry.mac));
  }
  const { router } = ns;
  if (!router.ok) return unknownSection(walk, router.missing);
  // arp_solicit with arp_announce 0: the packet's own source where it is local, else an address of the device.
  const isOwn = walk.isLocal && ns.owner(packet.src) !== undefined;
  const sender = isOwn && packet.family === 4 ? packet.src : (router.value.interfaceAddress(ip.family, dev, ip) ?? packet.src);
  walk.run.emit({
    kind: 'resolve', ...leave(walk),
    resolve: { ip, dev, sender, senderMac: link.mac, ...(entry.failed === undefined ? {} : { failed: entry.failed }) },
    resume: (mac) => collect(note(walk, 'neighbour', `${ip.text} answers as ${mac}`), (again) => transmitFrame(again, link, frameTo(mac))),
  });
}
