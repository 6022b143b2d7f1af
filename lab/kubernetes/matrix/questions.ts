/** Which questions a running cluster is asked: every source against every address that something or nothing answers at. */
import type { LabProbe } from '../../probes.ts';
import { OUTSIDE } from '../addresses.ts';
import type { Node, Objects, Pod } from './objects.ts';
import { podTargets, nodeTargets, outsideTargets, serviceTargets, type Target } from './targets.ts';

/** A probe of a cluster, and how skoop is asked the same. */
export interface ClusterQuestion extends LabProbe {
  readonly question: LabProbe['question'] & {
    /** Where the outside host's own routes lead: see `outside` in machines.ts. */
    readonly via?: string;
  };
}

/** Who asks. `place` is where the probe is sent from, `name` what skoop calls it. */
export interface Source {
  readonly place: string;
  readonly name: string;
  readonly kind: 'pod' | 'node' | 'outside';
  /** An address that the probe is bound to; then only probes of its family are sent. */
  readonly bind?: string;
}

export function questions(objects: Objects): readonly ClusterQuestion[] {
  const targets = [...podTargets(objects), ...serviceTargets(objects), ...nodeTargets(objects), ...outsideTargets()];
  return sources(objects).flatMap((source) =>
    targets.filter((target) => canAsk(source, target)).map((target) => question(source, target)),
  );
}

export function sources({ nodes, pods }: Pick<Objects, 'nodes' | 'pods'>): readonly Source[] {
  return [
    ...asking(pods).map((place): Source => ({ place, name: place, kind: 'pod' })),
    ...nodes.map(({ metadata }: Node): Source => ({
      place: metadata.name,
      name: `node/${metadata.name}`,
      kind: 'node',
    })),
    ...[OUTSIDE, OUTSIDE.far]
      .flatMap(({ ipv4, ipv6 }) => [ipv4, ipv6])
      .map((ip): Source => ({ place: 'outside', name: ip, kind: 'outside', bind: ip })),
  ];
}

/** Every pod with a network of its own, and one for each node of those in the node's. */
function asking(pods: readonly Pod[]): readonly string[] {
  const seen = new Set<string>();
  return pods.flatMap(({ metadata, spec, status }) => {
    if (spec.nodeName === undefined || status.podIPs === undefined) return [];
    if (spec.hostNetwork === true) {
      if (seen.has(spec.nodeName)) return [];
      seen.add(spec.nodeName);
    }
    return [`${metadata.namespace}/${metadata.name}`];
  });
}

function canAsk(source: Source, target: Target): boolean {
  const isSameFamily = source.bind === undefined || source.bind.includes(':') === target.to.includes(':');
  return isSameFamily && (target.from === undefined || target.from.includes(source.kind));
}

export function question(source: Source, target: Target): ClusterQuestion {
  const { to, port, protocol } = target;
  return {
    probe: {
      from: source.place,
      to,
      port,
      protocol,
      ...(source.bind === undefined ? {} : { bind: source.bind }),
      ...(target.isEcho === false ? { connectOnly: true } : {}),
    },
    question: {
      src: source.name,
      dst: to,
      port,
      protocol,
      ...(source.kind === 'outside' && target.entry !== undefined ? { via: target.entry } : {}),
    },
    times: target.times ?? 1,
    kind: 'verdict',
  };
}

/** Each address and port once, each from another source: some of every kind. */
export function sample(asked: readonly ClusterQuestion[]): readonly ClusterQuestion[] {
  const byTarget = new Map<string, ClusterQuestion[]>();
  for (const one of asked) {
    const { dst, port, protocol } = one.question;
    const key = `${dst} ${port} ${protocol}`;
    byTarget.set(key, [...(byTarget.get(key) ?? []), one]);
  }
  return [...byTarget.values()].map((rows, index) => rows[(index * 7) % rows.length]!);
}
