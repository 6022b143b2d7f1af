/** Which questions a site is asked: every source against every address that something or nothing answers at. */
import type { Probe } from './engine.ts';
import type { Site } from './site.ts';
import { usableEndpoints } from './rules/kube-proxy.ts';

/** A question to the kernel and the same to skoop. */
export interface LabProbe {
  readonly probe: Probe;
  /** As skoop is asked. */
  readonly question: {
    readonly src: string;
    readonly dst: string;
    readonly port: number;
    readonly protocol: 'tcp' | 'udp' | 'icmp';
  };
  /** How often it is asked: more than once where the kernel chooses. */
  readonly times: number;
  /** `large` probes tell what the handshake does not: whether full-sized packets come through. */
  readonly kind: 'verdict' | 'large';
}

interface Source {
  readonly ns: string;
  readonly name: string;
  readonly bind?: string;
  readonly kind: 'pod' | 'node' | 'outside';
}

interface Target {
  readonly to: string;
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly times?: number;
  readonly only?: (source: Source) => boolean;
  readonly size?: number;
}

export const NODE_PORT_SERVED = 10250;
export const OUTSIDE_PORT_SERVED = 7777;
const CLOSED = 81;
const REPEATS = 6;

export function probesOf(site: Site): LabProbe[] {
  const targets = [
    ...podTargets(site),
    ...serviceTargets(site),
    ...nodeTargets(site),
    ...(site.scenario.hasOutsideProbes === true ? outsideTargets(site) : []),
  ];
  return sources(site).flatMap((source) =>
    targets
      .filter((target) => target.only?.(source) ?? true)
      .map((target): LabProbe => ({
        probe: {
          from: source.ns,
          to: target.to,
          port: target.port,
          protocol: target.protocol,
          ...(target.size === undefined ? {} : { size: target.size }),
          ...(source.bind === undefined ? {} : { bind: source.bind }),
        },
        question: { src: source.name, dst: target.to, port: target.port, protocol: target.protocol },
        times: target.times ?? 1,
        kind: target.size === undefined ? 'verdict' : 'large',
      })),
  );
}

function sources(site: Site): Source[] {
  return [
    ...site.pods.map((pod): Source => ({ ns: pod.id, name: pod.id, kind: 'pod' })),
    ...site.nodes.map((node): Source => ({ ns: node.name, name: `node/${node.name}`, kind: 'node' })),
    { ns: 'outside', name: site.outside.ip, bind: site.outside.ip, kind: 'outside' },
    ...(site.services.some((service) => service.row.sourceRanges)
      ? [{ ns: 'outside', name: site.outside.second, bind: site.outside.second, kind: 'outside' as const }]
      : []),
  ];
}

function podTargets(site: Site): Target[] {
  return site.pods.flatMap((pod): Target[] => [
    ...pod.listen.map((listen): Target => ({ to: pod.ip, port: listen.port, protocol: listen.protocol })),
    { to: pod.ip, port: CLOSED, protocol: 'tcp' },
    { to: pod.ip, port: CLOSED, protocol: 'udp', only: (source) => source.kind === 'pod' },
    { to: pod.ip, port: 0, protocol: 'icmp' },
    ...(site.scenario.hasLargeProbes === true
      ? pod.listen.map((listen): Target => ({
          to: pod.ip,
          port: listen.port,
          protocol: listen.protocol,
          // a node's own segments fit its own link, so that only pods can send too much
          ...(listen.protocol === 'tcp' ? { only: (source: Source) => source.kind === 'pod' } : {}),
          // UDP: the largest datagram that the pod network is meant to carry, with DF set
          size: listen.protocol === 'tcp' ? 8000 : site.mtu - (site.family === 4 ? 28 : 48),
        }))
      : []),
  ]);
}

function serviceTargets(site: Site): Target[] {
  return site.services.flatMap((service): Target[] => {
    const { protocol, row } = service;
    const times = usableEndpoints(service.endpoints).length > 1 ? REPEATS : 1;
    const at = (to: string, port: number): Target => ({ to, port, protocol, times });
    return [
      at(service.clusterIP, row.port),
      ...(service.externalIP === undefined ? [] : [at(service.externalIP, row.port)]),
      ...(service.loadBalancerIP === undefined ? [] : [at(service.loadBalancerIP, row.port)]),
      ...(row.nodePort === undefined
        ? []
        : [
            ...site.nodes.map((node) => at(node.ip, row.nodePort!)),
            { ...at(site.pick('127.0.0.1', '::1'), row.nodePort), only: (source: Source) => source.kind === 'node' },
          ]),
    ];
  });
}

function nodeTargets(site: Site): Target[] {
  const hostPorts = site.pods.flatMap((pod) => (pod.hostPort === undefined ? [] : [pod.hostPort.host]));
  return site.nodes.flatMap((node): Target[] => [
    { to: node.ip, port: NODE_PORT_SERVED, protocol: 'tcp' },
    { to: node.ip, port: CLOSED, protocol: 'tcp' },
    { to: node.ip, port: 0, protocol: 'icmp' },
    ...hostPorts.map((port): Target => ({ to: node.ip, port, protocol: 'tcp' })),
  ]);
}

function outsideTargets(site: Site): Target[] {
  const inside = (source: Source): boolean => source.kind !== 'outside';
  return [
    { to: site.outside.ip, port: OUTSIDE_PORT_SERVED, protocol: 'tcp', only: inside },
    { to: site.outside.ip, port: 0, protocol: 'icmp', only: inside },
  ];
}
