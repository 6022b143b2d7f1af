/** What is read from outside, each as a fuzz target: anything may be refused with an InputError, nothing may do more. */
import { gzipSync } from 'node:zlib';
import { checkBundle, createBundle, describeBundle, InputError, openBundle } from '../src/bundle/index.ts';
import { MANIFEST } from '../src/bundle/manifest.ts';
import { readObjects } from '../src/bundle/objects-input.ts';
import { redactObject } from '../src/bundle/redact-objects.ts';
import { redactDump } from '../src/bundle/redact-dump.ts';
import { writeTar } from '../src/bundle/write-tar.ts';
import { printDump, readDump } from '../src/collector/index.ts';
import { SECTION_COMMANDS } from '../src/model/dump.ts';
import type { NodeNetworkStackDump } from '../src/model/dump.ts';
import { parseNftJson } from '../src/netstack/nftables/parse-json.ts';
import { parseNftText } from '../src/netstack/nftables/parse-text.ts';
import { printRuleSet } from '../src/netstack/nftables/print.ts';
import { NftSyntaxError } from '../src/netstack/nftables/syntax-error.ts';
import type { RuleSet } from '../src/netstack/nftables/types.ts';
import type { FuzzTarget } from './fuzz-engine.ts';

const dump: NodeNetworkStackDump = {
  schema: 1,
  nodeName: 'node-a',
  collectedAt: '2026-11-24T03:31:17Z',
  kernel: '6.18.44',
  pods: [{ uid: '0c7b2a52-7f5b-4ec9-9d6e-0f0a2f1f6b11', netnsInode: 2, addresses: [] }],
  netns: [
    {
      inode: 1,
      isHost: true,
      names: [],
      sections: {
        'ip-link': { command: 'ip', exitCode: 0, stdout: '[]\n', stderr: '' },
        tc: { command: 'tc', exitCode: 127, stdout: '', stderr: 'no\n' },
      },
    },
    {
      inode: 2,
      isHost: false,
      names: ['cni-1'],
      sandbox: 'runsc',
      sections: { 'ip-addr': { command: 'ip', exitCode: 0, stdout: '[{"local":"10.244.1.7"}]\n', stderr: '' } },
    },
  ],
  outside: [2],
  notDumped: [{ inode: 3, names: ['other'] }],
};
const dumpBytes = printDump(dump);
const nonce = dumpBytes.toString().split('\n', 1)[0]!.split(' ')[2]!;
const batch = Buffer.from(
  dumpBytes
    .toString()
    .replace(
      `@${nonce} section tc`,
      `@${nonce} section ip4-route+ip4-rule exit=0 ms=1 out=6 err=0 cmd=ip\n[]\n[]\n\n@${nonce} end ip4-route+ip4-rule\n@${nonce} section tc`,
    ),
);
const dumpWords = [
  `\n@${nonce} `,
  `\n@${nonce} section ip-neigh exit=0 ms=0 out=0 err=0 cmd=\n\n@${nonce} end ip-neigh\n`,
  'netns',
  'name',
  'uid',
  'end',
  'netns-end',
  'not-dumped',
  'eof netns=',
  ' host',
  ' other',
  'exit=',
  'out=',
  'err=',
  '+',
  '\n',
  '"local":"',
  ...Object.keys(SECTION_COMMANDS).slice(0, 6),
];

const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web',
    namespace: 'shop',
    uid: 'u',
    annotations: { 'kubernetes.io/config.hash': 'h' },
    managedFields: [{}],
  },
  spec: {
    nodeName: 'node-a',
    containers: [{ name: 'web', env: [{ name: 'A', value: 'b' }], readinessProbe: { httpGet: { port: 80 } } }],
  },
  status: { phase: 'Running', podIPs: [{ ip: '10.244.1.7' }] },
};
const list = {
  kind: 'List',
  items: [
    pod,
    { kind: 'Node', metadata: { name: 'node-a' } },
    { kind: 'ConfigMap', metadata: { name: 'kube-proxy' }, data: { a: 'b' } },
  ],
};
const yaml =
  'apiVersion: v1\nkind: Pod\nmetadata:\n  name: &n web\n  labels: {app: *n}\n---\nkind: List\nitems:\n- kind: Node\n  metadata: {name: "node-a"}\n';
const objectWords = [
  '"kind":"',
  '"items":[',
  '"metadata":{',
  'null',
  '[',
  ']',
  '{',
  '}',
  ',',
  '"',
  '\\',
  '---\n',
  '- ',
  ': ',
  '&a ',
  '*a',
  '!!binary ',
  '|\n',
  '<<: *a',
  '\t',
  '\n  ',
  '__proto__',
  'List',
];

/** Refusals are what is wanted; everything else that is thrown is a finding. */
function refusing<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof InputError && error.message.length < 1000 && !error.message.includes('\n')) return undefined;
    throw error;
  }
}

function useDump(bytes: Buffer): void {
  refusing(() => {
    const read = readDump(bytes, { file: 'fuzz' });
    const printed = printDump(redactDump(read));
    readDump(printed, { file: 'printed' });
  });
}

function useBundle(bytes: Buffer): void {
  refusing(() => describeBundle(openBundle(bytes)));
  refusing(() => checkBundle(openBundle(bytes)));
}

async function useObjects(bytes: Buffer): Promise<void> {
  const objects = await readObjects(bytes, 'fuzz').catch((error: unknown) =>
    refusing(() => {
      throw error;
    }),
  );
  for (const object of objects ?? []) redactObject(object);
}

/** A bundle of which one member is the input: what is behind gzip and the tar header is not found by chance. */
async function useMember(name: 'manifest' | 'objects' | 'dump', bytes: Buffer): Promise<void> {
  const { manifest } = whole;
  const data = (member: string, is: string, otherwise: Buffer): { readonly name: string; readonly data: Buffer } => ({
    name: member,
    data: gzipSync(name === is ? bytes : otherwise, { level: 1 }),
  });
  useBundle(
    await writeTar([
      { name: MANIFEST, data: name === 'manifest' ? bytes : Buffer.from(JSON.stringify(manifest)) },
      data('objects/Pod.ndjson.gz', 'objects', Buffer.from(`${JSON.stringify(pod)}\n`)),
      data('nodes/node-a.dump.gz', 'dump', dumpBytes),
    ]),
  );
}

const NFT_TEXT = `table inet shop { # handle 3
	flags dormant
	set clients {
		typeof ip saddr . tcp dport
		flags interval,timeout
		elements = { 10.0.0.0/8 . 80-90 counter packets 0 bytes 0 timeout 1h expires 59m59s996ms comment "x y",
			     10.0.0.1 . 5 }
	}

	map verdicts {
		type ipv4_addr : verdict
		elements = { 10.0.0.1 : jump web, * : drop }
	}

	chain web {
		type filter hook input priority filter + 5; policy drop;
		tcp flags fin,syn / fin,syn,rst,ack ct state established,related accept # handle 7
		meta mark set (meta mark | 0x00000010) & 0x000000ff
		ip daddr . ip protocol . th dport vmap { 10.0.0.1 . tcp . 80-90 : goto web }
		update @clients { ip saddr . tcp dport timeout 5s limit rate over 3/second } comment "a"
		meta l4proto tcp dnat ip6 to [fd00::1]:80 random
		log prefix "web: " group 3 flags all
		meta hour "08:00"-"17:00" jhash ip saddr mod 2 seed 0xdead map { 0 : 1 } drop
	}
}
`;
const NFT_JSON = `{"nftables":[{"metainfo":{}},{"table":{"family":"ip","name":"t","handle":1}},
{"set":{"family":"ip","name":"s","table":"t","type":["ipv4_addr","inet_service"],"flags":["interval"],"elem":[{"elem":{"val":{"concat":[{"prefix":{"addr":"10.0.0.0","len":8}},{"range":[80,90]}]},"timeout":5}}]}},
{"map":{"family":"ip","name":"m","table":"t","type":"ipv4_addr","map":"verdict","elem":[["*",{"drop":null}]]}},
{"chain":{"family":"ip","table":"t","name":"c","handle":1,"type":"nat","hook":"prerouting","prio":-100,"policy":"accept"}},
{"rule":{"family":"ip","table":"t","chain":"c","handle":2,"comment":"a","expr":[{"match":{"op":"in","left":{"&":[{"ct":{"key":"state"}},1]},"right":["new"]}},{"counter":{"packets":1,"bytes":-1}},{"mangle":{"key":{"meta":{"key":"mark"}},"value":{"map":{"key":{"numgen":{"mode":"inc","mod":2,"offset":0}},"data":{"set":[[0,1]]}}}}},"update @m { ip saddr : accept }",{"dnat":{"addr":"10.0.0.1","port":80}}]}}]}`;
const nftWords = [
  '"',
  '{',
  '}',
  ' . ',
  ' : ',
  ', ',
  '@m',
  '\n',
  '\t',
  '-',
  '/',
  '(',
  ')',
  '|',
  '\0',
  ' map ',
  ' vmap ',
  ' set ',
  'jump ',
  'ct ',
  'meta ',
  'elements = { ',
  'table ip t {\n',
  '[',
  ']',
  'null',
  '1e999',
  '"elem":',
  '__proto__',
];

/** What can't be read as a rule set is refused; all that is lazy is read. */
function useNft(parse: (text: string) => RuleSet, bytes: Buffer): void {
  let rules: RuleSet;
  try {
    rules = parse(bytes.toString());
  } catch (error) {
    if (error instanceof NftSyntaxError && error.message.length < 1000) return;
    throw error;
  }
  printRuleSet(rules);
}

const whole = await createBundle({
  objects: [{ file: 'o', data: Buffer.from(JSON.stringify(pod)) }],
  dumps: [{ file: 'd', data: dumpBytes }],
  createdAt: new Date(0),
  createdBy: 'fuzz',
});

export const TARGETS: readonly FuzzTarget[] = [
  { name: 'dump', seeds: [dumpBytes, batch], words: dumpWords, run: useDump },
  {
    name: 'bundle',
    seeds: [whole.bytes],
    words: ['ustar\0', '0000644\0', '../', '\x1f\x8b\x08', ...dumpWords],
    run: useBundle,
  },
  {
    name: 'bundle-manifest',
    seeds: [Buffer.from(JSON.stringify(whole.manifest))],
    words: [...objectWords, '"schema":', '1e999', '"nodes":['],
    run: async (input) => useMember('manifest', input),
  },
  {
    name: 'bundle-objects',
    seeds: [Buffer.from(`${JSON.stringify(pod)}\n${JSON.stringify(pod)}\n`)],
    words: objectWords,
    run: async (input) => useMember('objects', input),
  },
  { name: 'bundle-dump', seeds: [dumpBytes, batch], words: dumpWords, run: async (input) => useMember('dump', input) },
  {
    name: 'objects',
    seeds: [Buffer.from(JSON.stringify(list)), Buffer.from(JSON.stringify(list, null, 1)), Buffer.from(yaml)],
    words: objectWords,
    run: useObjects,
  },
  {
    name: 'nft-text',
    seeds: [Buffer.from(NFT_TEXT)],
    words: nftWords,
    run: (input) => useNft(parseNftText, input),
  },
  {
    name: 'nft-json',
    seeds: [Buffer.from(NFT_JSON)],
    words: nftWords,
    run: (input) => useNft(parseNftJson, input),
  },
];
