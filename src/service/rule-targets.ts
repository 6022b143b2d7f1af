/** Where a node's rules really send the first packet of a connection to a Service: by evaluating them, not by chain names. */
import { formatHostPort, ip as address } from '../model/address.ts';
import type { IP } from '../model/address.ts';
import type { Evidence } from '../model/evidence.ts';
import type { Fork } from '../model/fork.ts';
import { port as onePort } from '../model/packet.ts';
import { ServiceProbe } from './probe.ts';
import type { ServiceProbeEnd } from './probe.ts';
import type { NodeView } from '../k8s/index.ts';
import type { ServiceTraffic } from './traffic.ts';

export interface RuleBackend {
  readonly ip: IP;
  readonly port: number;
  /** The DNAT rule. */
  readonly by?: Evidence;
  /** Reached only if a rule that could not be evaluated does, or does not, match. */
  readonly isUncertain: boolean;
  /** Whether the source is replaced on the way out; undefined where it could not be told. */
  readonly masquerade: boolean | undefined;
}

export interface RuleTargets {
  readonly backends: readonly RuleBackend[];
  /** Rules that end the packet, `reject` or `drop`. */
  readonly stopped: readonly {
    readonly how: 'reject' | 'drop';
    readonly by?: Evidence;
    readonly isUncertain: boolean;
  }[];
  /** Some packets go on untouched. */
  readonly passed: boolean;
  /** The rules of the family could not be read, or a verdict could not be told: why. */
  readonly unknown?: string;
}

export function ruleTargets(view: NodeView, traffic: ServiceTraffic): RuleTargets {
  const rules = view.host.iptables(traffic.address.family);
  if (!rules.ok)
    return { backends: [], stopped: [], passed: false, unknown: `${rules.missing.section}: ${rules.missing.reason}` };
  const native = view.host.nftables;
  if (!native.ok)
    return { backends: [], stopped: [], passed: false, unknown: `${native.missing.section}: ${native.missing.reason}` };
  const probe = new ServiceProbe(view.host, rules.value, traffic);
  const backends = new Map<string, RuleBackend>();
  const stopped: RuleTargets['stopped'][number][] = [];
  let passed = false;
  let unknown: string | undefined;
  const settle = (outcome: Exclude<ServiceProbeEnd, { kind: 'nat' }>): void => {
    const isUncertain = outcome.forks.some(isIgnorance);
    if (outcome.kind === 'drop' || outcome.kind === 'reject')
      stopped.push({ how: outcome.kind, ...(outcome.by === undefined ? {} : { by: outcome.by }), isUncertain });
    else if (outcome.kind === 'unknown') unknown = outcome.reason;
    else passed = true;
  };
  for (const outcome of probe.destination()) {
    if (outcome.kind !== 'nat') {
      settle(outcome);
      continue;
    }
    const target = destinationOf(outcome, traffic);
    const key = formatHostPort(target.ip, target.port);
    const isUncertain = outcome.forks.some(isIgnorance);
    const known = backends.get(key);
    if (known !== undefined && (!known.isUncertain || isUncertain)) continue;
    const masquerade = probe.isMasqueraded({ ...outcome.packet, dst: target.ip, dport: onePort(target.port) });
    backends.set(key, { ...target, ...(outcome.by === undefined ? {} : { by: outcome.by }), isUncertain, masquerade });
  }
  return { backends: [...backends.values()], stopped, passed, ...(unknown === undefined ? {} : { unknown }) };
}

function isIgnorance(fork: Fork): boolean {
  return fork.cause === 'ignorance';
}

/** DNAT to a range or a REDIRECT is nothing that kube-proxy writes: the range's first address stands for it. */
function destinationOf(
  outcome: Extract<ServiceProbeEnd, { kind: 'nat' }>,
  traffic: ServiceTraffic,
): { readonly ip: IP; readonly port: number } {
  const { request } = outcome;
  const loopback = address(traffic.address.family === 4 ? '127.0.0.1' : '::1');
  const ip = request.first ?? (request.how === 'REDIRECT' ? loopback : traffic.address);
  return { ip, port: request.ports?.min ?? traffic.port };
}
