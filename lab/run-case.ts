/** One case from nothing to what the kernel said and what the collector saw. */
import type { Drop, DropWatch } from './drops/watch.ts';
import { planBuild } from './build.ts';
import {
  startEngine,
  type CollectedDump,
  type Engine,
  type Failure,
  type ProbeResult,
  type ServerRow,
} from './engine.ts';
import { kubernetesObjects, type KubernetesObject } from './kubernetes-objects.ts';
import type { Observation } from './judge-observations.ts';
import { NODE_PORT_SERVED, OUTSIDE_PORT_SERVED, probesOf, type LabProbe } from './probes.ts';
import { KUBE_PROXY_NFACCT } from './rules/kube-proxy.ts';
import type { Case, ListenRow } from './scenario.ts';
import { makeSite, type Site } from './site.ts';

/** A packet that the kernel dropped in one of the site's namespaces. */
export type SiteDrop = Drop & { readonly in: string };

export interface Answers {
  readonly results: readonly ProbeResult[];
  /** Everything that was dropped meanwhile; undefined where the kernel could not be asked. */
  readonly drops: readonly SiteDrop[] | undefined;
}

/** One probe's packet as the kernel's own trace saw it: lines per namespace, in order. */
export interface Trace {
  readonly probe: LabProbe;
  readonly lines: Readonly<Record<string, readonly string[]>>;
}

export interface Recording {
  readonly site: Site;
  readonly objects: readonly KubernetesObject[];
  readonly dumps: readonly CollectedDump[];
  readonly observations: readonly Observation[];
  /** What was dropped while the probes ran; undefined where the kernel could not be asked. */
  readonly drops: readonly SiteDrop[] | undefined;
  /** Rules hit by some of the probes, where the scenario asks for a trace. */
  readonly traces: readonly Trace[];
  /** Changes that the kernel did not take, of those that it may refuse. */
  readonly refused: readonly Failure[];
  readonly milliseconds: { readonly build: number; readonly collect: number; readonly probe: number };
  /** Asks some probes once more; only while the case stands. */
  readonly again: (probes: readonly LabProbe[]) => Promise<Answers>;
}

export interface Instruments {
  /** The collector's command line, as run inside a node. */
  readonly collector: readonly string[];
  readonly watch: DropWatch | undefined;
  /** Where the namespaces are made, if not on this machine. */
  readonly start?: () => Promise<Engine>;
  /** Seconds after which silence is a drop, where this machine's own patience is too short. */
  readonly timeout?: number;
}

/** Shorter than the first retransmission of a SYN. */
const TIMEOUT = 0.7;

/** Builds the case, runs the collector in each node and all probes, hands the recording to `use`, and takes everything down. */
export async function runCase<T>(
  labCase: Case,
  { collector, watch, start, timeout = TIMEOUT }: Instruments,
  use: (recording: Recording) => Promise<T>,
): Promise<T> {
  const site = makeSite(labCase);
  const engine = await (start ?? startEngine)();
  let namespaces: ReadonlyMap<number, string> = new Map();
  const ask = async (probes: readonly LabProbe[]): Promise<Answers> => {
    const began = process.hrtime.bigint();
    const results = await engine.probe(
      probes.map((probe) => probe.probe),
      timeout,
    );
    const drops = await watch?.since(began, namespaces.keys());
    return { results, drops: drops?.map((drop) => ({ ...drop, in: namespaces.get(drop.namespace)! })) };
  };
  try {
    const began = performance.now();
    const built = await build(engine, site);
    namespaces = built.namespaces;
    watch?.follow(namespaces.keys());
    const stood = performance.now();
    const all = probesOf(site);
    const probes = site.scenario.select?.(all, site) ?? all;
    if (site.scenario.collect === 'between') await ask(probes);
    const early = site.scenario.collect === 'after' ? undefined : await collect(engine, site, collector);
    const collected = performance.now();
    const { observations, drops } = await observe(ask, probes);
    const probed = performance.now();
    const dumps = early ?? (await collect(engine, site, collector));
    const traces = site.scenario.hasTrace === true ? await traceSome({ engine, timeout }, site, probes) : [];
    return await use({
      site,
      objects: kubernetesObjects(site),
      dumps,
      observations,
      drops,
      traces,
      refused: built.refused,
      milliseconds: {
        build: stood - began,
        collect: early ? collected - stood : performance.now() - probed,
        probe: probed - collected,
      },
      again: ask,
    });
  } finally {
    watch?.forget(namespaces.keys());
    await engine.close();
  }
}

interface Built {
  /** By inode. */
  readonly namespaces: ReadonlyMap<number, string>;
  readonly refused: readonly Failure[];
}

async function build(engine: Engine, site: Site): Promise<Built> {
  const plan = planBuild(site);
  const inodes = await engine.create(plan.namespaces);
  const wrong = [...(await engine.sysctl(plan.sysctls))];
  await engine.nfacct(
    site.nodes.map((node) => node.name),
    KUBE_PROXY_NFACCT,
  );
  for (const phase of plan.phases) wrong.push(...(await engine.run(phase)));
  wrong.push(...(await engine.sysctl(plan.deviceSysctls)));
  await engine.nodes(
    site.nodes.map((node) => ({
      name: node.name,
      ns: node.name,
      pods: site.pods
        .filter((pod) => pod.node === node)
        .map((pod) => ({
          ns: pod.id,
          netns: `cni-${pod.uid}`,
          cgroup: `0::/kubepods.slice/kubepods-besteffort.slice/kubepods-besteffort-pod${pod.uid.replaceAll('-', '_')}.slice/cri-containerd-${pod.containerId}.scope\n`,
        })),
    })),
  );
  await engine.serve(servers(site));
  // changes may depend on each other, so they run one by one
  const refused: Failure[] = [];
  for (const change of plan.changes) (change.mayBeRefused ? refused : wrong).push(...(await engine.run([change])));
  await engine.quicken(plan.namespaces);
  if (wrong.length > 0)
    throw new Error(
      `${site.case.name} could not be built: ${wrong.map((one) => `${one.ns}: ${one.command}: ${one.stderr.trim()}`).join('; ')}`,
    );
  return { namespaces: new Map(Object.entries(inodes).map(([name, inode]) => [inode, name])), refused };
}

async function observe(
  ask: Recording['again'],
  probes: readonly LabProbe[],
): Promise<Pick<Recording, 'observations' | 'drops'>> {
  const { results, drops } = await ask(probes.flatMap((probe) => Array.from({ length: probe.times }, () => probe)));
  let next = 0;
  return {
    observations: probes.map((probe) => ({ probe, results: results.slice(next, (next += probe.times)) })),
    drops,
  };
}

/** Traces a TCP probe of each pair of source and target kind, one after the other. */
async function traceSome(
  { engine, timeout }: { readonly engine: Engine; readonly timeout: number },
  site: Site,
  probes: readonly LabProbe[],
): Promise<Trace[]> {
  const sources = new Set([site.pods[0]!.id, site.nodes[0]!.name, 'outside']);
  const sample = probes.filter(
    ({ probe, kind }) => kind === 'verdict' && probe.protocol === 'tcp' && probe.port !== 81 && sources.has(probe.from),
  );
  const nodes = site.nodes.map((node) => node.name);
  const traces: Trace[] = [];
  await engine.traceStart(nodes, site.backend === 'legacy' ? 'legacy' : 'nft');
  for (const probe of sample) {
    await engine.probe([probe.probe], timeout);
    traces.push({ probe, lines: await engine.traceRead() });
  }
  await engine.traceStop();
  return traces;
}

function collect(engine: Engine, site: Site, collector: readonly string[]): Promise<readonly CollectedDump[]> {
  return engine.collect(
    site.nodes.map((node) => ({ name: node.name, args: [] })),
    collector,
  );
}

function servers(site: Site): ServerRow[] {
  const at = (listen: ListenRow): string => {
    if (listen.address === 'any') return '::';
    if (listen.address === 'any-of-family') return site.pick('0.0.0.0', '::');
    if (listen.address === 'loopback') return site.pick('127.0.0.1', '::1');
    return listen.address.ip(site);
  };
  return [
    ...site.pods.map((pod) => ({
      ns: pod.id,
      name: pod.name,
      listen: pod.listen.map((listen) => ({
        protocol: listen.protocol,
        port: listen.port,
        address: at(listen),
        freebind: true,
        ...(listen.address === 'any-of-family' ? { v6only: true } : {}),
        ...(listen.device === undefined ? {} : { device: listen.device }),
      })),
    })),
    ...site.nodes.map((node) => ({
      ns: node.name,
      name: node.name,
      listen: [{ protocol: 'tcp' as const, port: NODE_PORT_SERVED, address: '::' }],
    })),
    { ns: 'outside', name: 'outside', listen: [{ protocol: 'tcp', port: OUTSIDE_PORT_SERVED, address: '::' }] },
  ];
}
