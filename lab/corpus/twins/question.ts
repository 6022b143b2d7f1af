/** Turns one choice of properties into what both evaluators are asked. */
import type { IP } from '../../../src/model/address.ts';
import { addOffset, sameIP } from '../../../src/model/address.ts';
import type { CtInfo } from '../../../src/model/flow.ts';
import { forkIds } from '../../../src/model/fork.ts';
import { port, PROTOCOL } from '../../../src/model/packet.ts';
import type { Packet } from '../../../src/model/packet.ts';
import type { Hook } from '../../../src/model/step.ts';
import type { NetfilterEnv, NetfilterInput, PacketMeta } from '../../../src/netstack/netfilter/types.ts';
import type { Choice } from './axes.ts';

export function questionOf(choice: Choice, hook: Hook): NetfilterInput {
  const packet = packetOf(choice);
  return {
    hook,
    family: packet.family,
    packet,
    meta: metaOf(choice, hook),
    ct: connectionOf(choice, packet.protocol),
    env: environmentOf(choice),
    forkIds: forkIds(),
    assumed: new Map(),
  };
}

const DCCP = 33;
const WITH_PORTS: ReadonlySet<number> = new Set([PROTOCOL.tcp, PROTOCOL.udp, PROTOCOL.sctp, PROTOCOL.udplite, DCCP]);
const HEADER: Readonly<Record<number, number>> = { [PROTOCOL.tcp]: 24, [PROTOCOL.sctp]: 12 };

function packetOf({ src, dst, protocol, sport, dport, icmpType, icmpCode, tcpFlags, ...rest }: Choice): Packet {
  const isIcmp = protocol === PROTOCOL.icmp || protocol === PROTOCOL.icmpv6;
  const hasPorts = WITH_PORTS.has(protocol);
  return {
    family: src.family,
    src,
    // Nothing is sent to itself but by loopback.
    dst: sameIP(src, dst) ? addOffset(dst, 3) : dst,
    protocol,
    sport: port(hasPorts ? sport : 0),
    dport: port(hasPorts ? dport : 0),
    ...(isIcmp && { icmpType, icmpCode }),
    tcpFlags: protocol === PROTOCOL.tcp ? tcpFlags : 0,
    mark: rest.mark,
    tos: rest.tos,
    ttl: rest.ttl,
    length: (src.family === 4 ? 20 : 40) + (HEADER[protocol] ?? 8) + rest.length,
    df: true,
  };
}

function metaOf({ iif, oif, srcMac, pkttype }: Choice, hook: Hook): PacketMeta {
  const isLocal = hook === 'output';
  const hasOutput = hook === 'forward' || hook === 'output' || hook === 'postrouting';
  return {
    ...(!isLocal && { iif, srcMac }),
    ...(hasOutput && { oif }),
    isBridged: false,
    pkttype: isLocal ? 'host' : pkttype,
    isLocal,
  };
}

function connectionOf(choice: Choice, protocol: number): CtInfo {
  const [state, direction] = choice.connection;
  if (state === 'INVALID' || state === 'UNTRACKED')
    return { state, direction, isSnat: false, isDnat: false, mark: 0, zone: 0 };
  const tuple = (src: IP, dst: IP, [sport, dport]: readonly [number, number]) => ({
    src,
    dst,
    protocol,
    sport: port(sport),
    dport: port(dport),
  });
  return {
    state,
    direction,
    original: tuple(choice.origSrc, choice.origDst, [choice.origSport, choice.origDport]),
    reply: tuple(choice.replSrc, choice.replDst, [choice.replSport, choice.replDport]),
    isSnat: choice.isSnat,
    isDnat: choice.isDnat,
    mark: choice.ctMark,
    zone: 0,
  };
}

/** Routing that says what the choice says, whichever way it is asked. */
function environmentOf({ src, srcType, dstType, wayBack, iif, oif, group }: Choice): NetfilterEnv {
  return {
    addressType: (address) => (sameIP(address, src) ? srcType : dstType),
    hasReversePath: (_packet, _iif, { loose }) => (loose ? wayBack !== 'none' : wayBack === 'same'),
    hasSocket: () => undefined,
    testSet: () => undefined,
    deviceTo: () => (wayBack === 'none' ? '' : wayBack === 'same' ? iif : oif),
    deviceGroup: () => group,
  };
}
