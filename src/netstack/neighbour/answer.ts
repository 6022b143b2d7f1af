/** Whether an interface answers an ARP or NDP question for an address. */
import type { IP } from '../../model/address.ts';
import { assertNever } from '../../model/assert-never.ts';
import { shareBits } from '../../model/address.ts';
import { NO_PORT } from '../../model/packet.ts';
import type { NetNS } from '../netns.ts';
import { barredByArpAtAsked } from './arp-rules.ts';
import { briefAnswer } from './brief.ts';
import { barredAtAsked, type Barred } from './discovery.ts';
import { FIXED } from './entry.ts';
import type { Router } from '../router/index.ts';
import type { RouteAnswer } from '../router/types.ts';
import type { NetLink } from '../state.ts';

/** Who asks on the link, and for what. */
export interface Ask {
  readonly ip: IP;
  readonly sender: IP;
  readonly senderMac: string;
}

/** What an entry says that was learned, and who would ask to have it confirmed. */
export interface Learned extends Ask {
  readonly mac: string;
}

export type AskAnswer =
  | { readonly kind: 'yes'; readonly mac: string; readonly by: string }
  | { readonly kind: 'no'; readonly reason: string }
  /** It would say `mac`, if rules let the question and the answer through: `reason` names what surely or maybe drops one. */
  | { readonly kind: 'barred'; readonly mac: string; readonly by: string; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export function answerOf(ns: NetNS, link: NetLink, ask: Ask): AskAnswer {
  if (!link.isUp) return { kind: 'no', reason: `${link.name} of ${ns.key} is down` };
  // One that forwards is looked at like others, though not for its rules.
  if (ns.isBrief && ns.section('ip4-local') !== undefined) return briefAnswer(ns, link, ask.ip);
  const { router } = ns;
  if (!router.ok)
    return { kind: 'unknown', reason: `section ${router.missing.section} of ${ns.key}: ${router.missing.reason}` };
  return ask.ip.family === 4 ? arpAnswer(ns, link, ask, router.value) : ndpAnswer(ns, link, ask);
}

/** arp_process in net/ipv4/arp.c */
function arpAnswer(ns: NetNS, link: NetLink, ask: Ask, router: Router): AskAnswer {
  const no = (reason: string): AskAnswer => ({ kind: 'no', reason });
  if (link.noArp) return no(`${link.name} does no ARP`);
  const said = (by: string): AskAnswer =>
    ifPassed(barredByArpAtAsked(ns, link.name, link.mac, ask), { kind: 'yes', mac: link.mac, by });
  const key = {
    dst: ask.ip,
    src: ask.sender,
    iif: link.name,
    mark: 0,
    tos: 0,
    protocol: 0,
    sport: NO_PORT,
    dport: NO_PORT,
  };
  const answers = router.lookup(key);
  const answer = answers[0];
  if (answer === undefined || answer.kind === 'unknown')
    return { kind: 'unknown', reason: answer?.reason ?? 'no answer from the router' };
  // The route lookup validates the sender as it would a packet's source.
  const valid = router.checkSource(key);
  if (valid.ok === 'unknown') return { kind: 'unknown', reason: valid.reason };
  if (answer.kind === 'local') {
    if (!valid.ok)
      return no(`${ns.key} does not take ${ask.sender.text} on ${link.name} (${valid.reason}), so it does not answer`);
    const silent = arpIgnore(ns, link, ask) ?? arpFilter(ns, link, ask, router);
    // what it asks for itself teaches the other its address all the same (arp_process)
    return silent?.kind === 'no'
      ? { kind: 'barred', mac: link.mac, by: ns.key, reason: silent.reason }
      : (silent ?? said(ns.key));
  }
  const isForwarding = (ns.conf(4, link.name, 'forwarding') ?? 0) !== 0;
  if (answer.kind !== 'unicast' || !isForwarding || !valid.ok)
    return no(`${ask.ip.text} is not an address of ${ns.key}`);
  const isElsewhere = answers.every((each) => each.dev !== link.name);
  // arp_fwd_pvlan: for those of its own segment, which do not hear each other.
  if (!isElsewhere && orConf(ns, link.name, 'proxy_arp_pvlan') && ask.sender.text !== ask.ip.text) {
    return answers.every((each) => each.dev === link.name)
      ? said(`${ns.key} (proxy)`)
      : {
          kind: 'unknown',
          reason: `proxy_arp_pvlan of ${ns.key}: ${ask.ip.text} is beyond ${link.name} on some ways only`,
        };
  }
  const isProxy = orConf(ns, link.name, 'proxy_arp') || ns.hasProxyEntry(link.name, ask.ip);
  if (isProxy && isElsewhere) return said(`${ns.key} (proxy)`);
  return no(
    isProxy
      ? `${ns.key} routes ${ask.ip.text} back out of ${link.name}, so its proxy does not answer`
      : `${ns.key} has not the address and proxy_arp is off on ${link.name}`,
  );
}

function arpIgnore(ns: NetNS, link: NetLink, ask: Ask): AskAnswer | undefined {
  const level = Math.max(ns.conf(4, 'all', 'arp_ignore') ?? 0, ns.conf(4, link.name, 'arp_ignore') ?? 0);
  const no: AskAnswer = { kind: 'no', reason: `arp_ignore is ${level} on ${link.name} of ${ns.key}` };
  const own = ns.addressesOn(link.name, 4).find((address) => address.ip.text === ask.ip.text);
  if (level === 1) return own === undefined ? no : undefined;
  if (level === 2) return own !== undefined && shareBits(own.ip, ask.sender, own.prefixLength) ? undefined : no;
  if (level === 8) return no;
  if (level !== 0)
    return { kind: 'unknown', reason: `arp_ignore ${level} on ${link.name} of ${ns.key} is not modelled` };
  return undefined;
}

/** arp_filter(): an answer only where the way back to who asks leads out of the device that the question came in by. */
function arpFilter(ns: NetNS, link: NetLink, { ip, sender }: Ask, router: Router): AskAnswer | undefined {
  if (!orConf(ns, link.name, 'arp_filter')) return undefined;
  const no: AskAnswer = {
    kind: 'no',
    reason: `arp_filter is on for ${link.name} of ${ns.key}, and its way to ${sender.text} is another one`,
  };
  if (!router.mayBeSource(ip)) return no;
  const key = { dst: sender, src: ip, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT };
  const back = router.lookup(key);
  if (back.every(({ kind, dev }) => kind === 'unicast' && dev === link.name)) return undefined;
  if (back.every((answer) => isElsewhere(answer, link))) return no;
  return {
    kind: 'unknown',
    reason: `the way back to ${sender.text}, which arp_filter of ${ns.key} asks for, is not known`,
  };
}

/** ndisc_recv_ns in net/ipv6/ndisc.c: the address must be on this very interface, or a proxy entry must stand for it. */
function ndpAnswer(ns: NetNS, link: NetLink, ask: Ask): AskAnswer {
  if (ns.conf(6, link.name, 'disable_ipv6') === 1)
    return { kind: 'no', reason: `IPv6 is disabled on ${link.name} of ${ns.key}` };
  const own = ns.addressesOn(link.name, 6).find((address) => address.ip.text === ask.ip.text);
  if (link.noArp) return { kind: 'no', reason: `${link.name} of ${ns.key} does no neighbour discovery` };
  const astray = astrayEntry(ns, link, ask);
  if (own !== undefined) {
    const isUsable = !own.flags.includes('dadfailed') && !own.flags.includes('tentative');
    if (!isUsable)
      return { kind: 'no', reason: `${ask.ip.text} on ${link.name} of ${ns.key} is ${own.flags.join(' ')}` };
    // whoever has the address may ask for another one of the asker's from it, which tells as much
    const barred = astray === undefined ? undefined : { reason: astray, mayBeLearned: true };
    return ifPassed(barredAtAsked(ns, link.name, ask) ?? barred, { kind: 'yes', mac: link.mac, by: ns.key });
  }
  if (astray !== undefined) return { kind: 'no', reason: astray };
  const isForwarding = orConf(ns, link.name, 'forwarding', 6);
  if (isForwarding && orConf(ns, link.name, 'proxy_ndp', 6) && ns.hasProxyEntry(link.name, ask.ip)) {
    return { kind: 'yes', mac: link.mac, by: `${ns.key} (proxy)` };
  }
  if (isAnycastOn(ns, link, ask))
    return {
      kind: 'barred',
      mac: link.mac,
      by: ns.key,
      reason: `${ns.key} waits before it answers for an anycast address (proxy_delay)`,
    };
  return { kind: 'no', reason: `${ask.ip.text} is not an address of ${link.name} in ${ns.key}` };
}

/** An advertisement is a packet like others and goes by the neighbour table; an ARP reply does not. */
function astrayEntry(ns: NetNS, link: NetLink, { sender, senderMac }: Ask): string | undefined {
  const known = ns.neighbour(link.name, sender);
  if (known === undefined || !FIXED.has(known.state) || known.mac === senderMac) return undefined;
  return `${ns.key} sends its answer to ${known.mac ?? 'nobody'}, a ${known.state} neighbour entry, not to ${senderMac}`;
}

/** ipv6_chk_acast_addr: a router has the first address of each of its subnets as well. */
function isAnycastOn({ router }: NetNS, link: NetLink, { ip, sender }: Ask): boolean {
  if (!router.ok) return false;
  const key = { dst: ip, src: sender, iif: link.name, mark: 0, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT };
  return router.value
    .lookup(key)
    .some(({ kind, route }) => kind === 'anycast' && route?.nexthops[0]?.dev === link.name);
}

function ifPassed(barred: Barred | undefined, answer: Extract<AskAnswer, { kind: 'yes' }>): AskAnswer {
  if (barred === undefined) return answer;
  return barred.mayBeLearned
    ? { ...answer, kind: 'barred', reason: barred.reason }
    : { kind: 'no', reason: barred.reason };
}

function isElsewhere({ kind, dev }: RouteAnswer, link: NetLink): boolean {
  switch (kind) {
    case 'local':
    case 'none':
    case 'unreachable':
    case 'prohibit':
    case 'blackhole':
      return true;
    case 'unicast':
      return dev !== link.name;
    case 'broadcast':
    case 'multicast':
    case 'anycast':
    case 'unknown':
      return false;
    default:
      return assertNever(kind);
  }
}

function orConf(ns: NetNS, dev: string, key: string, family: 4 | 6 = 4): boolean {
  return (ns.conf(family, 'all', key) ?? 0) !== 0 || (ns.conf(family, dev, key) ?? 0) !== 0;
}
