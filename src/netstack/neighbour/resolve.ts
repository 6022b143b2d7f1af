/** Finds the next hop's MAC address and sends the packet by its device. */
import { isLinkLocal } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { sayUnsupported } from '../unsupported-device.ts';
import { transmitFrame } from '../walk/transmit.ts';
import type { Next, Walk } from '../walk/walk.ts';
import { collect, end, fork, leave, note, unknown, unknownSection } from '../walk/walk.ts';
import type { NetNS } from '../netns.ts';
import type { NetLink } from '../state.ts';
import type { Ask, Learned } from './answer.ts';
import { astrayAnswers } from './astray.ts';
import { barredAtAsker } from './discovery.ts';
import { FIXED, neighbourEntry, type KnownNeighbour } from './entry.ts';

/**
 * Who asks. arp_solicit with arp_announce 0 and ndisc_solicit: the packet's own source where that is local (NAT may
 * have made it so), else an address of the device, for IPv6 the link-local one.
 */
export function senderOf({ ns, packet }: Walk, dev: string, ip: IP): IP | undefined {
  const own = packet.family === ip.family ? ns.owner(packet.src) : undefined;
  if (own !== undefined && (ip.family === 4 || own.dev === dev)) return packet.src;
  if (ip.family === 6) return ns.addressesOn(dev, 6).find((address) => isLinkLocal(address.ip))?.ip;
  return ns.router.ok ? ns.router.value.interfaceAddress(4, dev, ip) : undefined;
}

/** Why the namespace would not hear an answer if it asked. */
function silence(ns: NetNS, link: NetLink, ask: Ask): string | undefined {
  return astrayAnswers(ns, link) ?? (ask.ip.family === 4 ? undefined : barredAtAsker(ns, link.name, ask)?.reason);
}

/** An entry that can't be asked for again is good until it is to be confirmed: whether it still is, is not known. */
function untilItEnds(
  walk: Walk,
  entry: { readonly ip: IP; readonly dev: string; readonly evidence: Evidence; readonly reason: string },
  go: Next,
): void {
  const { ip, dev, evidence, reason } = entry;
  fork(walk, 'ignorance', [
    { label: `${dev} still knows ${ip.text}, though ${reason}`, evidence, go },
    {
      label: `${dev} knows ${ip.text} no longer`,
      go: (branch) =>
        end(branch, 'no-neighbour', `nobody answers for ${ip.text} on ${dev} of ${walk.ns.key}: ${reason}`, {
          evidence: [evidence],
          notice: 'EHOSTUNREACH',
        }),
    },
  ]);
}

/**
 * arp_process: whoever else has the address tells so with each question that he asks from it. And an entry whose
 * confirmation gets lost is given up.
 */
function isFleeting({ run }: Walk, state: string, learned: Learned): boolean {
  return !FIXED.has(state) && run.isFleeting?.(learned) === true;
}

export function resolveAndTransmit(walk: Walk, dev: string): void {
  const { ns, packet, route } = walk;
  const link = ns.link(dev);
  if (link === undefined) return unknown(walk, 'unknown-state', `${ns.key} has no device ${dev}`);
  if (link.kind.kind === 'unsupported') {
    return unknown(walk, 'unknown-device', `${dev} in ${ns.key} ${sayUnsupported(link)}`, [
      { kind: 'link', raw: link.raw },
    ]);
  }
  if (!link.isUp)
    return end(walk, 'link-down', `${dev} in ${ns.key} is down`, { evidence: [{ kind: 'link', raw: link.raw }] });
  const ip = route?.nexthopIp ?? packet.dst;
  const sender = senderOf(walk, dev, ip) ?? packet.src;
  findNeighbour(
    walk,
    { link, ip, sender },
    (mac) => (found) => transmitFrame(found, link, { srcMac: link.mac, dstMac: mac, packet: found.packet }),
  );
}

/** Goes on with the MAC address that the neighbour table has, or with each that the link answers. */
export function findNeighbour(
  walk: Walk,
  { link, ip, sender }: { readonly link: NetLink; readonly ip: IP; readonly sender: IP },
  go: (mac: string) => Next,
): void {
  const { ns, route } = walk;
  const entry = neighbourEntry(ns, link, ip);
  if (entry.kind === 'missing') return unknownSection(walk, entry.missing);
  const ask = { ip, sender, senderMac: link.mac };
  const known = entry.kind === 'known' ? { entry, link, ask } : undefined;
  if (known !== undefined && !isFleeting(walk, known.entry.state, { ...ask, mac: known.entry.mac }))
    return goByEntry(walk, known, go);
  walk.run.emit({
    kind: 'resolve',
    ...leave(walk),
    resolve: {
      ...ask,
      dev: link.name,
      failed: entry.kind === 'ask' ? entry.failed : undefined,
      known: known?.entry.mac,
      ...(route?.yieldsIfSilent && { hasOtherRoute: true as const }),
    },
    resume: (mac) => collect(walk, (again) => go(mac)(note(again, 'neighbour', `${ip.text} answers as ${mac}`))),
    ...(known && { byEntry: () => collect(walk, (again) => goByEntry(again, known, go)) }),
  });
}

/** Goes on with what an entry says, for as long as it stays. */
function goByEntry(
  walk: Walk,
  { entry, link, ask }: { readonly entry: KnownNeighbour; readonly link: NetLink; readonly ask: Ask },
  go: (mac: string) => Next,
): void {
  const { mac, state, evidence } = entry;
  const goOn: Next = (branch) => go(mac)(note(branch, 'neighbour', `${ask.ip.text} is ${mac} (${state})`, evidence));
  const reason = FIXED.has(state) ? undefined : silence(walk.ns, link, ask);
  if (reason === undefined) return goOn(walk);
  untilItEnds(walk, { ip: ask.ip, dev: link.name, evidence, reason }, goOn);
}
