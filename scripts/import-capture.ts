/**
 * Turns a folder of captured command output into a bundle: `tsx scripts/import-capture.ts FOLDER OUT.skoop`
 *
 * The folder has the objects as `KIND.json` and, per node, `NODE/host/` and `NODE/NAMESPACE_POD/` with one file per command
 * (`ip-link.json`, `iptables-nft-save.txt`, …) and `X.error` (exit code and message) where a command failed. Such folders
 * do not say the inodes of namespaces: stable ones are made up.
 */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createBundle } from '../src/bundle/index.ts';
import { printDump } from '../src/collector/index.ts';
import { DUMP_SCHEMA, SECTION_COMMANDS } from '../src/model/dump.ts';
import type { NetNSInfo, NodeNetworkStackDump, PodNetInfo, Section, SectionName } from '../src/model/dump.ts';

/** File names that are not the section's own. */
const FILES: Readonly<Partial<Record<SectionName, string>>> = {
  sockets: 'ss.txt',
  sysctl: 'sysctl-net.txt',
  'nft-ruleset-text': 'nft-ruleset.txt',
};
/** Commands that such a capture ran otherwise than the collector does. */
const COMMANDS: Readonly<Partial<Record<SectionName, string>>> = {
  sockets: 'ss -Hntulp',
  sysctl: 'sysctl -a --pattern ^net',
};
/** Namespaces of a node are numbered from here on. */
const FIRST_INODE = 4_026_531_840;

const [folder, out] = process.argv.slice(2);
if (folder === undefined || out === undefined) {
  console.error('usage: tsx scripts/import-capture.ts FOLDER OUT.skoop');
  process.exit(2);
}
const entries = readdirSync(folder, { withFileTypes: true });
const objects = entries.filter((entry) => entry.name.endsWith('.json')).map((entry) => join(folder, entry.name));
const pods = new Map(
  podObjects(join(folder, 'pods.json')).map((pod) => [`${pod.metadata.namespace}_${pod.metadata.name}`, pod]),
);
const nodes = entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
const dumps = nodes.sort().map((node, index) => ({ file: node, data: printDump(importNode(node, index)) }));
const { bytes } = await createBundle({
  objects,
  dumps,
  createdAt: new Date(collectedAt()),
  createdBy: 'import-capture',
});
writeFileSync(out, bytes);
console.log(`${out}: ${bytes.length} bytes, nodes ${nodes.join(', ')}`);

interface PodObject {
  readonly metadata: { readonly name: string; readonly namespace: string; readonly uid: string };
  readonly spec: { readonly hostNetwork?: boolean };
  readonly status: { readonly podIPs?: readonly { readonly ip: string }[]; readonly startTime?: string };
}

function podObjects(file: string): readonly PodObject[] {
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly items: readonly PodObject[] }).items;
}

/** The captures say no time; the youngest pod started shortly before. */
function collectedAt(): string {
  const latest = Math.max(
    ...[...pods.values()].map(({ status }) => Date.parse(status.startTime ?? '1970-01-01T00:00:00Z')),
  );
  return new Date(latest + 60_000).toISOString();
}

function importNode(node: string, index: number): NodeNetworkStackDump {
  const base = FIRST_INODE + 1000 * index;
  const names = readdirSync(join(folder!, node)).sort();
  const others = names.filter((name) => name !== 'host');
  const netns: NetNSInfo[] = [
    { inode: base, isHost: true, names: [], sections: sectionsIn(join(folder!, node, 'host')) },
    ...others.map((name, at) => ({
      inode: base + at + 1,
      isHost: false,
      names: [`cni-${name}`],
      sections: sectionsIn(join(folder!, node, name)),
    })),
  ];
  const podInfos: PodNetInfo[] = others.flatMap((name, at) => {
    const pod = pods.get(name);
    if (pod === undefined) return [];
    return [
      { uid: pod.metadata.uid, netnsInode: base + at + 1, addresses: (pod.status.podIPs ?? []).map(({ ip }) => ip) },
    ];
  });
  return { schema: DUMP_SCHEMA, nodeName: node, collectedAt: collectedAt(), kernel: 'captured', pods: podInfos, netns };
}

function sectionsIn(path: string): NetNSInfo['sections'] {
  const sections: Partial<Record<SectionName, Section>> = {};
  for (const name of Object.keys(SECTION_COMMANDS) as SectionName[]) {
    const file = FILES[name] ?? [`${name}.json`, `${name}.txt`].find((candidate) => existsSync(join(path, candidate)));
    if (file === undefined || !existsSync(join(path, file))) continue;
    const failure = existsSync(join(path, `${file}.error`))
      ? /^(\d+) (.*)$/s.exec(readFileSync(join(path, `${file}.error`), 'utf8'))
      : null;
    const text = readFileSync(join(path, file), 'utf8');
    sections[name] = {
      command: COMMANDS[name] ?? SECTION_COMMANDS[name],
      exitCode: Number(failure?.[1] ?? 0),
      stdout: name === 'sysctl' ? asGrepPrints(text) : text,
      stderr: failure?.[2] ?? '',
      milliseconds: 0,
    };
  }
  return sections;
}

/** `net.ipv4.conf.eth0/100.rp_filter = 1` to `/proc/sys/net/ipv4/conf/eth0.100/rp_filter:1`: sysctl swaps dots and slashes. */
function asGrepPrints(text: string): string {
  return text.replaceAll(
    /^(net\.\S+) = ?/gm,
    (_, key: string) => `/proc/sys/${key.replaceAll(/[./]/g, (char) => (char === '.' ? '/' : '.'))}:`,
  );
}
