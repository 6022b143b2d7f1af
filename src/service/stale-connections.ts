/** Finds connections to a Service that a node still sends where no endpoint is: nat rules are asked once per connection. */
import { formatHostPort, sameIP } from '../model/address.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { Suspicion } from '../model/suspicion.ts';
import type { TrackedConnection } from '../netstack/state.ts';
import { idOf, transportNumber } from '../k8s/index.ts';
import type { ServiceCheck } from './processor.ts';
import { endpointsOf, endpointText } from './service-endpoints.ts';

/** Entries that are shown as evidence. */
const MOST_SHOWN = 3;

/**
 * Of UDP alone: a TCP client that gets no answer opens another connection, a UDP client that keeps its source port
 * stays with the entry as long as it sends (kube-proxy removes such entries itself: pkg/proxy/conntrack).
 */
export function staleConnections({ cluster, view, service, traffic }: ServiceCheck): readonly Suspicion[] {
  const tracked = view.host.conntrack;
  if (traffic.protocol !== 'udp' || !tracked.ok) return [];
  const port = service.ports.find(
    (one) => one.protocol === 'udp' && (one.port === traffic.port || one.nodePort === traffic.port),
  );
  if (port === undefined) return [];
  const endpoints = endpointsOf(cluster.cache.slicesOf(service), port, traffic.address.family).filter(
    (one) => one.isReady || one.isServing,
  );
  const good = new Set(endpoints.map(endpointText));
  const protocol = transportNumber('udp');
  const stale = tracked.value.filter(
    (one) =>
      one.protocol === protocol &&
      sameIP(one.original.dst, traffic.address) &&
      one.original.dport === traffic.port &&
      !good.has(answeredBy(one)),
  );
  if (stale.length === 0) return [];
  const where = formatHostPort(traffic.address, traffic.port);
  const targets = [...new Set(stale.map(answeredBy))];
  return [
    {
      level: LEVEL.warning,
      code: 'CONNTRACK_STALE',
      message: `${stale.length} tracked UDP ${stale.length === 1 ? 'flow' : 'flows'} to ${where} on ${view.node.name} ${stale.length === 1 ? 'goes' : 'go'} to ${targets.join(', ')}, which is no endpoint of service ${idOf(service)}: clients that keep their source port get no answer`,
      evidence: stale.slice(0, MOST_SHOWN).map((one) => ({ kind: 'conntrack', raw: one.raw, where: view.node.name })),
      node: view.node.name,
      remedy: `conntrack -D -p udp --orig-dst ${traffic.address.text} --orig-port-dst ${traffic.port} on ${view.node.name}`,
    },
  ];
}

/** The address that the flow was translated to; the Service's own where no rule translated it. */
function answeredBy({ reply }: TrackedConnection): string {
  return formatHostPort(reply.src, reply.sport ?? 0);
}
