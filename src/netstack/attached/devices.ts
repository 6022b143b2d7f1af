/** What is attached to a device and sees its packets before or after the IP layer: tc filters, XDP and other BPF programs, netem. */
import type { Family } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import type { NetNS } from '../netns.ts';
import { chainDropsQuestions } from '../bridge/questions.ts';
import { baseChainsAt, busyChainAt, chainEvidence, deviceFamilies, type BaseChain } from '../nftables/index.ts';
import { perNamespace } from '../per-namespace.ts';
import type { NetLink } from '../state.ts';
import { isHarmlessFilter } from './filter.ts';
import { ownerOf, workedOn } from './data-planes.ts';
import { entriesOf, field, readList, word, type Listed } from './json-list.ts';
import { isClassifier, isHarmlessQdisc } from './qdisc.ts';
import { listsPrograms, unplacedProgram } from './unplaced.ts';

export type Way = 'ingress' | 'egress';

interface Attached {
  readonly dev: string;
  readonly ways: readonly Way[];
  readonly evidence: Evidence;
}

/** By device: asked for every frame at every device. */
const programs = {
  ingress: perNamespace(() => new Map<string, Evidence | undefined>()),
  egress: perNamespace(() => new Map<string, Evidence | undefined>()),
};
const attachments = perNamespace((ns): readonly Attached[] => [...fromBpftool(ns), ...fromLinks(ns), ...fromTc(ns)]);

/** The first thing on the device that may do anything to a packet; undefined where nothing is known to be there. */
export function attachedTo(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  return programsAt(ns, dev, way) ?? fromNft(ns, dev, way);
}

/** The same without rules of nftables, which are evaluated. */
export function programsAt(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  const known = programs[way](ns);
  const evidence = known.get(dev);
  if (evidence !== undefined || known.has(dev)) return evidence;
  const found = firstAt(ns, dev, way);
  known.set(dev, found);
  return found;
}

/** What on the device sees a question for a neighbour and the answer to it. */
export function programBothWays(ns: NetNS, dev: string): Evidence | undefined {
  return programsAt(ns, dev, 'egress') ?? programsAt(ns, dev, 'ingress');
}

/** By family and device: asked for every question, and for every frame where there are rules. */
const droppers = {
  4: perNamespace(() => new Map<string, Evidence | undefined>()),
  6: perNamespace(() => new Map<string, Evidence | undefined>()),
};

/** Rules at the device that may drop the one or the other. */
export function dropsAtDevice(ns: NetNS, dev: string, family: Family): Evidence | undefined {
  const known = droppers[family](ns);
  if (!known.has(dev)) known.set(dev, dropsAt(ns, dev, 'egress', family) ?? dropsAt(ns, dev, 'ingress', family));
  return known.get(dev);
}

/** Chains of inet see no ARP (nft_do_chain_inet_ingress). */
function dropsAt(ns: NetNS, dev: string, way: Way, family: Family): Evidence | undefined {
  const chains = baseChainsAt(ns, family === 4 ? ['netdev'] : deviceFamilies(way), way, dev);
  const { nftables } = ns;
  if (!chains.ok || !nftables.ok) return undefined;
  const chain = chains.value.find((each) => chainDropsQuestions(nftables.value, each, family));
  return chain === undefined ? undefined : evidenceOf(chain);
}

function firstAt(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  return (
    attachments(ns).find((each) => each.dev === dev && each.ways.includes(way))?.evidence ??
    workedOn(ns, dev, listsPrograms(ns)) ??
    unplacedProgram(ns, dev)
  );
}

/** Chains of nftables at a device itself. */
function fromNft(ns: NetNS, dev: string, way: Way): Evidence | undefined {
  const chain = busyChainAt(ns, deviceFamilies(way), way, dev);
  // Where the rule set can't be read, the hooks say so.
  return !chain.ok || chain.value === undefined ? undefined : evidenceOf(chain.value);
}

function evidenceOf(chain: BaseChain): Evidence {
  const evidence = chainEvidence(chain);
  return { ...evidence, where: `${evidence.where ?? 'nft'} (nftables at the device)` };
}

/** The first line lists the qdiscs; then each clsact or ingress qdisc has a line of its ingress and one of its egress filters. */
function fromTc(ns: NetNS): readonly Attached[] {
  const lines = (ns.section('tc')?.stdout ?? '').split('\n').filter((line) => line.trim() !== '');
  const qdiscs = readList(lines[0]);
  const mtuOf = (dev: string): number => ns.link(dev)?.mtu ?? 0;
  const queues = qdiscs
    .filter((qdisc) => !isHarmlessQdisc(qdisc, mtuOf(word(qdisc, 'dev'))))
    .map((qdisc): Attached => attachment(ns, qdisc, ['egress'], `tc qdisc ${word(qdisc, 'kind')}`));
  const givesBack = (dev: string): boolean =>
    isIfb(ns.link(dev)) && ![...queues, ...fromBpftool(ns)].some((each) => each.dev === dev);
  const filters = qdiscs.filter(isClassifier).flatMap((qdisc, index) =>
    (['ingress', 'egress'] as const).flatMap((way, offset): Attached[] => {
      const listed = readList(lines[1 + 2 * index + offset]);
      // a filter is listed with its head, which has no options
      const own = listed.filter((filter) => filter['options'] !== undefined || filter['unreadable'] !== undefined);
      const first = (own.length === 0 ? listed : own).find((filter) => !isHarmlessFilter(filter, givesBack));
      if (first === undefined) return [];
      const name = word(field(first, 'options'), 'bpf_name') || word(first, 'kind');
      const what = ['tc', way, 'filter', `${name}${ownerOf(name)}`].join(' ').trim();
      return [attachment(ns, { ...first, dev: qdisc['dev'] }, [way], what)];
    }),
  );
  return [...queues, ...filters];
}

const isIfb = (link: NetLink | undefined): boolean =>
  link?.isUp === true && link.kind.kind === 'unsupported' && link.kind.name === 'ifb';

/** `bpftool -j net`: one object with a list per attachment point; every entry names its device. */
function fromBpftool(ns: NetNS): readonly Attached[] {
  const section = ns.section('bpf-net');
  if (section === undefined || section.exitCode !== 0) return [];
  const [all] = readList(section.stdout);
  if (all === undefined) return [];
  return ['xdp', 'tc', 'netkit'].flatMap((point) =>
    entriesOf(all[point])
      // what older tools list without its program is a filter, which tc says more of
      .filter((entry) => point !== 'tc' || entry['name'] !== undefined || ns.section('tc')?.exitCode !== 0)
      .map((entry) => {
        const program = word(entry, 'name');
        const name = [point === 'tc' ? word(entry, 'kind') || point : point, `${program}${ownerOf(program)}`]
          .join(' ')
          .trim();
        return attachment(ns, { ...entry, dev: entry['devname'] }, waysOf(point, entry), `BPF program ${name}`);
      }),
  );
}

/** A program of netkit runs for what its device sends; which of the two ends is said by its name only. */
function waysOf(point: string, entry: Listed): readonly Way[] {
  if (point === 'xdp') return ['ingress'];
  const way = /\/(ingress|egress)$/.exec(word(entry, 'kind'))?.[1];
  return way === undefined ? ['ingress', 'egress'] : [way as Way];
}

/** `ip -d link` shows XDP programs with no tool of BPF's own. */
function fromLinks(ns: NetNS): readonly Attached[] {
  const text = ns.section('ip-link')?.stdout ?? '';
  if (!text.includes('"xdp"')) return [];
  return readList(text)
    .filter((link) => link['xdp'] !== undefined)
    .map((link) => {
      const name = word(field(field(link, 'xdp'), 'prog'), 'name');
      return attachment(
        ns,
        { dev: link['ifname'], xdp: link['xdp'] },
        ['ingress'],
        `BPF program ${['xdp', `${name}${ownerOf(name)}`].join(' ').trim()}`,
      );
    });
}

function attachment(ns: NetNS, entry: Listed, ways: readonly Way[], what: string): Attached {
  const dev = word(entry, 'dev');
  return { dev, ways, evidence: { kind: 'link', raw: JSON.stringify(entry), where: `${what} on ${dev} of ${ns.key}` } };
}
