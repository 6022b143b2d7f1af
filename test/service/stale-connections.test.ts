/** Tracked UDP flows of a captured node that lead where no endpoint is. */
import { expect, it } from 'vitest';
import { ip } from '../../src/model/index.ts';
import { findService, serviceProcessorOf } from '../../src/service/index.ts';
import { captured } from '../k8s/captured.ts';

/** shop/web's dns port, its endpoints, and client-a, by family. */
const SERVICE = { 4: '10.96.245.20', 6: 'fd96::72d4' } as const;
const ENDPOINT = { 4: '10.77.1.2', 6: 'fd77:0:0:1::2' } as const;
const GONE = { 4: '10.77.1.99', 6: 'fd77:0:0:1::99' } as const;
const CLIENT = { 4: '10.77.0.4', 6: 'fd77::4' } as const;

interface Row {
  readonly name: string;
  /** Where the flow's answers would come from. */
  readonly answered: (family: 4 | 6) => string;
  readonly port?: number;
  readonly protocol?: 'udp' | 'tcp';
  readonly found: boolean;
}

const ROWS: readonly Row[] = [
  { name: 'a flow to an endpoint', answered: (family) => ENDPOINT[family], found: false },
  { name: 'a flow to an endpoint that is gone', answered: (family) => GONE[family], found: true },
  { name: 'a flow from before the rules were there', answered: (family) => SERVICE[family], found: true },
  { name: 'a flow to another port', answered: (family) => GONE[family], port: 54, found: false },
  { name: 'a TCP connection', answered: (family) => GONE[family], protocol: 'tcp', found: false },
];

it.each(ROWS.flatMap((row) => ([4, 6] as const).map((family) => ({ row, family }))))(
  '$row.name (IPv$family)',
  ({ row, family }) => {
    const { protocol = 'udp', port = 53 } = row;
    const line = `ipv${family} ${family === 4 ? 2 : 10} ${protocol} ${protocol === 'udp' ? '17 25' : '6 431999 ESTABLISHED'} src=${CLIENT[family]} dst=${SERVICE[family]} sport=40001 dport=${port} src=${row.answered(family)} dst=${CLIENT[family]} sport=5353 dport=40001 mark=0 use=1`;
    const { cluster, view } = captured('iptables-vxlan', {
      edits: [{ node: 'kl-node1', section: 'conntrack', change: (text) => `${text}${line}\n` }],
    });
    const address = ip(SERVICE[family]);
    const service = findService(cluster.cache, { address, port: 53, protocol: 'udp' })!;
    const node = view('kl-node1');
    const found = serviceProcessorOf(node, cluster)
      .checkService({
        cluster,
        view: node,
        service,
        traffic: {
          address,
          port: 53,
          protocol: 'udp',
          source: { kind: 'pod', ip: ip(CLIENT[family]), nodeName: 'kl-node1' },
        },
      })
      .filter(({ code }) => code === 'CONNTRACK_STALE');
    expect(found.map(({ evidence }) => evidence[0]?.raw)).toEqual(row.found ? [line] : []);
    if (row.found)
      expect(found[0]).toMatchObject({ node: 'kl-node1', level: 1, remedy: expect.stringContaining('conntrack -D') });
  },
);
