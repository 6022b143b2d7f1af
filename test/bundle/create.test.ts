import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  checkBundle,
  createBundle,
  describeBundle,
  InputError,
  openBundle,
  redactBundle,
} from '../../src/bundle/index.ts';
import type { CreateOptions } from '../../src/bundle/index.ts';
import { printDump } from '../../src/collector/index.ts';
import { smallDump } from '../collector/dumps.ts';
import { asFile, NODE, smallBundle, smallBundleBytes, WEB, WHEN } from './bundles.ts';

const text = (data: string, file = 'objects.yaml'): { readonly file: string; readonly data: Buffer } => ({
  file,
  data: Buffer.from(data),
});
const pod = (name: string, more: object = {}): object => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop' },
  ...more,
});

async function objectsOf(
  objects: CreateOptions['objects'],
  more: Partial<CreateOptions> = {},
): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const { bytes } = await createBundle({ ...WHEN, objects, dumps: [], ...more });
  return openBundle(bytes).objects;
}

const YAML = `apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: shop
`;

describe('createBundle takes objects', () => {
  it.each<[what: string, file: ReturnType<typeof text>, names: readonly string[]]>([
    ['of a list', asFile({ kind: 'List', items: [pod('web'), pod('api')] }), ['web', 'api']],
    ['alone', asFile(pod('web')), ['web']],
    // The API server's own lists do not repeat the kind in their items.
    ['of a typed list', asFile({ kind: 'PodList', items: [{ metadata: { name: 'web' } }] }), ['web']],
    ['of an array', asFile([pod('web')]), ['web']],
    [
      'of two commands in one file',
      text(`${JSON.stringify(pod('web'), null, 2)}\n${JSON.stringify({ kind: 'List', items: [pod('a{p"i')] })}\n`),
      ['web', 'a{p"i'],
    ],
    ['after a byte order mark', text(`\u{feff}${JSON.stringify(pod('web'))}`), ['web']],
    ['in YAML', text(YAML), ['web']],
    ['in several YAML documents', text(`---\n${YAML}---\n${YAML.replace('web', 'api')}---\n`), ['web', 'api']],
    ['of a list in YAML', text(`apiVersion: v1\nkind: List\nitems:\n- kind: Pod\n  metadata: {name: web}\n`), ['web']],
    ['twice, the later one', asFile([pod('web'), pod('web')]), ['web']],
  ])('%s', async (_, file, names) => {
    const { Pod: pods = [] } = await objectsOf([file]);
    expect(pods.map((object) => (object as { metadata: { name: string } }).metadata.name)).toEqual(names);
  });

  it('without managed fields, and never Secrets', async () => {
    const options = {
      ...WHEN,
      objects: [
        asFile([
          pod('web', { metadata: { name: 'web', managedFields: [{ manager: 'kubectl' }] } }),
          { kind: 'Secret', metadata: { name: 's' }, data: { a: 'c2VjcmV0' } },
        ]),
      ],
      dumps: [],
    };
    const { bytes, notes } = await createBundle(options);
    expect(openBundle(bytes).objects).toEqual({ Pod: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' } }] });
    expect(notes).toEqual(['1 Secret was left out: skoop never keeps them']);
  });

  it('and says the same bytes for the same input', async () => {
    expect(await smallBundleBytes()).toEqual(await smallBundleBytes());
  });

  it.each<[what: string, file: ReturnType<typeof text>, message: RegExp]>([
    ['nothing', text(' \n'), /^objects\.yaml: is empty$/],
    ['a table', text('NAME READY STATUS\nweb 1/1 Running\n'), /^objects\.yaml: is not a Kubernetes object$/],
    ['broken JSON', text('{"kind":"List",\n"items":[}', 'o.json'), /^o\.json, line 2: is not JSON: /],
    ['a JSON bomb', text('['.repeat(5_000_000), 'o.json'), /^o\.json, line 1: is nested deeper than 100 levels$/],
    [
      'a broken second document',
      text('{"kind":"List"}\n{"kind":7}', 'o.json'),
      /^o\.json, section document 2: has no kind$/,
    ],
    ['broken YAML', text('kind: Pod\nmetadata: {name: web\nspec: 1\n'), /^objects\.yaml, line 3: is not YAML: /],
    [
      'a YAML bomb',
      text(
        `a: &a [1,1,1,1,1,1,1,1,1,1]\n${['b', 'c', 'd', 'e', 'f', 'g', 'h'].map((c, i) => `${c}: &${c} [${Array.from({ length: 10 }, () => `*${'abcdefg'[i]}`).join(',')}]`).join('\n')}\nkind: Pod\n`,
      ),
      /^objects\.yaml: is not YAML that can be read: Excessive alias count/,
    ],
    ['a YAML tower', text(`a: ${'['.repeat(100_000)}`), /^objects\.yaml, line 1: is nested too deeply$/],
    ['YAML with a NUL', text('kind: Pod\nmetadata: \0'), /^objects\.yaml, line 2: is not text: it has a NUL byte$/],
    [
      'a list with a number in it',
      asFile({ kind: 'List', items: [7] }, 'o.json'),
      /^o\.json: item 1 is not a Kubernetes object$/,
    ],
    ['an object with no name', asFile({ kind: 'Pod', metadata: {} }, 'o.json'), /^o\.json: \(Pod\) has no name$/],
    [
      'a kind that is a path',
      asFile({ kind: '../../Pod', metadata: { name: 'web' } }, 'o.json'),
      /^o\.json: has no kind$/,
    ],
    [
      'not UTF-8',
      { file: 'o.json', data: Buffer.from([0x7b, 0x0a, 0xff]) },
      /^o\.json, line 2: is not UTF-8 at byte 3$/,
    ],
  ])('and refuses %s', async (_, file, message) => {
    const error = await createBundle({ ...WHEN, objects: [file], dumps: [] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as InputError).message).toMatch(message);
    expect((error as InputError).remedy).toBeTruthy();
  });

  it('and refuses two dumps of one node, and nothing at all', async () => {
    const data = printDump(smallDump());
    await expect(
      createBundle({
        ...WHEN,
        objects: [],
        dumps: [
          { file: 'a', data },
          { file: 'b', data },
        ],
      }),
    ).rejects.toThrow('b: is of the node node-a, and so is a');
    await expect(createBundle({ ...WHEN, objects: [], dumps: [] })).rejects.toThrow('nothing was given to put in');
  });
});

describe('redaction', () => {
  const busy = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'shop',
      labels: { app: 'web' },
      annotations: {
        'kubectl.kubernetes.io/last-applied-configuration': '{"env":"secret-1"}',
        'vault.example.com/token': 'secret-2',
        'cni.projectcalico.org/podIP': '10.244.1.7/32',
        'kubernetes.io/config.hash': '8d3f',
      },
    },
    spec: {
      nodeName: 'node-a',
      volumes: [{ name: 'secret-3' }],
      containers: [
        {
          name: 'web',
          env: [{ name: 'PASSWORD', value: 'secret-4' }],
          args: ['--password=secret-5'],
          ports: [{ containerPort: 80, hostPort: 8080 }],
          readinessProbe: {
            httpGet: { port: 80, path: '/secret-6', httpHeaders: [{ name: 'Authorization', value: 'secret-7' }] },
            periodSeconds: 5,
          },
          livenessProbe: { exec: { command: ['secret-8'] } },
        },
      ],
    },
    status: { phase: 'Running', podIPs: [{ ip: '10.244.1.7' }], containerStatuses: [{ image: 'secret-9' }] },
  };
  const template = { metadata: { labels: { app: 'web' } }, spec: busy.spec };
  const objects = [
    busy,
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web' },
      spec: { replicas: 2, selector: { matchLabels: { app: 'web' } }, template },
    },
    {
      apiVersion: 'apps/v1',
      kind: 'DaemonSet',
      metadata: { name: 'kube-flannel-ds' },
      spec: {
        template: {
          metadata: {},
          spec: { containers: [{ name: 'kube-flannel', args: ['--iface=eth1'], env: [{ value: 'secret-10' }] }] },
        },
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'web', namespace: 'shop' },
      data: { 'app.ini': 'secret-11' },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-proxy' },
      data: { 'config.conf': 'mode: iptables', 'kubeconfig.conf': 'secret-12' },
    },
    { apiVersion: 'argoproj.io/v1', kind: 'Application', metadata: { name: 'web' }, spec: { source: 'secret-13' } },
    {
      apiVersion: 'crd.projectcalico.org/v1',
      kind: 'IPPool',
      metadata: { name: 'default' },
      spec: { cidr: '10.244.0.0/16' },
    },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'secret-14' } },
    {
      apiVersion: 'metallb.io/v1beta2',
      kind: 'BGPPeer',
      metadata: { name: 'tor' },
      spec: {
        peerASN: 64501,
        password: 'secret-20',
        auth: { authToken: 'secret-21', passwordSecret: { name: 'bgp' } },
      },
    },
    {
      apiVersion: 'submariner.io/v1alpha1',
      kind: 'Submariner',
      metadata: { name: 'submariner' },
      spec: { ceIPSecPSK: 'secret-22', clusterCIDR: '10.245.0.0/16' },
    },
    {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: {
        name: 'node-a',
        annotations: {
          'kube-router.io/peer.passwords': 'secret-23',
          'k3s.io/node-env': '{"K3S_TOKEN":"secret-24"}',
          'kube-router.io/peer.asns': '64512',
        },
      },
      status: { nodeInfo: { machineID: 'secret-25', systemUUID: 'secret-26', kubeletVersion: 'v1.36.3' } },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'kube-flannel-cfg' },
      data: {
        'net-conf.json':
          '{"Network":"10.246.0.0/16","Backend":{"Type":"ipsec","PSK":"secret-27", "ESPProposal": "aes128"}}',
      },
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'coredns' },
      data: { Corefile: 'etcd {\n  credentials dns secret-28\n}\nforward . 192.0.2.53\n' },
    },
    // As lists of a running cluster have them: without their API group.
    { kind: 'ServiceCIDR', metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.247.0.0/16'] } },
    { kind: 'IPAddress', metadata: { name: '10.247.0.1' } },
  ];
  const base = smallDump().netns[0]!;
  const section = (stdout: string): { command: string; exitCode: number; stdout: string; stderr: string } => ({
    command: '',
    exitCode: 0,
    stdout,
    stderr: '',
  });
  const dump = smallDump({
    netns: [
      {
        ...base,
        sections: {
          sockets: section(
            'tcp LISTEN 0 4096 127.0.0.1:10249 0.0.0.0:* users:(("secret-15",pid=100,fd=14),("secret-16",pid=1,fd=2))\nudp UNCONN 0 0 *:53 *:*\n',
          ),
          wireguard: section(
            'wg0\tsecret-17\tPUBLIC\t51820\toff\nwg0\tPEER\tsecret-18\t192.0.2.1:51820\t10.0.0.0/8\t0\t1\t2\toff\n',
          ),
          sysctl: section(
            '/proc/sys/net/ipv6/conf/eth0/stable_secret:secret-19\n/proc/sys/net/ipv4/tcp_fastopen_key:secret-29\n/proc/sys/net/ipv4/ip_forward:1\n',
          ),
        },
      },
    ],
  });

  it('leaves nothing of what is not about the network, and all that is', async () => {
    const whole = await createBundle({
      ...WHEN,
      objects: [asFile(objects)],
      dumps: [{ file: 'node-a.dump', data: printDump(dump) }],
    });
    const made = await createBundle({
      ...WHEN,
      objects: [asFile(objects)],
      dumps: [{ file: 'node-a.dump', data: printDump(dump) }],
      redact: true,
    });
    for (const bundle of [openBundle(made.bytes), openBundle((await redactBundle(openBundle(whole.bytes))).bytes)]) {
      const said = JSON.stringify([bundle.objects, bundle.dump('node-a')]);
      expect(said).not.toMatch(/secret-\d+/);
      const words = [
        '10.244.1.7/32',
        '"8d3f"',
        '"hostPort":8080',
        '"periodSeconds":5',
        '"port":80',
        '"matchLabels"',
        '--iface=eth1',
        'mode: iptables',
        '10.244.0.0/16',
        '127.0.0.1:10249',
        '192.0.2.1:51820',
        'ip_forward:1',
        '"podIPs"',
        '"peerASN":64501',
        '10.245.0.0/16',
        '"64512"',
        'v1.36.3',
        '10.246.0.0/16',
        'aes128',
        'forward . 192.0.2.53',
        '10.247.0.0/16',
        '10.247.0.1',
      ];
      for (const word of words) expect(said).toContain(word);
      expect(bundle.manifest.isRedacted).toBe(true);
    }
    expect(made.notes).toEqual([
      '1 Secret was left out: skoop never keeps them',
      'left out, as it is not about the network: Application',
    ]);
  });
});

describe('describeBundle', () => {
  it('says what is inside', async () => {
    const lines = describeBundle(await smallBundle());
    expect(lines).toBe(
      `incident.skoop: bundle of version 1
made 2026-11-24T04:00:00.000Z by skoop 0.1.0

objects: 1 Node, 1 Pod

node node-a: kernel 6.18.44, collected 2026-11-24T03:31:17Z, 1 KiB (502 B packed)
  namespaces: the host's and 1 more; 1 other was not dumped
  4026531840  host: 2 sections, 1 failed, 30 B
  4026532177  shop/web (cni-1f6b): 1 section, 180 B
  ! ipset-save: tool missing (there is no ipset)
`
        .replace('502 B', /\((.*) packed/.exec(lines)![1]!)
        .replace('180 B', /1 section, (.*)/.exec(lines)![1]!),
    );
  });

  it('names pods without a namespace, namespaces without a pod, and nodes without a dump', async () => {
    const elsewhere = { ...WEB, metadata: { name: 'api', namespace: 'shop', uid: 'u' }, status: { phase: 'Running' } };
    const { bytes } = await createBundle({
      ...WHEN,
      objects: [asFile([{ ...NODE, metadata: { name: 'node-b' } }, elsewhere])],
      dumps: [{ file: 'd', data: printDump(smallDump()) }],
    });
    const lines = describeBundle(openBundle(bytes)).split('\n');
    expect(lines).toContain('  ! pod shop/api matches no namespace of this node');
    expect(lines).toContain('  ! namespace 4026532177 (cni-1f6b) matches no pod');
    expect(lines).toContain('  ! no Node object of this name is in the bundle');
    expect(lines).toContain('nodes without a dump: node-b');
  });

  it('shows the rest of a bundle with a damaged member', async () => {
    const bytes = await smallBundleBytes();
    // Inside the packed dump, which is the last member.
    bytes[bytes.length - 1024 - 500] = bytes[bytes.length - 1024 - 500]! ^ 0x55;
    const bundle = openBundle(bytes, 'incident.skoop');
    expect(describeBundle(bundle)).toMatch(
      /objects: 1 Node, 1 Pod\n\nnode node-a: .*\n {2}! incident\.skoop, section nodes\/node-a\.dump\.gz: /,
    );
    expect(() => checkBundle(bundle)).toThrow(InputError);
  });
});

describe('files', () => {
  it('are read no further than a dump may go, whatever their size', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bundle-test-'));
    const zeros = join(folder, 'zeros.dump');
    writeFileSync(zeros, '');
    truncateSync(zeros, 1024 ** 3);
    try {
      await expect(createBundle({ ...WHEN, objects: [], dumps: [zeros] })).rejects.toThrow(
        `${zeros}: has more than 512 MiB`,
      );
      await expect(createBundle({ ...WHEN, objects: [zeros], dumps: [] })).rejects.toThrow(
        `${zeros}: has more than 512 MiB`,
      );
      await expect(createBundle({ ...WHEN, objects: [], dumps: [folder] })).rejects.toThrow('EISDIR');
      expect(() => openBundle(folder)).toThrow(expect.objectContaining({ code: 'EISDIR', path: folder }));
      expect(() => openBundle('/dev/null')).toThrow('/dev/null: is not a plain file');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
