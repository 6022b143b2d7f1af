/** kube-proxy's nftables rules of a captured node, one thing changed at a time: each change is found and named. */
import { ip } from '../../src/model/index.ts';
import type { Suspicion } from '../../src/model/index.ts';
import { findService, serviceProcessorOf } from '../../src/service/index.ts';
import type { TrafficSource } from '../../src/service/index.ts';
import { captured } from '../k8s/captured.ts';
import { itFinds } from './broken-row.ts';
import type { BrokenRow } from './broken-row.ts';

/** Addresses of shop/web and of client-a on kl-node1, by family. */
const WEB = { 4: '10.96.193.54', 6: 'fd96::d2b7' } as const;
const REMOTE = { 4: '10.77.0.2', 6: 'fd77::2' } as const;
const CLIENT = { 4: '10.77.1.4', 6: 'fd77:0:0:1::4' } as const;
const SERVICE = 'service-KHN6ECMT-shop/web/tcp/http';

type Ruleset = { readonly nftables: readonly Readonly<Record<string, Readonly<Record<string, unknown>>>>[] };

interface Row extends BrokenRow {
  readonly change: (rules: Ruleset, family: 4 | 6) => Ruleset;
  readonly source?: (family: 4 | 6) => TrafficSource;
}

/** Objects of kube-proxy's table of the family, changed or left out. */
const inTable =
  (change: (text: string, family: 4 | 6) => string | undefined) =>
  (rules: Ruleset, family: 4 | 6): Ruleset => ({
    nftables: rules.nftables.flatMap((object) => {
      const [body] = Object.values(object);
      if (body!['family'] !== (family === 4 ? 'ip' : 'ip6') || body!['table'] !== 'kube-proxy') return [object];
      const changed = change(JSON.stringify(object), family);
      return changed === undefined ? [] : [JSON.parse(changed) as typeof object];
    }),
  });

const without = (pattern: RegExp): Row['change'] => inTable((text) => (pattern.test(text) ? undefined : text));

const ROWS: readonly Row[] = [
  {
    name: 'nothing is changed but a handle',
    change: inTable((text) => text.replace(/"handle":\d+/, '"handle":999')),
    codes: [],
  },
  {
    name: 'the map has lost the cluster address',
    change: inTable((text, family) =>
      text.replace(`[{"concat":["${WEB[family]}","tcp",80]},{"goto":{"target":"${SERVICE}"}}],`, ''),
    ),
    codes: ['SERVICE_BACKEND_MISSING'],
    says: /reject .*shop\/web has 2 usable endpoints/,
  },
  {
    name: 'nothing jumps to the services any more',
    change: without(/"chain":"nat-prerouting".*"jump":\{"target":"services"\}/),
    codes: ['SERVICE_BACKEND_MISSING'],
    says: /reject/,
  },
  {
    name: 'the whole table is gone',
    change: without(/./),
    codes: ['SERVICE_RULES_MISSING'],
    says: /no rule of kl-node1 translates .*shop\/web with 2 usable endpoints/,
  },
  {
    name: 'one endpoint is not balanced to',
    change: inTable((text, family) =>
      text.includes(`"chain":"${SERVICE}"`)
        ? text.replaceAll(REMOTE[family], family === 4 ? '10.77.1.3' : 'fd77:0:0:1::3')
        : text,
    ),
    codes: ['SERVICE_BACKEND_MISSING'],
    says: /lack \[?(10\.77\.0\.2|fd77::2)\]?:8080/,
  },
  {
    name: 'an endpoint has its old address',
    change: inTable((text, family) =>
      text.includes(`"chain":"${SERVICE}"`)
        ? text.replaceAll(REMOTE[family], family === 4 ? '10.77.0.99' : 'fd77::99')
        : text,
    ),
    codes: ['SERVICE_BACKEND_MISSING', 'SERVICE_BACKEND_UNEXPECTED'],
  },
  {
    name: 'the address is dropped before it is translated',
    change: inTable((text) => text.replace('"jump":{"target":"firewall-check"}', '"drop":null')),
    codes: ['SERVICE_BACKEND_MISSING'],
    says: /drop/,
  },
  {
    name: 'a pod that reaches itself is not masqueraded',
    change: without(/"chain":"masquerading"/),
    source: (family) => ({ kind: 'pod', ip: ip(family === 4 ? '10.77.1.3' : 'fd77:0:0:1::3'), nodeName: 'kl-node1' }),
    codes: ['MASQUERADE_MISSING'],
  },
];

function check(row: Row, family: 4 | 6): readonly Suspicion[] {
  const change = (text: string): string => JSON.stringify(row.change(JSON.parse(text) as Ruleset, family));
  const { cluster, view } = captured('nftables-hostgw', {
    edits: [
      // The text is read first; where it can't be, the JSON counts.
      { node: 'kl-node1', section: 'nft-ruleset-text', change: () => 'cut off' },
      { node: 'kl-node1', section: 'nft-ruleset', change },
    ],
  });
  const address = ip(WEB[family]);
  const service = findService(cluster.cache, { address, port: 80, protocol: 'tcp' })!;
  const source = row.source?.(family) ?? { kind: 'pod', ip: ip(CLIENT[family]), nodeName: 'kl-node1' };
  const node = view('kl-node1');
  const traffic = { address, port: 80, protocol: 'tcp', source } as const;
  return serviceProcessorOf(node, cluster).checkService({ cluster, view: node, service, traffic });
}

itFinds(ROWS, 'kl-node1', check);
