/** Holds what a node's rules do with a packet to a Service against what they should do. */
import { formatHostPort } from '../model/address.ts';
import { assertNever } from '../model/assert-never.ts';
import type { Evidence } from '../model/evidence.ts';
import { LEVEL } from '../model/suspicion.ts';
import type { Suspicion } from '../model/suspicion.ts';
import { objectEvidence } from '../assertions/index.ts';
import { describePort, idOf } from '../k8s/index.ts';
import type { ServicePort } from '../k8s/index.ts';
import type { ExpectedBackend, Expectation } from './expected-backends.ts';
import { endpointEvidence } from './intent.ts';
import type { IntentInput } from './intent.ts';
import type { RuleBackend, RuleTargets } from './rule-targets.ts';
import { endpointText } from './service-endpoints.ts';

export function compareRules(input: IntentInput, expected: Expectation, found: RuleTargets): readonly Suspicion[] {
  switch (expected.kind) {
    case 'backends':
      return compareBackends(input, expected.port, expected.backends, found);
    case 'no-endpoints':
    case 'no-local-endpoint':
    case 'source-blocked':
      return unexpected(input, new Set(), found.backends);
    case 'no-such-port':
      return [];
    case 'not-served':
    case 'unknown':
      // Something else may well translate this address: nothing here says what is right.
      return [];
    default:
      return assertNever(expected);
  }
}

function compareBackends(
  input: IntentInput,
  port: ServicePort,
  wanted: readonly ExpectedBackend[],
  found: RuleTargets,
): readonly Suspicion[] {
  const names = new Set(wanted.map(({ endpoint }) => endpointText(endpoint)));
  const present = new Set(found.backends.map((one) => formatHostPort(one.ip, one.port)));
  const missing = wanted.filter(({ endpoint }) => !present.has(endpointText(endpoint)));
  // An end that nobody could tell may have been one of the missing ones.
  const isSure = found.unknown === undefined;
  return [
    ...(isSure && missing.length > 0 ? [lacking(input, port, { missing, wanted, found })] : []),
    ...unexpected(input, names, found.backends),
    ...notMasqueraded(input, wanted, found.backends),
  ];
}

interface Lack {
  readonly missing: readonly ExpectedBackend[];
  readonly wanted: readonly ExpectedBackend[];
  readonly found: RuleTargets;
}

function lacking(input: IntentInput, port: ServicePort, { missing, wanted, found }: Lack): Suspicion {
  const { service, traffic, node } = input;
  const id = idOf(service);
  const where = formatHostPort(traffic.address, traffic.port);
  const objects = missing.map(({ endpoint }) => endpointEvidence(endpoint));
  const remedy = `look at kube-proxy's log on ${node} and restart it there: its rules are behind the API server`;
  const common = { level: LEVEL.critical, node, remedy } as const;
  if (found.backends.length === 0 && found.stopped.length === 0) {
    return {
      ...common,
      code: 'SERVICE_RULES_MISSING',
      message: `no rule of ${node} translates ${where}, port ${describePort(port)} of service ${id} with ${wanted.length} usable ${wanted.length === 1 ? 'endpoint' : 'endpoints'}`,
      evidence: [objectEvidence('Service', service, `${where} is its address`), ...objects],
    };
  }
  const stop = found.stopped[0];
  if (found.backends.length === 0 && stop !== undefined) {
    return {
      ...common,
      code: 'SERVICE_BACKEND_MISSING',
      message: `the rules of ${node} ${stop.how} ${where}, though service ${id} has ${wanted.length} usable ${wanted.length === 1 ? 'endpoint' : 'endpoints'}`,
      evidence: [...evidenceOf(stop.by), ...objects],
    };
  }
  return {
    ...common,
    level: LEVEL.warning,
    code: 'SERVICE_BACKEND_MISSING',
    message: `the rules of ${node} for ${where} lack ${missing.map(({ endpoint }) => endpointText(endpoint)).join(' and ')} of service ${id}`,
    evidence: [...objects, ...found.backends.flatMap((one) => evidenceOf(one.by))],
  };
}

function unexpected(
  { service, traffic, node }: IntentInput,
  names: ReadonlySet<string>,
  found: readonly RuleBackend[],
): readonly Suspicion[] {
  return found.flatMap((one) => {
    const target = formatHostPort(one.ip, one.port);
    if (names.has(target)) return [];
    return [
      {
        level: one.isUncertain ? LEVEL.warning : LEVEL.critical,
        code: 'SERVICE_BACKEND_UNEXPECTED' as const,
        message: `the rules of ${node} send ${formatHostPort(traffic.address, traffic.port)} of service ${idOf(service)} to ${target}, which should not get it`,
        evidence: evidenceOf(one.by),
        node,
        remedy: `look at kube-proxy's log on ${node} and restart it there; if the rule is not kube-proxy's, remove it`,
      },
    ];
  });
}

/** Reported only where masquerading is certainly meant: too much of it is harmless here. */
function notMasqueraded(
  { service, traffic, node }: IntentInput,
  wanted: readonly ExpectedBackend[],
  found: readonly RuleBackend[],
): readonly Suspicion[] {
  return wanted.flatMap(({ endpoint, masquerade }) => {
    const rule = found.find((one) => formatHostPort(one.ip, one.port) === endpointText(endpoint));
    if (masquerade !== true || rule?.masquerade !== false) return [];
    return [
      {
        level: LEVEL.critical,
        code: 'MASQUERADE_MISSING' as const,
        message: `packets from ${traffic.source.ip.text} to service ${idOf(service)} reach ${endpointText(endpoint)} without ${node} masquerading them: answers will not come back through ${node}`,
        evidence: evidenceOf(rule.by),
        node,
        remedy: `restart kube-proxy on ${node}: its masquerading rules (KUBE-POSTROUTING, or chain masquerading of nftables), or what jumps to them, are missing`,
      },
    ];
  });
}

function evidenceOf(by: Evidence | undefined): readonly Evidence[] {
  return by === undefined ? [] : [by];
}
