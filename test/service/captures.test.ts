/** Real kube-proxy rules, real objects, real sockets: what should be, what the rules do, and what was measured. */
import { describe, expect, it } from 'vitest';
import { assertNever, ip, sameIP } from '../../src/model/index.ts';
import type { IP } from '../../src/model/index.ts';
import { expectationFor, findService, serviceProcessorOf } from '../../src/service/index.ts';
import type { Expectation, ServiceCheck, TrafficSource } from '../../src/service/index.ts';
import { captured, probes } from '../k8s/captured.ts';
import type { CaptureName, Captured, Probe } from '../k8s/captured.ts';

/** Translated as meant, and lost later on: no matter of the service's. */
const LOST_LATER = new Set(['kl-node2 to 10.96.193.54:53/udp', 'kl-node2 to fd96::d2b7:53/udp']);

const CAPTURES: readonly CaptureName[] = ['iptables-vxlan', 'nftables-hostgw'];

/** The node that translates, and the source as it sees it; undefined for what goes to no service. */
function checkOf({ cluster, view }: Captured, probe: Probe): ServiceCheck | undefined {
  const { cache } = cluster;
  const address = ip(probe.to);
  const service = findService(cache, { address, port: probe.port, protocol: probe.proto });
  if (service === undefined) return undefined;
  const addressed = cache.nodesAt(address)[0]?.name;
  const pod = probe.from.includes('/') ? cache.pod(...(probe.from.split('/') as [string, string]))! : undefined;
  const sender = pod?.nodeName ?? cache.node(probe.from)?.name;
  // Routes of the outside host: cluster addresses in v4 through node 1, the rest through node 2.
  const translating = addressed ?? sender ?? (address.text.startsWith('10.96.') ? 'kl-node1' : 'kl-node2');
  const own = (addresses: readonly IP[]): IP => addresses.find((one) => one.family === address.family)!;
  const outside = ip(address.family === 4 ? '192.168.77.1' : 'fd00:77::1');
  let source: TrafficSource;
  if (sender === undefined) source = { kind: 'outside', ip: outside };
  // flannel masquerades what a pod sends to another node's address.
  else if (sender !== translating) source = { kind: 'outside', ip: own(cache.node(sender)!.addresses) };
  else if (pod !== undefined) source = { kind: 'pod', ip: own(pod.ips), nodeName: sender };
  else source = { kind: 'node', ip: own(cache.node(sender)!.addresses) };
  return {
    cluster,
    view: view(translating),
    service,
    traffic: { address, port: probe.port, protocol: probe.proto, source },
  };
}

/** What a socket gets where the expectation holds. */
function resultsFor(expected: Expectation): readonly string[] {
  switch (expected.kind) {
    case 'backends':
      return ['open'];
    case 'no-endpoints':
      // ICMP was rationed while iptables-vxlan was probed.
      return ['ECONNREFUSED', 'timeout'];
    case 'no-local-endpoint':
    case 'source-blocked':
      return ['timeout'];
    case 'no-such-port':
      return ['timeout', 'ECONNREFUSED'];
    case 'not-served':
    case 'unknown':
      return ['open', 'timeout', 'ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH'];
    default:
      return assertNever(expected);
  }
}

describe.each(CAPTURES)('%s', (name) => {
  const cluster = captured(name);
  const rows = probes(name).flatMap((probe) => {
    if (LOST_LATER.has(`${probe.from} to ${probe.to}:${probe.port}/${probe.proto}`)) return [];
    const check = checkOf(cluster, probe);
    return check === undefined ? [] : [{ probe, check, expected: expectationFor(check) }];
  });

  it('expects of every probe what its socket got', () => {
    expect(rows.length).toBeGreaterThan(250);
    const kinds = new Set(rows.map((row) => row.expected.kind));
    expect([...kinds].sort()).toEqual([
      'backends',
      'no-endpoints',
      'no-local-endpoint',
      'no-such-port',
      'not-served',
      'source-blocked',
    ]);
    const wrong = rows.filter(({ probe, expected }) => !resultsFor(expected).includes(probe.result));
    expect(wrong.map(({ probe, expected }) => ({ probe, expected: expected.kind }))).toEqual([]);
  });

  it('names the pod that answered among the backends', () => {
    const answered = rows.filter(({ probe }) => probe.server !== undefined);
    expect(answered.length).toBeGreaterThan(70);
    for (const { probe, expected } of answered) {
      const pods = expected.kind === 'backends' ? expected.backends.map(({ endpoint }) => endpoint.pod) : [];
      expect(pods, JSON.stringify(probe)).toContain(`shop/${probe.server}`);
    }
  });

  it('knows which sources the server does not see', () => {
    let seen = 0;
    for (const { probe, check, expected } of rows) {
      const { source } = check.traffic;
      if (probe.server_saw === undefined || source.kind === 'node' || expected.kind !== 'backends') continue;
      const backend = expected.backends.find(({ endpoint }) => endpoint.pod === `shop/${probe.server}`)!;
      if (backend.masquerade === undefined) continue;
      seen++;
      const peer = ip(probe.server_saw.replace(/:\d+$/, '').replace(/^\[|\]$/g, ''));
      expect(!sameIP(peer, source.ip), JSON.stringify(probe)).toBe(backend.masquerade);
    }
    expect(seen).toBeGreaterThan(60);
  });

  it('says nothing against the rules that kube-proxy wrote', () => {
    const intents = new Set<string>([
      'SERVICE_WITHOUT_ENDPOINTS',
      'SERVICE_NO_LOCAL_ENDPOINT',
      'SERVICE_SOURCE_RANGES',
      'SERVICE_PORT_UNKNOWN',
    ]);
    const found = rows.flatMap(({ probe, check }) =>
      serviceProcessorOf(check.view, check.cluster)
        .checkService(check)
        .filter(({ code }) => !intents.has(code))
        .map(({ code, message }) => ({ probe, code, message })),
    );
    expect(found).toEqual([]);
  });

  it('explains every service that did not answer', () => {
    const silent = rows.filter(({ probe, expected }) => probe.result !== 'open' && expected.kind !== 'not-served');
    for (const { probe, check } of silent) {
      expect(
        serviceProcessorOf(check.view, check.cluster)
          .checkService(check)
          .map(({ code }) => code),
        JSON.stringify(probe),
      ).toHaveLength(1);
    }
  });
});

it('reads the mode from what stands in the kernel', () => {
  const modes = CAPTURES.map((name) => {
    const { cluster, view } = captured(name);
    return serviceProcessorOf(view('kl-node1'), cluster).name;
  });
  expect(modes).toEqual(['kube-proxy (iptables)', 'kube-proxy (nftables)']);
});
