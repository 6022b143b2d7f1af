/** Makes the nft listing of a node with many services, in the form that kube-proxy in nftables mode writes; the same seed gives the same text. */
import { randomFrom } from './kube-proxy.ts';
import type { GeneratedService } from './kube-proxy.ts';

const POD_PORT = 8080;

/** As `nft -j list ruleset` prints it. */
export function kubeProxyNftables({
  services: count,
  seed,
  podNetwork,
}: {
  readonly services: number;
  readonly seed: number;
  readonly podNetwork: string;
}): { readonly text: string; readonly services: readonly GeneratedService[] } {
  const random = randomFrom(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const services = Array.from({ length: count }, (_, i): GeneratedService => ({
    clusterIP: `10.${96 + Math.floor(i / 65_536)}.${Math.floor(i / 256) % 256}.${i % 256}`,
    port: 80 + below(8),
    endpoints: Array.from({ length: 1 + below(3) }, () => `${podNetwork}.${below(256)}.${2 + below(250)}:${POD_PORT}`),
  }));
  const objects = [
    { table: { family: 'ip', name: 'kube-proxy', handle: 9 } },
    ...sets(services),
    ...frame(`${podNetwork}.0.0`),
    ...services.flatMap((service, i) => balance(service, chainOf(i))),
  ];
  return { text: JSON.stringify({ nftables: objects }), services };
}

const chainOf = (i: number): string =>
  `service-${i.toString(36).toUpperCase().padStart(8, 'A')}-shop/service-${i}/tcp/http`;
const head = { family: 'ip', table: 'kube-proxy' } as const;
const daddr = { payload: { protocol: 'ip', field: 'daddr' } };
const saddr = { payload: { protocol: 'ip', field: 'saddr' } };
const l4proto = { meta: { key: 'l4proto' } };
const mark = { meta: { key: 'mark' } };
const dport = { payload: { protocol: 'th', field: 'dport' } };
const front = { concat: [daddr, l4proto, dport] };
const equals = (left: unknown, right: unknown): unknown => ({ match: { op: '==', left, right } });

function sets(services: readonly GeneratedService[]): readonly unknown[] {
  const address = ['ipv4_addr', 'inet_proto', 'inet_service'];
  const map = (name: string, elem: readonly unknown[]): unknown => ({
    map: { ...head, name, type: address, map: 'verdict', elem },
  });
  return [
    { set: { ...head, name: 'cluster-ips', type: 'ipv4_addr', elem: services.map(({ clusterIP }) => clusterIP) } },
    { set: { ...head, name: 'hairpin-connections', type: ['ipv4_addr', ...address], elem: [] } },
    map('no-endpoint-services', []),
    map('firewall-ips', []),
    map(
      'service-ips',
      services.map(({ clusterIP, port }, i) => [
        { concat: [clusterIP, 'tcp', port] },
        { goto: { target: chainOf(i) } },
      ]),
    ),
  ];
}

function frame(network: string): readonly unknown[] {
  const jump = (target: string): unknown => ({ jump: { target } });
  const vmap = (name: string): unknown => ({ vmap: { key: front, data: `@${name}` } });
  const isNew = { match: { op: 'in', left: { ct: { key: 'state' } }, right: 'new' } };
  const bases: readonly (readonly [string, string, string, number, readonly (readonly unknown[])[]])[] = [
    ['filter-prerouting-pre-dnat', 'filter', 'prerouting', -110, [[isNew, jump('firewall-check')]]],
    ['filter-input', 'filter', 'input', 0, [[isNew, jump('service-endpoints-check')]]],
    [
      'filter-forward',
      'filter',
      'forward',
      0,
      [
        [isNew, jump('service-endpoints-check')],
        [isNew, jump('cluster-ips-check')],
      ],
    ],
    ['filter-output', 'filter', 'output', 0, [[isNew, jump('service-endpoints-check')]]],
    ['nat-prerouting', 'nat', 'prerouting', -100, [[jump('services')]]],
    ['nat-output', 'nat', 'output', -100, [[jump('services')]]],
    ['nat-postrouting', 'nat', 'postrouting', 100, [[jump('masquerading')]]],
  ];
  const masked = (op: string): unknown => ({ match: { op, left: { '&': [mark, 0x4000] }, right: 0 } });
  const masquerade = { masquerade: { flags: 'fully-random' } };
  return [
    ...bases.flatMap(([name, type, hook, prio, rules]) => [
      { chain: { ...head, name, type, hook, prio, policy: 'accept' } },
      ...rules.map((expr) => ruleIn(name, expr)),
    ]),
    ...chain('firewall-check', [vmap('firewall-ips')]),
    ...chain('service-endpoints-check', [vmap('no-endpoint-services')]),
    ...chain('cluster-ips-check', [
      equals(daddr, '@cluster-ips'),
      { reject: { type: 'icmp', expr: 'port-unreachable' } },
    ]),
    ...chain(
      'services',
      [
        equals(daddr, '@cluster-ips'),
        { match: { op: '!=', left: saddr, right: { prefix: { addr: network, len: 16 } } } },
        { mangle: { key: mark, value: { '|': [mark, 0x4000] } } },
      ],
      [vmap('service-ips')],
    ),
    ...chain(
      'masquerading',
      [masked('!='), { mangle: { key: mark, value: { '^': [mark, 0x4000] } } }, masquerade],
      [
        { match: { op: 'in', left: { ct: { key: 'status' } }, right: 'dnat' } },
        equals({ concat: [saddr, daddr, l4proto, dport] }, '@hairpin-connections'),
        masquerade,
      ],
    ),
  ];
}

function balance({ endpoints }: GeneratedService, name: string): readonly unknown[] {
  const targets = endpoints.map((endpoint, i) => {
    const [address, port] = endpoint.split(':');
    return [i, { concat: [address, Number(port)] }];
  });
  const key = { numgen: { mode: 'random', mod: endpoints.length, offset: 0 } };
  return chain(name, [
    equals(l4proto, 'tcp'),
    { dnat: { family: 'ip', addr: { map: { key, data: { set: targets } } } } },
  ]);
}

function chain(name: string, ...rules: readonly (readonly unknown[])[]): readonly unknown[] {
  return [{ chain: { ...head, name } }, ...rules.map((expr) => ruleIn(name, expr))];
}

const ruleIn = (name: string, expr: readonly unknown[]): unknown => ({
  rule: { ...head, chain: name, handle: 1, expr },
});
