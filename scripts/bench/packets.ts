/** Packets per second through a node with many services: a real node's captured state, with 10,000 services in its rules. */
import { performance } from 'node:perf_hooks';
import { openBundle } from '../../src/bundle/index.ts';
import { ip } from '../../src/model/address.ts';
import { forkIds } from '../../src/model/fork.ts';
import type { NetNSInfo, SectionName } from '../../src/model/dump.ts';
import type { Frame, Packet } from '../../src/model/packet.ts';
import { PROTOCOL, TCP_FLAG, port } from '../../src/model/packet.ts';
import { NetNS } from '../../src/netstack/netns.ts';
import { receive } from '../../src/netstack/walk/index.ts';
import { kubeProxyRules, randomFrom } from './kube-proxy.ts';
import type { GeneratedService } from './kube-proxy.ts';
import { kubeProxyNftables } from './kube-proxy-nftables.ts';
import type { Measure } from './measure.ts';

const NODE = 'kl-node1';
const SERVICES = 10_000;
/** A pod of that node. */
const CLIENT = '10.77.0.4';

/**
 * Walks a SYN to a random service in, through bridge, prerouting, routing, forward and postrouting, to the frame that
 * leaves. Where the kernel would pick one of several endpoints, all ways are walked. Throws where a packet does not come
 * out translated.
 */
export function measureNode(packets: number): Measure[] {
  const { text, services } = kubeProxyRules({ services: SERVICES, seed: 1, podNetwork: '10.77' });
  const ns = new NetNS(NODE, withSection(hostOf(NODE), 'iptables-nft-save', text));
  return measureRules(packets, ns, services, '');
}

/** The same with kube-proxy's nftables rules, beside the rest of the node's iptables. */
export function measureNftablesNode(packets: number): Measure[] {
  const { text, services } = kubeProxyNftables({ services: SERVICES, seed: 1, podNetwork: '10.77' });
  const host = withSection(hostOf(NODE), 'iptables-nft-save', FLANNEL);
  // the listing as text is the fixture's own, and would be read first
  const { 'nft-ruleset-text': _, ...sections } = withSection(host, 'nft-ruleset', text).sections;
  const ns = new NetNS(NODE, { ...host, sections });
  return measureRules(packets, ns, services, ' in nftables');
}

/** What stays in iptables on such a node. */
const FLANNEL = [
  '*filter',
  ':INPUT ACCEPT [0:0]',
  ':FORWARD ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':FLANNEL-FWD - [0:0]',
  '-A FORWARD -j FLANNEL-FWD',
  '-A FLANNEL-FWD -s 10.77.0.0/16 -j ACCEPT',
  '-A FLANNEL-FWD -d 10.77.0.0/16 -j ACCEPT',
  'COMMIT',
  '*nat',
  ':PREROUTING ACCEPT [0:0]',
  ':INPUT ACCEPT [0:0]',
  ':OUTPUT ACCEPT [0:0]',
  ':POSTROUTING ACCEPT [0:0]',
  ':FLANNEL-POSTRTG - [0:0]',
  '-A POSTROUTING -j FLANNEL-POSTRTG',
  '-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 -j RETURN',
  '-A FLANNEL-POSTRTG -s 10.77.0.0/16 -d 10.77.0.0/16 -j RETURN',
  '-A FLANNEL-POSTRTG -s 10.77.0.0/16 ! -d 224.0.0.0/4 -j MASQUERADE --random-fully',
  'COMMIT',
  '',
].join('\n');

function measureRules(packets: number, ns: NetNS, services: readonly GeneratedService[], where: string): Measure[] {
  const { dev, mac } = portOf(ns);
  const frames = services.map((service) => frameTo(service, mac));
  const started = performance.now();
  walk(ns, dev, frames[0]!);
  const first = performance.now() - started;
  const random = randomFrom(2);
  // Each service once, so that what is measured is the walk and not the first look at a chain.
  for (const frame of frames) walk(ns, dev, frame);
  for (let i = 0; i < packets / 5; i++) walk(ns, dev, frames[Math.floor(random() * frames.length)]!);
  const from = performance.now();
  let ways = 0;
  for (let i = 0; i < packets; i++) ways += walk(ns, dev, frames[Math.floor(random() * frames.length)]!);
  const seconds = (performance.now() - from) / 1000;
  return [
    {
      name: `packets through a node with ${SERVICES.toLocaleString('en')} services${where}, each on one way`,
      value: ways / seconds,
      unit: 'packets/s',
      limit: 100_000,
      better: 'more',
    },
    { name: 'the same, each on all its ways (two endpoints on average)', value: packets / seconds, unit: 'packets/s' },
    { name: 'the first of them, which parses and indexes the rules', value: first, unit: 'ms' },
  ];
}

interface Asked {
  readonly frame: Frame;
  readonly service: GeneratedService;
  readonly branches: number;
}

function frameTo(service: GeneratedService, dstMac: string): Asked {
  const packet: Packet = {
    family: 4,
    src: ip(CLIENT),
    dst: ip(service.clusterIP),
    protocol: PROTOCOL.tcp,
    sport: { min: 32_768, max: 60_999 },
    dport: port(service.port),
    tcpFlags: TCP_FLAG.syn,
    mark: 0,
    tos: 0,
    ttl: 64,
    length: 60,
    df: true,
  };
  const frame = { srcMac: '3a:00:00:00:00:04', dstMac, packet };
  return { frame, service, branches: new Set(service.endpoints).size };
}

function walk(ns: NetNS, dev: string, { frame, service, branches }: Asked): number {
  const outcomes = receive(ns, dev, frame, { forkIds: forkIds(), forks: [], connections: [], virtualConnections: [] });
  if (outcomes.length !== branches || outcomes.some((outcome) => outcome.packet.dst.text === service.clusterIP)) {
    throw new Error(
      `${service.clusterIP}:${service.port} has ${service.endpoints.length} endpoints and gave ${outcomes.length} branches`,
    );
  }
  return outcomes.length;
}

/** The host namespace of a node of the demo's bundle. */
function hostOf(node: string): NetNSInfo {
  const host = openBundle('examples/two-nodes.skoop')
    .dump(node)
    ?.netns.find((netns) => netns.isHost);
  if (host === undefined) throw new Error(`the bundle has no host namespace of ${node}`);
  return host;
}

function withSection(host: NetNSInfo, name: SectionName, stdout: string): NetNSInfo {
  const section = { command: name, exitCode: 0, stderr: '', milliseconds: 0, stdout };
  return { ...host, sections: { ...host.sections, [name]: section } };
}

/** A port of the pods' bridge, and the bridge's MAC. */
function portOf(ns: NetNS): { dev: string; mac: string } {
  if (!ns.links.ok) throw new Error(ns.links.missing.reason);
  const port = ns.links.value.find((link) => link.master === 'cni0');
  const bridge = ns.links.value.find((link) => link.name === 'cni0');
  if (port === undefined || bridge === undefined) throw new Error('the node has no cni0 with a port');
  return { dev: port.name, mac: bridge.mac };
}
