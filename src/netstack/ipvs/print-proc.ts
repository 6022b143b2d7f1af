/** Writes virtual services as /proc/net/ip_vs shows them. */
import { hex, hexHostPort, printMask } from './hex-address.ts';
import { familyOf, PROC_HEAD, PROC_METHODS, PROC_PROTOCOLS } from './parse-proc.ts';
import type { RealServer, VirtualService } from './types.ts';

export function printProcIpvs(services: readonly VirtualService[]): string {
  const lines = services.flatMap((service) => [printService(service), ...service.servers.map(printServer)]);
  return `${[...PROC_HEAD, ...lines].join('\n')}\n`;
}

function printService({ key, scheduler, isOnePacket, persistence }: VirtualService): string {
  const family = familyOf(key);
  const flags =
    persistence === undefined ? '' : `persistent ${persistence.timeout} ${printMask(persistence.prefixLength, family)}`;
  const ops = isOnePacket === true ? 'ops ' : '';
  if (key.kind === 'fwmark') return `FWM  ${hex(key.mark, 8)} ${scheduler} ${ops}${flags}`;
  const head = `${nameIn(PROC_PROTOCOLS, key.protocol)}  ${hexHostPort(key.address, key.port)} ${scheduler} `;
  return family === 6 ? head + flags : `${head}${ops} ${flags}`;
}

function printServer({ address, port, method, weight, connections }: RealServer): string {
  const { active, inactive } = connections ?? { active: 0, inactive: 0 };
  const word = nameIn(PROC_METHODS, method).padEnd(7);
  const numbers = `${String(weight).padEnd(6)} ${String(active).padEnd(10)} ${String(inactive).padEnd(10)}`;
  return `  -> ${hexHostPort(address, port)}      ${word} ${numbers}`;
}

function nameIn<T>(names: ReadonlyMap<string, T>, value: T): string {
  for (const [name, each] of names) if (each === value) return name;
  throw new Error(`no name in the listing for ${String(value)}`);
}
