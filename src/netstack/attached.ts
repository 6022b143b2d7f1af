/** What is attached to a device and sees its packets before or after the IP layer: tc filters, XDP and other BPF programs, netem. */
import type { Evidence } from '../model/evidence.ts';
import type { NetNS } from './netns.ts';
import { busyChainAt, chainEvidence } from './nftables/index.ts';

export type Way = 'ingress' | 'egress';

interface Attached {
  readonly dev: string;
  readonly ways: readonly Way[];
  readonly evidence: Evidence;
}

const kept = new WeakMap<NetNS, readonly Attached[]>();
/** What of nftables is at each device, by way and name. */
const keptNft = new WeakMap<NetNS, Map<string, Evidence | undefined>>();

/** The first thing on the device that may do anything to a packet; undefined where nothing is known to be there. */
export function attachedTo(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  let all = kept.get(ns);
  if (all === undefined) {
    all = [...fromTc(ns), ...fromBpftool(ns), ...fromLinks(ns)];
    kept.set(ns, all);
  }
  return all.find((each) => each.dev === dev && each.ways.includes(way))?.evidence ?? fromNft(ns, dev, way);
}

/** Chains of nftables at a device itself: family netdev, and ingress of both IP families (nf_hook_ingress). */
function fromNft(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  let found = keptNft.get(ns);
  if (found === undefined) {
    found = new Map();
    keptNft.set(ns, found);
  }
  const key = way === 'ingress' ? dev : `>${dev}`;
  if (!found.has(key)) found.set(key, nftAt(ns, dev, way));
  return found.get(key);
}

function nftAt(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  const chain = busyChainAt(ns, way === 'ingress' ? ['netdev', 'inet'] : ['netdev'], way, dev);
  // Where the rule set can't be read, the hooks say so.
  if (!chain.ok || chain.value === undefined) return undefined;
  const evidence = chainEvidence(chain.value);
  return { ...evidence, where: `${evidence.where ?? 'nft'} (nftables at the device)` };
}

/** The first line lists the qdiscs; then each clsact or ingress qdisc has a line of its ingress and one of its egress filters. */
function fromTc(ns: NetNS): readonly Attached[] {
  const lines = (ns.section('tc')?.stdout ?? '').split('\n').filter((line) => line.trim() !== '');
  const qdiscs = readList(lines[0]);
  const classifiers = qdiscs.filter((qdisc) => qdisc['kind'] === 'clsact' || qdisc['kind'] === 'ingress');
  const netem = qdiscs
    .filter((qdisc) => qdisc['kind'] === 'netem')
    .map((qdisc): Attached => attachment(ns, qdisc, ['egress'], 'tc qdisc'));
  const filters = classifiers.flatMap((qdisc, index) =>
    (['ingress', 'egress'] as const).flatMap((way, offset): Attached[] => {
      const [first] = readList(lines[1 + 2 * index + offset]);
      return first === undefined ? [] : [attachment(ns, { ...first, dev: qdisc['dev'] }, [way], `tc ${way} filter`)];
    }),
  );
  return [...netem, ...filters];
}

/** `bpftool -j net`: one object with a list per attachment point; every entry names its device. */
function fromBpftool(ns: NetNS): readonly Attached[] {
  const section = ns.section('bpf-net');
  if (section === undefined || section.exitCode !== 0) return [];
  const points: readonly (readonly [string, readonly Way[]])[] = [
    ['xdp', ['ingress']],
    ['tc', ['ingress', 'egress']],
    ['netkit', ['ingress', 'egress']],
  ];
  const [all] = readList(section.stdout);
  if (all === undefined) return [];
  return points.flatMap(([point, ways]) =>
    entriesOf(all[point]).map((entry) => attachment(ns, { ...entry, dev: entry['devname'] }, ways, `BPF ${point}`)),
  );
}

/** `ip -d link` shows XDP programs with no tool of BPF's own. */
function fromLinks(ns: NetNS): readonly Attached[] {
  const text = ns.section('ip-link')?.stdout ?? '';
  if (!text.includes('"xdp"')) return [];
  return readList(text)
    .filter((link) => link['xdp'] !== undefined)
    .map((link) => attachment(ns, { dev: link['ifname'], xdp: link['xdp'] }, ['ingress'], 'XDP'));
}

function attachment(ns: NetNS, entry: Readonly<Record<string, unknown>>, ways: readonly Way[], what: string): Attached {
  return {
    dev: String(entry['dev']),
    ways,
    evidence: { kind: 'link', raw: JSON.stringify(entry), where: `${what} on ${String(entry['dev'])} of ${ns.key}` },
  };
}

function readList(text: string | undefined): readonly Readonly<Record<string, unknown>>[] {
  if (text === undefined) return [];
  try {
    return entriesOf(JSON.parse(text));
  } catch {
    // Text that is no JSON is the tool's own trouble; that it was there is enough to be careful.
    return [{ unreadable: text.slice(0, 80) }];
  }
}

function entriesOf(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value)
    ? value.filter((entry): entry is Record<string, unknown> => typeof entry === 'object' && entry !== null)
    : [];
}
