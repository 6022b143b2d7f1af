/** One rule of the captured nodes changed at a time: each change is found, named, and nothing else is. */
import { expect, it } from 'vitest';
import { ip } from '../../src/model/index.ts';
import type { Suspicion } from '../../src/model/index.ts';
import { findService, serviceProcessorOf } from '../../src/service/index.ts';
import type { TrafficSource } from '../../src/service/index.ts';
import { captured } from '../k8s/captured.ts';
import type { Edit } from '../k8s/captured.ts';

/** Addresses of shop/web and of client-a on kl-node1, by family. */
const WEB = {
  4: { address: '10.96.245.20', local: '10.77.0.3', remote: '10.77.1.2' },
  6: { address: 'fd96::72d4', local: 'fd77::3', remote: 'fd77:0:0:1::2' },
} as const;
const CLIENT = { 4: '10.77.0.4', 6: 'fd77::4' } as const;
const NOBODY = { 4: '10.96.236.191', 6: 'fd96::e88' } as const;

type Change = (rules: string, family: 4 | 6) => string;

const without =
  (pattern: RegExp): Change =>
  (rules) =>
    rules
      .split('\n')
      .filter((line) => !pattern.test(line))
      .join('\n');

interface Row {
  readonly name: string;
  readonly change: Change;
  readonly to?: Readonly<Record<4 | 6, string>>;
  readonly source?: (family: 4 | 6) => TrafficSource;
  readonly codes: readonly string[];
  readonly level?: number;
  readonly says?: RegExp;
}

const ROWS: readonly Row[] = [
  { name: 'nothing is changed but a counter', change: (rules) => rules.replace('[0:0]', '[1:60]'), codes: [] },
  {
    name: 'the rule for the cluster address is gone',
    change: without(/-A KUBE-SERVICES .*shop\/web:http cluster IP/),
    codes: ['SERVICE_RULES_MISSING'],
    level: 2,
    says: /no rule of kl-node1 translates .*shop\/web with 2 usable endpoints/,
  },
  {
    name: 'nothing jumps to KUBE-SERVICES any more',
    change: without(/-A PREROUTING .*-j KUBE-SERVICES/),
    codes: ['SERVICE_RULES_MISSING'],
  },
  {
    name: 'one endpoint is not balanced to',
    change: (rules, family) => {
      const chain = new RegExp(
        String.raw`^.*-A KUBE-SVC-67NZLRHBNDSAWJRO .*-> \[?${WEB[family].local}\]?:8080.*$`,
        'm',
      );
      return rules
        .replace(chain, '')
        .replace(/(-A KUBE-SVC-67NZLRHBNDSAWJRO .*) -m statistic --mode random --probability 0\.50000000000/, '$1');
    },
    codes: ['SERVICE_BACKEND_MISSING'],
    level: 1,
    says: /lack \[?(10\.77\.0\.3|fd77::3)\]?:8080/,
  },
  {
    name: 'an endpoint has its old address',
    change: (rules, family) =>
      rules.replaceAll(
        new RegExp(
          String.raw`(-A KUBE-SEP-\w+ .*shop/web:http" .*--to-destination \[?)${WEB[family].remote}(\]?:8080)`,
          'g',
        ),
        `$1${family === 4 ? '10.77.1.99' : 'fd77:0:0:1::99'}$2`,
      ),
    codes: ['SERVICE_BACKEND_MISSING', 'SERVICE_BACKEND_UNEXPECTED'],
    says: /lack .*::?2\]?:8080|lack 10\.77\.1\.2:8080/,
  },
  {
    name: 'a foreign rule takes the address first',
    change: (rules, family) =>
      rules.replace(
        /^(.*-A PREROUTING .*-j KUBE-SERVICES)$/m,
        `[0:0] -A PREROUTING -d ${WEB[family].address}/${family === 4 ? 32 : 128} -p tcp -m tcp --dport 80 -j DNAT --to-destination ${family === 4 ? '192.0.2.7:80' : '[2001:db8::7]:80'}\n$1`,
      ),
    codes: ['SERVICE_BACKEND_MISSING', 'SERVICE_BACKEND_UNEXPECTED'],
  },
  {
    name: 'a REJECT rule is left over from when it had no endpoints',
    change: (rules, family) =>
      without(/-A KUBE-SERVICES .*shop\/web:http cluster IP/)(rules, family).replace(
        /^(.*-A KUBE-SERVICES .*shop\/nobody:http has no endpoints.*)$/m,
        (line) => `${line}\n${line.replaceAll(NOBODY[family], WEB[family].address)}`,
      ),
    codes: ['SERVICE_BACKEND_MISSING'],
    level: 2,
    says: /the rules of kl-node1 reject/,
  },
  {
    name: 'an unknown match may keep packets from the service',
    change: (rules) =>
      rules.replace(
        /-m comment --comment "kubernetes service portals" -j KUBE-SERVICES/,
        '-m geoip --source-country DE -j KUBE-SERVICES',
      ),
    codes: [],
  },
  {
    name: 'a pod that reaches itself is not masqueraded',
    change: without(/-A POSTROUTING .*-j KUBE-POSTROUTING/),
    source: (family) => ({ kind: 'pod', ip: ip(WEB[family].local), nodeName: 'kl-node1' }),
    codes: ['MASQUERADE_MISSING'],
    says: /without kl-node1 masquerading/,
  },
  {
    name: 'masquerading is missing, and this source needs none',
    change: without(/-A POSTROUTING .*-j KUBE-POSTROUTING/),
    codes: [],
  },
  {
    name: 'no endpoints, and the rules reject',
    change: (rules) => rules.replace('[0:0]', '[1:60]'),
    to: NOBODY,
    codes: ['SERVICE_WITHOUT_ENDPOINTS'],
    level: 2,
    says: /shop\/nobody has no endpoints/,
  },
  {
    name: 'no endpoints, and the rules still lead somewhere',
    change: (rules, family) =>
      rules.replace(
        /^(.*-A KUBE-SERVICES .*shop\/web:http cluster IP.*)$/m,
        (line) => `${line}\n${line.replaceAll(WEB[family].address, NOBODY[family])}`,
      ),
    to: NOBODY,
    codes: ['SERVICE_BACKEND_UNEXPECTED', 'SERVICE_BACKEND_UNEXPECTED', 'SERVICE_WITHOUT_ENDPOINTS'],
  },
];

function check(row: Row, family: 4 | 6): readonly Suspicion[] {
  const edits: Edit[] = [
    {
      node: 'kl-node1',
      section: family === 4 ? 'iptables-nft-save' : 'ip6tables-nft-save',
      change: (rules) => row.change(rules, family),
    },
  ];
  const { cluster, view } = captured('iptables-vxlan', { edits });
  const address = ip(row.to?.[family] ?? WEB[family].address);
  const service = findService(cluster.cache, { address, port: 80, protocol: 'tcp' })!;
  const source = row.source?.(family) ?? { kind: 'pod', ip: ip(CLIENT[family]), nodeName: 'kl-node1' };
  const node = view('kl-node1');
  return serviceProcessorOf(node, cluster).checkService({
    cluster,
    view: node,
    service,
    traffic: { address, port: 80, protocol: 'tcp', source },
  });
}

it.each(
  ROWS.flatMap((row) => [
    { row, family: 4 as const },
    { row, family: 6 as const },
  ]),
)('$row.name (IPv$family)', ({ row, family }) => {
  const found = check(row, family);
  expect(found.map(({ code }) => code).toSorted()).toEqual(row.codes);
  if (row.level !== undefined) expect(found[0]?.level).toBe(row.level);
  if (row.says !== undefined) expect(found[0]?.message).toMatch(row.says);
  for (const suspicion of found)
    expect(suspicion).toMatchObject({
      node: 'kl-node1',
      remedy: expect.any(String),
      evidence: expect.arrayContaining([expect.anything()]),
    });
});
