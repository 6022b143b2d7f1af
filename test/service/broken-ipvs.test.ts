/** kube-proxy's virtual services of a captured node, one thing changed at a time: each change is found and named. */
import { ip, type Suspicion } from '../../src/model/index.ts';
import { findService, serviceProcessorOf } from '../../src/service/index.ts';
import { captured, type Edit } from '../k8s/captured.ts';
import { itFinds } from './broken-row.ts';
import type { BrokenRow } from './broken-row.ts';

const ENTRY = { 4: '10.96.0.11', 6: 'fd96::11' } as const;
/** The service's line, and its server on the other node, as /proc/net/ip_vs has them. */
const VIRTUAL = { 4: '0A60000B:0050', 6: '[fd96:0000:0000:0000:0000:0000:0000:0011]:0050' } as const;
const REMOTE = { 4: '0A4D0102:1F90', 6: '[fd77:0000:0000:0001:0000:0000:0000:0002]:1F90' } as const;
const CLIENT = { 4: '10.77.0.2', 6: 'fd77::2' } as const;

interface Row extends BrokenRow {
  readonly section?: Edit['section'];
  /** Of the service's lines alone, or of the whole section if it is another one. */
  readonly change: (lines: string, family: 4 | 6) => string;
}

const ROWS: readonly Row[] = [
  {
    name: 'nothing is changed but the order of the servers',
    change: (lines) => {
      const [service, ...servers] = lines.split('\n');
      return [service, ...servers.toReversed()].join('\n');
    },
    codes: [],
  },
  {
    name: 'the virtual service is gone',
    change: () => '',
    codes: ['SERVICE_RULES_MISSING'],
    says: /no rule of node-a translates .*shop\/entry with 2 usable endpoints/,
  },
  {
    name: 'a real server is missing',
    change: (lines, family) =>
      lines
        .split('\n')
        .filter((line) => !line.includes(REMOTE[family]))
        .join('\n'),
    codes: ['SERVICE_BACKEND_MISSING'],
    says: /lack \[?(10\.77\.1\.2|fd77:0:0:1::2)\]?:8080/,
  },
  {
    name: 'a real server has weight 0',
    change: (lines, family) => lines.replace(`${REMOTE[family]}      Masq    1`, `${REMOTE[family]}      Masq    0`),
    codes: ['SERVICE_BACKEND_MISSING'],
  },
  {
    name: 'all have weight 0',
    change: (lines) => lines.replaceAll('Masq    1', 'Masq    0'),
    codes: ['SERVICE_BACKEND_MISSING'],
    says: /reject .*though service shop\/entry has 2 usable endpoints/,
  },
  {
    name: 'a real server is nobody',
    change: (lines, family) => lines.replace(REMOTE[family], REMOTE[family].replace('02', '63')),
    codes: ['SERVICE_BACKEND_MISSING', 'SERVICE_BACKEND_UNEXPECTED'],
  },
  {
    name: 'no tool tells the flags',
    section: 'ipvs-save',
    change: () => 'cut off',
    codes: [],
  },
];

function check({ section = 'ipvs', change }: Row, family: 4 | 6): readonly Suspicion[] {
  const inService = (text: string): string => {
    const lines = text.split('\n');
    const first = lines.findIndex((line) => line.includes(VIRTUAL[family]));
    const after = lines.findIndex((line, at) => at > first && !line.startsWith('  ->'));
    const changed = change(lines.slice(first, after).join('\n'), family);
    return [...lines.slice(0, first), ...(changed === '' ? [] : [changed]), ...lines.slice(after)].join('\n');
  };
  const { cluster, view } = captured(`ipvs-v${family}`, {
    edits: [{ node: 'node-a', section, change: section === 'ipvs' ? inService : (text) => change(text, family) }],
  });
  const address = ip(ENTRY[family]);
  const service = findService(cluster.cache, { address, port: 80, protocol: 'tcp' })!;
  const node = view('node-a');
  const source = { kind: 'pod', ip: ip(CLIENT[family]), nodeName: 'node-a' } as const;
  const traffic = { address, port: 80, protocol: 'tcp', source } as const;
  return serviceProcessorOf(node, cluster).checkService({ cluster, view: node, service, traffic });
}

itFinds(ROWS, 'node-a', check);
