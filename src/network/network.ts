/** One cluster's wiring: resolves a question, walks it, and holds what was found against what was meant. */
import type { Family, IP } from '../model/address.ts';
import type { Question } from '../model/endpoint.ts';
import type { PacketPath, NetNodeResult } from '../model/path.ts';
import type { Suspicion } from '../model/suspicion.ts';
import {
  AskError,
  describeFacts,
  describeNodeInterfaces,
  describeProxyModes,
  NODE_INTERFACE,
  idOf,
  resolveQuestion,
  type AskedQuestion,
  type Cluster,
  type Target,
} from '../k8s/index.ts';
import { Diagnostor, type Walked } from '../diagnostor/diagnostor.ts';
import type { Entry, Place, Surroundings } from '../diagnostor/place.ts';
import { blackHoleFindings, LARGEST_SEGMENT, mayNarrow } from '../diagnostor/black-hole.ts';
import { endingFindings } from '../diagnostor/findings.ts';
import { pathMtuFindings } from '../diagnostor/path-mtu.ts';
import { decidedBy, summarize } from '../diagnostor/summary.ts';
import { joinBranches } from '../diagnostor/verdict.ts';
import { bridgedUplinks } from '../nodemanager/bridged-uplink.ts';
import type { NetNodeManager } from '../nodemanager/net-node-manager.ts';
import type { InfraShim } from '../infra/index.ts';
import { describeDataPlanes } from '../netstack/attached/data-planes.ts';
import { assumptionsOf } from './assumptions.ts';
import type { Intent } from './intent.ts';

/** A question with what the user may know beside it. */
export interface Ask extends AskedQuestion {
  /** Whole size in bytes of the IP packet that is walked, of TCP of a packet with data; where absent, the first packet is. */
  readonly size?: number;
  /** Name of the node at which traffic from outside comes in; every node is tried where absent. */
  readonly via?: string;
}

export class Network {
  readonly #cluster: Cluster;
  readonly #nodes: NetNodeManager;
  readonly #infra: InfraShim;
  readonly #intent: Intent;

  constructor(parts: {
    readonly cluster: Cluster;
    readonly nodes: NetNodeManager;
    readonly infra: InfraShim;
    readonly intent: Intent;
  }) {
    this.#infra = parts.infra;
    this.#cluster = parts.cluster;
    this.#nodes = parts.nodes;
    this.#intent = parts.intent;
  }

  get #surroundings(): Surroundings {
    const { cache } = this.#cluster;
    return {
      isClusterAddress: (ip) =>
        cache.servicesAt(ip).some((service) => service.clusterIPs.some((each) => each.text === ip.text)),
      entries: async (family) => {
        const all = await Promise.all(this.#nodes.entryNames.map((name) => this.#entry(name, family)));
        return all.filter((entry) => entry !== undefined);
      },
    };
  }

  /** Throws AskError where a name, port or family does not resolve, and InputError where a dump can't be read. */
  async diagnose(ask: Ask): Promise<PacketPath> {
    const resolved = resolveQuestion(this.#cluster.cache, ask);
    if (resolved instanceof AskError) throw resolved;
    const { question } = resolved;
    const source = await this.#place(resolved.src, resolved.dst, question, ask.via);
    const walked = await new Diagnostor(this.#nodes, this.#surroundings).walk(
      question,
      source,
      ask.size === undefined ? {} : { size: ask.size },
    );
    const joined = joinBranches(walked.branches);
    const findings = [
      ...endingFindings(walked.branches, joined.reason),
      ...(await this.#largeSegments(walked, source, question, ask)),
      ...(await this.#intent.check({ resolved, walked, verdict: joined.verdict })),
      ...(await this.#betweenNodes(walked)),
    ];
    const hosts = [...new Set([...walked.visited].map(({ node }) => node))].toSorted((a, b) =>
      a.name < b.name ? -1 : 1,
    );
    const isInterfaceGiven = this.#intent.detected.some(({ what }) => what === NODE_INTERFACE);
    return {
      question,
      verdict: joined.verdict,
      reason: joined.reason,
      summary: summarize(question, walked.branches, joined),
      decidedBy: decidedBy(walked.branches, joined),
      branches: walked.branches,
      nodes: nodesOf(walked, findings),
      links: [...walked.links.values()],
      suspicions: findings.filter((finding) => finding.node === undefined),
      assumptions: assumptionsOf(walked, this.#infra),
      detected: [
        ...describeFacts(this.#cluster.facts),
        ...describeProxyModes(hosts, this.#cluster.facts),
        ...(isInterfaceGiven ? [] : describeNodeInterfaces(hosts, this.#cluster.cache)),
        ...this.#intent.detected,
        ...describeDataPlanes([...walked.visited].map(({ ns }) => ns)),
      ],
    };
  }

  /** A connection that opens is held against its first large segment too. */
  async #largeSegments(walked: Walked, source: Place, question: Question, ask: Ask): Promise<readonly Suspicion[]> {
    const risks = pathMtuFindings(walked);
    const isAsked = question.protocol === 'tcp' && ask.size === undefined;
    if (!isAsked || joinBranches(walked.branches).verdict !== 'reachable' || !mayNarrow(walked)) return risks;
    const large = await new Diagnostor(this.#nodes, this.#surroundings).walk(question, source, {
      size: LARGEST_SEGMENT,
    });
    const holes = blackHoleFindings(large);
    return holes.length > 0 ? holes : risks;
  }

  /** What the infrastructure would do to the packets that cross it. */
  async #betweenNodes(walked: Walked): Promise<readonly Suspicion[]> {
    const { cache } = this.#cluster;
    const checks = [...walked.links.values()]
      .filter((link) => link.type === 'infra')
      .map((link) => {
        const from = cache.node(link.source);
        const to = cache.node(link.destination);
        return from === undefined
          ? Promise.resolve([])
          : this.#infra.check({ from, packet: link.packet, ...(to === undefined ? {} : { to }) });
      });
    return (await Promise.all(checks)).flat();
  }

  async #place(src: Target, dst: Target, question: Question, via: string | undefined): Promise<Place> {
    if (src.pod !== undefined && src.type === 'pod') return this.#podPlace(idOf(src.pod), src.pod.nodeName);
    if (src.type === 'node') {
      const state = await this.#nodes.node(src.id);
      if (state === undefined) return this.#notCollected(src.id, `node ${src.id}`);
      return { kind: 'node', action: this.#nodes.action(state, state.host) };
    }
    if (src.type === 'service')
      throw new AskError(`${src.id} is a service: a source must be a pod, a node or an address`);
    return this.#outside(dst, question, via);
  }

  async #podPlace(id: string, nodeName: string | undefined): Promise<Place> {
    if (nodeName === undefined) return { kind: 'unknown', reason: `pod ${id} is not scheduled to a node` };
    const state = await this.#nodes.node(nodeName);
    if (state === undefined) return this.#notCollected(nodeName, `node ${nodeName} of pod ${id}`);
    const ns = state.pods.get(id);
    if (ns === undefined) return { kind: 'unknown', reason: `the dump of ${nodeName} has no namespace of pod ${id}` };
    if (ns.isBrief) return { kind: 'unknown', reason: `only the addresses of ${id} were collected, not its rules` };
    return { kind: 'node', action: this.#nodes.action(state, ns) };
  }

  /** Traffic from outside comes in at the node that the destination is on, or, for a service, at any node. */
  async #outside(dst: Target, question: Question, via: string | undefined): Promise<Place> {
    const names =
      via !== undefined
        ? [via]
        : dst.node !== undefined
          ? [dst.node.name]
          : dst.pod?.nodeName !== undefined && dst.type === 'pod'
            ? [dst.pod.nodeName]
            : this.#nodes.entryNames;
    const entries = await Promise.all(names.map((name) => this.#entry(name, question.dst.ip.family, question.dst.ip)));
    const known = entries.filter((entry) => entry !== undefined);
    if (known.length > 0) return { kind: 'outside', entries: known };
    const [only] = names;
    if (names.length === 1 && only !== undefined && (await this.#nodes.node(only)) === undefined)
      return this.#notCollected(only, `traffic from ${question.src.id} comes in at node ${only}, which`);
    return {
      kind: 'unknown',
      reason: `no node was collected at which traffic from ${question.src.id} could come in`,
    };
  }

  #notCollected(node: string, what: string): Place {
    const { text, ...more } = this.#nodes.notCollected(node);
    return { kind: 'unknown', reason: `${what} ${text}`, ...more };
  }

  async #entry(name: string, family: Family, dst?: IP): Promise<Entry | undefined> {
    const state = await this.#nodes.node(name);
    if (state === undefined) return undefined;
    const addresses = this.#cluster.cache.node(name)?.addresses ?? [];
    const own = [...(dst === undefined ? [] : [dst]), ...addresses]
      .filter((ip) => ip.family === family)
      .flatMap((ip) => state.host.owners(ip))
      // a service's address on kube-ipvs0 is answered for by the device that the packet comes in by
      .find(({ dev }) => dev !== 'lo' && state.host.link(dev)?.kind.kind !== 'dummy');
    if (own === undefined) return undefined;
    // an address of a bridge is reached by the bridge's port
    const ports = bridgedUplinks(state).filter((port) => port.master === own.dev);
    const link = state.host.link(own.dev);
    const action = this.#nodes.action(state, state.host);
    if (ports.length === 1) return { action, dev: ports[0]!.name, mac: link?.mac ?? '' };
    const doors = link === undefined ? [] : this.#nodes.doors({ at: action, link });
    if (doors.length !== 1) return { action, dev: own.dev, mac: link?.mac ?? '' };
    // beside a bridge without an uplink nobody answers for the bridge's IPv6 address
    const [door] = doors;
    // frames for a VLAN are shown without their tag
    if (door!.hears === link)
      return { action, dev: door!.vlan === undefined ? door!.link.name : own.dev, mac: link.mac };
    return family === 6 ? undefined : { action, dev: door!.link.name, mac: door!.hears.mac };
  }
}

function nodesOf(walked: Walked, findings: readonly Suspicion[]): readonly NetNodeResult[] {
  const types = new Map<string, NetNodeResult['type']>();
  for (const branch of walked.branches) {
    for (const leg of [branch.forward, branch.reply, branch.established]) {
      for (const hop of leg?.hops ?? []) types.set(hop.node, hop.nodeType);
      if (leg !== undefined && !types.has(leg.ending.node)) types.set(leg.ending.node, 'external');
    }
  }
  for (const finding of findings)
    if (finding.node !== undefined && !types.has(finding.node))
      types.set(finding.node, finding.node.includes('/') ? 'pod' : 'node');
  return [...types].map(([id, type]) => ({ id, type, suspicions: findings.filter((finding) => finding.node === id) }));
}
