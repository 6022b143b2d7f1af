/** ip_route_me_harder: the second routing decision of a locally made packet that netfilter changed. */
import { PROTOCOL } from '../../model/packet.ts';
import type { Next, Walk } from './walk.ts';
import { end, note } from './walk.ts';
import { leadsOn } from './output.ts';
import { withRoute } from './route.ts';

/** The source stays as it was chosen. A destination that can't be routed any more drops the packet. */
export function reroute(walk: Walk, why: string, next: Next): void {
  const { packet } = walk;
  withRoute(note(walk, 'route', `${why}: routed again`), { iif: 'lo' }, (after, answer) => {
    if (leadsOn(answer)) return next(after);
    // __mkroute_output: a loopback source does not leave the host
    if (answer.kind === 'none' && answer.errno === 'EINVAL')
      return end(after, 'martian', `after ${why} the packet would leave with the source ${walk.packet.src.text}`, {
        evidence: answer.evidence,
      });
    // the hook's error is that of the sender's own call; a SYN and a ping over IPv6 are not told
    const isTold =
      packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.icmpv6 && packet.inner === undefined;
    end(after, 'no-route', `after ${why} there is no way to ${packet.dst.text} (${answer.kind})`, {
      evidence: answer.evidence,
      ...(isTold && answer.errno !== undefined ? { notice: answer.errno } : {}),
    });
  });
}
