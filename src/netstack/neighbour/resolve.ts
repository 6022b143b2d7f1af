/** Finds the next hop's MAC address and sends the packet by its device. */
import { isLinkLocal } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Frame } from '../../model/packet.ts';
import { transmitFrame } from '../walk/transmit.ts';
import type { Walk } from '../walk/walk.ts';
import { collect, end, leave, note, unknown, unknownSection } from '../walk/walk.ts';
import { neighbourEntry } from './entry.ts';

/**
 * Who asks. arp_solicit with arp_announce 0 and ndisc_solicit: the packet's own source where that is local, else an
 * address of the device, for IPv6 the link-local one.
 */
export function senderOf({ ns, packet, isLocal }: Walk, dev: string, ip: IP): IP | undefined {
  const own = isLocal && packet.family === ip.family ? ns.owner(packet.src) : undefined;
  if (own !== undefined && (ip.family === 4 || own.dev === dev)) return packet.src;
  if (ip.family === 6) return ns.addressesOn(dev, 6).find((address) => isLinkLocal(address.ip))?.ip;
  return ns.router.ok ? ns.router.value.interfaceAddress(4, dev, ip) : undefined;
}

export function resolveAndTransmit(walk: Walk, dev: string): void {
  const { ns, packet, route } = walk;
  const link = ns.link(dev);
  if (link === undefined) return unknown(walk, 'unknown-state', `${ns.key} has no device ${dev}`);
  if (link.kind.kind === 'unsupported') {
    return unknown(
      walk,
      'unknown-device',
      `${dev} in ${ns.key} is a ${link.kind.name} device, which is not modelled yet`,
      [{ kind: 'link', raw: link.raw }],
    );
  }
  if (!link.isUp)
    return end(walk, 'link-down', `${dev} in ${ns.key} is down`, { evidence: [{ kind: 'link', raw: link.raw }] });
  const ip = route?.nexthopIp ?? packet.dst;
  const entry = neighbourEntry(ns, link, ip);
  if (entry.kind === 'missing') return unknownSection(walk, entry.missing);
  const frameTo = (mac: string): Frame => ({ srcMac: link.mac, dstMac: mac, packet });
  if (entry.kind === 'known') {
    return transmitFrame(
      note(walk, 'neighbour', `${ip.text} is ${entry.mac} (${entry.state})`, entry.evidence),
      link,
      frameTo(entry.mac),
    );
  }
  const sender = senderOf(walk, dev, ip) ?? packet.src;
  walk.run.emit({
    kind: 'resolve',
    ...leave(walk),
    resolve: { ip, dev, sender, senderMac: link.mac, ...(entry.failed === undefined ? {} : { failed: entry.failed }) },
    resume: (mac) =>
      collect(walk, (again) =>
        transmitFrame(note(again, 'neighbour', `${ip.text} answers as ${mac}`), link, frameTo(mac)),
      ),
  });
}
