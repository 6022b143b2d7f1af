/** Where IPVS of a node really sends the first packet of a connection to a Service: its rules first, then the virtual service. */
import { formatHostPort, isLoopback } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import { port as onePort } from '../model/packet.ts';
import type { NodeView } from '../k8s/index.ts';
import { findVirtualService } from '../netstack/ipvs/find-service.ts';
import { ServiceProbe } from './probe.ts';
import type { RuleBackend, RuleTargets } from './rule-targets.ts';
import type { ServiceTraffic } from './traffic.ts';

/** `byRules` is what the node's rules do with the packet: what they let pass comes to IPVS. */
export function ipvsTargets(view: NodeView, traffic: ServiceTraffic, byRules: RuleTargets): RuleTargets {
  const { host } = view;
  const { ipvs } = host;
  if (byRules.unknown !== undefined || !byRules.passed) return byRules;
  if (!ipvs.ok) return { ...byRules, unknown: `${ipvs.missing.section}: ${ipvs.missing.reason}` };
  // IPVS looks at what is for the node itself, and at what the node makes.
  const isSeen =
    traffic.source.kind === 'node' || host.owner(traffic.address) !== undefined || isLoopback(traffic.address);
  const rules = host.iptables(traffic.address.family);
  if (!isSeen || !rules.ok) return byRules;
  const probe = new ServiceProbe(host, rules.value, traffic);
  const backends = new Map(byRules.backends.map((one) => [formatHostPort(one.ip, one.port), one]));
  const stopped = [...byRules.stopped];
  let passed = false;
  let unknown: string | undefined;
  for (const outcome of probe.destination()) {
    if (outcome.kind !== 'passed') continue;
    const isUncertain = outcome.forks.some(({ cause }) => cause === 'ignorance');
    const found = findVirtualService(ipvs.value, outcome.packet);
    if (found.kind === 'none') passed = true;
    if (found.kind === 'unknown') unknown = found.reason;
    if (found.kind !== 'service') continue;
    const open = found.service.servers.filter(({ weight }) => weight > 0);
    if (open.length === 0) stopped.push({ how: 'reject', by: evidence(view, found.service.raw), isUncertain });
    for (const { address, port, raw } of open) {
      const target: RuleBackend = {
        ip: address,
        port: port === 0 ? traffic.port : port,
        by: evidence(view, raw),
        isUncertain,
        masquerade: probe.isMasqueraded({
          ...outcome.packet,
          dst: address,
          dport: onePort(port === 0 ? traffic.port : port),
        }),
      };
      backends.set(formatHostPort(target.ip, target.port), target);
    }
  }
  return { backends: [...backends.values()], stopped, passed, ...(unknown === undefined ? {} : { unknown }) };
}

const evidence = (view: NodeView, raw: string): Evidence => ({ kind: 'rule', raw, where: `IPVS of ${view.node.name}` });
