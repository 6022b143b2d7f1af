/** A pod as far as the network is concerned. */
import type { IP } from '../model/address.ts';
import { readIPFields, readIPs } from './addresses.ts';
import { at, count, fields, flag, list, text, texts } from './fields.ts';
import type { Fields } from './fields.ts';
import { readMeta } from './object-meta.ts';
import type { ObjectMeta } from './object-meta.ts';
import { readTransport } from './transport.ts';
import type { Transport } from './transport.ts';

export interface ContainerPort {
  readonly name?: string;
  readonly port: number;
  readonly protocol: Transport;
  readonly hostPort?: number;
  readonly hostIP?: IP;
}

export interface Pod extends ObjectMeta {
  readonly nodeName?: string;
  readonly hostNetwork: boolean;
  readonly phase: string;
  readonly isReady: boolean;
  /** Succeeded or Failed: its address may belong to another pod by now. */
  readonly isFinished: boolean;
  readonly ips: readonly IP[];
  readonly hostIPs: readonly IP[];
  readonly ports: readonly ContainerPort[];
  readonly containers: readonly Container[];
  readonly hostname?: string;
  readonly subdomain?: string;
}

export interface Container {
  readonly name: string;
  /** `command` and `args`, one after the other. */
  readonly command: readonly string[];
  /** From the container's `env`, literal values only. */
  readonly env: ReadonlyMap<string, string>;
}

export function readPod(object: unknown): Pod | undefined {
  const meta = readMeta(object);
  if (meta === undefined) return undefined;
  const spec = at(object, 'spec');
  const status = at(object, 'status');
  const nodeName = text(spec, 'nodeName');
  const hostname = text(spec, 'hostname');
  const subdomain = text(spec, 'subdomain');
  const phase = text(status, 'phase') ?? 'Unknown';
  const ready = list(status, 'conditions')
    .map(fields)
    .find((entry) => text(entry, 'type') === 'Ready');
  return {
    ...meta,
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(hostname === undefined ? {} : { hostname }),
    ...(subdomain === undefined ? {} : { subdomain }),
    hostNetwork: flag(spec, 'hostNetwork') ?? false,
    phase,
    isReady: ready === undefined ? phase === 'Running' : text(ready, 'status') === 'True',
    isFinished: phase === 'Succeeded' || phase === 'Failed',
    ips: readIPs([text(status, 'podIP'), ...readIPFields(list(status, 'podIPs')).map((ip) => ip.text)]),
    hostIPs: readIPs([text(status, 'hostIP'), ...readIPFields(list(status, 'hostIPs')).map((ip) => ip.text)]),
    ports: readContainerPorts(spec),
    containers: readContainers(spec),
  };
}

/** Containers of a pod's spec or of a workload's template. */
export function readContainers(podSpec: Fields): readonly Container[] {
  return list(podSpec, 'containers')
    .map(fields)
    .map((container) => ({
      name: text(container, 'name') ?? '',
      command: [...texts(container, 'command'), ...texts(container, 'args')],
      env: new Map(
        list(container, 'env')
          .map(fields)
          .flatMap((entry) => {
            const name = text(entry, 'name');
            const value = text(entry, 'value');
            return name === undefined || value === undefined ? [] : [[name, value] as const];
          }),
      ),
    }));
}

/** Init containers with `restartPolicy: Always` (sidecars) serve ports too. */
function readContainerPorts(spec: Fields): readonly ContainerPort[] {
  const sidecars = list(spec, 'initContainers')
    .map(fields)
    .filter((one) => text(one, 'restartPolicy') === 'Always');
  return [...list(spec, 'containers').map(fields), ...sidecars].flatMap((container) =>
    list(container, 'ports')
      .map(fields)
      .flatMap((entry): ContainerPort[] => {
        const port = count(entry, 'containerPort');
        const protocol = readTransport(text(entry, 'protocol'));
        if (port === undefined || protocol === undefined) return [];
        const name = text(entry, 'name');
        const hostPort = count(entry, 'hostPort');
        const hostIP = readIPs([text(entry, 'hostIP')])[0];
        return [
          {
            port,
            protocol,
            ...(name === undefined ? {} : { name }),
            ...(hostPort === undefined || hostPort === 0 ? {} : { hostPort }),
            ...(hostIP === undefined ? {} : { hostIP }),
          },
        ];
      }),
  );
}
