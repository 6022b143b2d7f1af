/** What follows when a packet is taken: the server answers, the client goes on, the server goes on. */
import type { IP } from '../model/address.ts';
import { isUnspecified, sameIP } from '../model/address.ts';
import type { Packet } from '../model/packet.ts';
import { PROTOCOL } from '../model/packet.ts';
import type { Branch, Ending } from '../model/path.ts';
import type { ListeningSocket } from '../netstack/state.ts';
import type { Luggage, Outcome } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import { firstPacket, followUp, replyTo } from './first-packet.ts';
import { enter, takersOf } from './from-outside.ts';
import { inCase, inPhase, knowing, withHop } from './journey.ts';
import type { Journey } from './journey.ts';
import { segmentOf } from './segment.ts';
import { finish, hopOf, luggageOf, sourceOf } from './walk.ts';
import type { Visit, Walk } from './walk.ts';

export async function delivered(
  walk: Walk,
  outcome: Outcome & { kind: 'deliver' },
  visit: Visit,
  journey: Journey,
): Promise<readonly Branch[]> {
  const { at } = visit;
  const arrived = withHop(journey, hopOf(outcome, visit, 'serve'));
  const ok: Ending = {
    verdict: 'reachable',
    reason: 'ok',
    node: at.id,
    message: `${at.id} takes the packet`,
    evidence: outcome.socket === undefined ? [] : [{ kind: 'socket', raw: outcome.socket.raw }],
  };
  if (journey.phase === 'answered' || journey.isError === true) return [finish(walk, arrived, ok)];
  if (journey.phase === 'established') return acknowledge(walk, inPhase(arrived, 'answered'), at, outcome.packet);
  if (journey.phase === 'reply') {
    if (outcome.packet.protocol !== PROTOCOL.tcp) return [finish(walk, arrived, ok)];
    return continueAsClient(walk, inPhase(knowing(arrived, outcome.packet.mss), 'established'));
  }
  const served: Journey = inPhase(
    {
      ...arrived,
      served: {
        packet: outcome.packet,
        nsKey: at.ns.key,
        evidence: ok.evidence,
        ...(outcome.isTransparent === true ? { isTransparent: true } : {}),
        iif: outcome.iif === 'lo' ? at.ns.owner(outcome.packet.dst)?.dev : outcome.iif,
        // a UDP socket that is bound to nothing answers by whatever route there is
        ...(outcome.vrf === undefined || (outcome.socket?.protocol === 'udp' && outcome.socket.dev === undefined)
          ? {}
          : { vrf: outcome.vrf }),
      },
    },
    'reply',
  );
  const reply = replyTo(outcome.packet);
  const other = otherSource(at, reply, outcome.socket);
  if (other === undefined) return answerWith(walk, served, at, reply);
  const id = walk.forkIds.next();
  const fork = (option: number, label: string): Journey => inCase(served, { id, option, label });
  return [
    ...(await answerWith(walk, fork(0, `the server answers from ${reply.src.text}, as it was asked`), at, reply)),
    ...(await answerWith(walk, fork(1, `the server lets the kernel choose its source, ${other.text}`), at, {
      ...reply,
      src: other,
    })),
  ];
}

async function answerWith(walk: Walk, journey: Journey, at: NetNodeAction, reply: Packet): Promise<readonly Branch[]> {
  const { isTransparent, iif, vrf } = journey.served ?? {};
  const cameBy = vrf ?? (reply.protocol === PROTOCOL.icmpv6 ? iif : undefined);
  const luggage: Luggage = {
    ...luggageOf(walk, journey, at),
    ...(isTransparent === true ? { isTransparent } : {}),
    ...(cameBy === undefined ? {} : { cameBy }),
  };
  return walk.handleAll(at.send(reply, 'given', luggage), { at, packet: reply, journey });
}

/**
 * The server's next packet: an ACK, or data, which rules may tell from the SYN+ACK. It answers the client's last one, by
 * which some of what the client's port may be is known.
 */
export async function acknowledge(
  walk: Walk,
  journey: Journey,
  at: NetNodeAction,
  last: Packet,
): Promise<readonly Branch[]> {
  const next = followUp(replyTo(last));
  const { segment, served } = journey;
  if (segment === undefined) return answerWith(walk, journey, at, next);
  const data = segmentOf(next, segment.server, served?.packet.mss);
  return answerWith(walk, { ...journey, segment: { ...segment, answered: { at, last } } }, at, data);
}

/** The client's next packet. */
export async function continueAsClient(walk: Walk, journey: Journey): Promise<readonly Branch[]> {
  const next = followUp(
    journey.origin ??
      firstPacket({
        dst: walk.question.dst.ip,
        src: walk.question.src.ip,
        protocol: 'tcp',
        port: walk.question.port,
      }),
  );
  const { segment } = journey;
  const packet = segment === undefined ? next : segmentOf(next, segment.client, segment.serverMss);
  const source = walk.source;
  if (source.kind === 'outside') {
    const entered = journey.hops.forward[1]?.node;
    return enter(
      walk,
      journey,
      packet,
      (await takersOf(walk, source.entries, packet)).filter((entry) => entry.action.id === entered),
    );
  }
  if (source.kind === 'unknown') throw new Error('a packet from nowhere');
  const { action } = source;
  // an IPv6 socket keeps the route that was found before its source was (ip6_dst_lookup_tail)
  const how = packet.family === 6 ? sourceOf(walk, action) : 'given';
  const outcomes = action.send(packet, how, luggageOf(walk, journey, action));
  return walk.handleAll(outcomes, { at: action, packet, journey });
}

/**
 * A UDP server on a wildcard socket that answers with a plain sendto() leaves its source to the route; one that
 * looks at IP_PKTINFO does not. Where that makes a difference it is not known which kind it is.
 */
function otherSource(at: NetNodeAction, reply: Packet, socket: ListeningSocket | undefined): IP | undefined {
  const isWildcard = socket?.protocol === 'udp' && (socket.ip === undefined || isUnspecified(socket.ip));
  const { router } = at.ns;
  if (!isWildcard || !router.ok) return undefined;
  const { dst, mark, tos, protocol, sport, dport } = reply;
  const sources = router.value
    .output({ dst, iif: 'lo', mark, tos, protocol, sport, dport })
    .map((way) => way.source?.ip);
  return sources.find((source) => source !== undefined && !sameIP(source, reply.src));
}
