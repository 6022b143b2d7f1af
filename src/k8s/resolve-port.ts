/** The port of a question: a number, or the name of a service's or a container's port. */
import type { ProtocolName } from '../model/packet.ts';
import { AskError } from './ask-error.ts';
import type { IPCache } from './ip-cache.ts';
import { didYouMean, nearestNames } from './nearest-names.ts';
import { describePort } from './service.ts';
import type { Target } from './target.ts';
import type { Transport } from './transport.ts';

export interface ResolvedPort {
  readonly port: number;
  readonly note?: string;
}

/** A name and what it stands for at this target. */
interface NamedPort {
  readonly name: string;
  readonly port: number;
  readonly protocol: Transport;
}

/** 0 for icmp. Without a port, the target's only one of the protocol is taken. */
export function resolvePort(
  cache: IPCache,
  target: Target,
  asked: number | string | undefined,
  protocol: ProtocolName,
): ResolvedPort | AskError {
  if (protocol === 'icmp') return { port: 0 };
  const number = typeof asked === 'string' && /^\d+$/.test(asked) ? Number(asked) : asked;
  if (typeof number === 'number') {
    if (Number.isInteger(number) && number >= 1 && number <= 65_535) return { port: number };
    return new AskError(`${number} is no port: ports are numbers from 1 to 65535`);
  }
  const known = namedPorts(cache, target);
  return number === undefined || number === ''
    ? onlyPort(target, known, protocol)
    : byName(target, known, number, protocol);
}

function onlyPort(target: Target, known: readonly NamedPort[], protocol: Transport): ResolvedPort | AskError {
  const fitting = known.filter((port) => port.protocol === protocol);
  const numbers = new Set(fitting.map((port) => port.port));
  if (numbers.size === 1)
    return { port: fitting[0]!.port, note: `took ${target.id}'s only ${protocol} port ${fitting[0]!.port}` };
  return new AskError(`a port is needed${known.length === 0 ? '' : `: ${target.id} has ${listPorts(known)}`}`);
}

function byName(
  target: Target,
  known: readonly NamedPort[],
  name: string,
  protocol: Transport,
): ResolvedPort | AskError {
  const called = known.filter((port) => port.name === name);
  const hit = called.find((port) => port.protocol === protocol);
  if (hit !== undefined) return { port: hit.port };
  if (called.length > 0)
    return new AskError(
      `port "${name}" of ${target.id} is ${called[0]!.protocol}, not ${protocol}: ask with --protocol ${called[0]!.protocol}`,
    );
  if (known.length === 0) return new AskError(`${target.id} has no named port "${name}": give the number`);
  const near = nearestNames(
    name,
    known.map((port) => port.name),
  );
  return new AskError(`${target.id} has no port "${name}"; it has ${listPorts(known)}${didYouMean(near)}`);
}

function listPorts(ports: readonly NamedPort[]): string {
  return [...new Set(ports.map((port) => describePort({ ...port, targetPort: port.port })))].join(', ');
}

/**
 * At a service's own address a name is the service's port. Behind a headless service no translation happens, so the
 * name is looked up in its EndpointSlices and gives the container's number.
 */
function namedPorts(cache: IPCache, { service, pod }: Target): readonly NamedPort[] {
  const containers =
    pod === undefined
      ? []
      : pod.ports.map((port) => ({ name: port.name ?? '', port: port.port, protocol: port.protocol }));
  if (service === undefined) return containers;
  if (!service.isHeadless) return service.ports;
  const slices = cache.slicesOf(service).flatMap((slice) => slice.ports);
  const named = slices.flatMap((port) =>
    port.port === undefined ? [] : [{ name: port.name, port: port.port, protocol: port.protocol }],
  );
  return [...named, ...containers];
}
