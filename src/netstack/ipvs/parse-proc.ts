/** Reads /proc/net/ip_vs: virtual services with their real servers, as the kernel lists them (ip_vs_info_seq_show). */
import type { Family } from '../../model/address.ts';
import { PROTOCOL } from '../../model/packet.ts';
import { refuseNul, SectionError } from '../parse/section-error.ts';
import { readHexHostPort, readMask } from './hex-address.ts';
import type { ForwardingMethod, RealServer, ServiceKey, VirtualService } from './types.ts';

export const PROC_HEAD = [
  'IP Virtual Server version 1.2.1 (size=4096)',
  'Prot LocalAddress:Port Scheduler Flags',
  '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
] as const;

export const PROC_PROTOCOLS: ReadonlyMap<string, number> = new Map([
  ['TCP', PROTOCOL.tcp],
  ['UDP', PROTOCOL.udp],
  ['SCTP', PROTOCOL.sctp],
]);

export const PROC_METHODS: ReadonlyMap<string, ForwardingMethod> = new Map([
  ['Masq', 'masquerade'],
  ['Tunnel', 'tunnel'],
  ['Route', 'route'],
  ['Local', 'local'],
  ['Bypass', 'bypass'],
]);

interface Group {
  readonly raw: string;
  readonly line: number;
  readonly servers: RealServer[];
}

/** Throws SectionError for a line that is neither a service nor a server. */
export function parseProcIpvs(text: string): readonly VirtualService[] {
  refuseNul('ipvs', text);
  if (text.trim() === '') return [];
  const lines = text.split('\n');
  if (!lines[0]!.startsWith('IP Virtual Server version '))
    throw new SectionError('ipvs', 1, 'not the head of a listing');
  const groups: Group[] = [];
  for (const [index, raw] of lines.entries()) {
    if (index < PROC_HEAD.length || raw === '') continue;
    if (!raw.startsWith('  -> ')) groups.push({ raw, line: index + 1, servers: [] });
    else if (groups.length === 0) throw new SectionError('ipvs', index + 1, 'a real server before any virtual service');
    else groups.at(-1)!.servers.push(parseServer(raw, index + 1));
  }
  return groups.map(parseService);
}

const SERVICE = /^(\S+) {2}(\S+) (\S+) +(ops +)?(?:persistent (-?\d{1,10}) ([0-9A-F]{8}))?$/;

function parseService({ raw, line, servers }: Group): VirtualService {
  const [, protocol = '', virtual = '', scheduler = '', ops, timeout, mask] = SERVICE.exec(raw) ?? [];
  const key = keyOf(protocol, virtual, servers[0]?.address.family);
  if (key === undefined) throw new SectionError('ipvs', line, `no virtual service: ${raw.slice(0, 80)}`);
  const family = familyOf(key);
  const service: VirtualService = {
    key,
    scheduler,
    // The listing has no word for it on IPv6.
    isOnePacket: key.kind === 'address' && family === 6 ? undefined : ops !== undefined,
    schedulerFlags: undefined,
    servers,
    raw: raw.trimEnd(),
  };
  if (timeout === undefined) return service;
  const prefixLength = readMask(mask!, family);
  if (prefixLength === undefined) throw new SectionError('ipvs', line, `no netmask: ${mask}`);
  return { ...service, persistence: { timeout: Number(timeout), prefixLength } };
}

export function familyOf(key: ServiceKey): Family | undefined {
  return key.kind === 'address' ? key.address.family : key.family;
}

/** Real servers of a service by mark are taken to have its family, which only those at the end of a tunnel may not. */
function keyOf(protocol: string, virtual: string, ofServers: Family | undefined): ServiceKey | undefined {
  if (protocol === 'FWM')
    return /^[0-9A-F]{8}$/.test(virtual)
      ? { kind: 'fwmark', mark: Number.parseInt(virtual, 16), family: ofServers }
      : undefined;
  const number = PROC_PROTOCOLS.get(protocol);
  const at = readHexHostPort(virtual);
  return number === undefined || at === undefined ? undefined : { kind: 'address', protocol: number, ...at };
}

const SERVER = /^ {2}-> (\S+) +(\S+) +(-?\d{1,10}) +(\d{1,10}) +(\d{1,10}) *$/;

function parseServer(raw: string, line: number): RealServer {
  const [, at = '', word = '', weight, active, inactive] = SERVER.exec(raw) ?? [];
  const address = readHexHostPort(at);
  const method = PROC_METHODS.get(word);
  if (address === undefined || method === undefined)
    throw new SectionError('ipvs', line, `no real server: ${raw.slice(0, 80)}`);
  return {
    ...address,
    method,
    weight: Number(weight),
    connections: { active: Number(active), inactive: Number(inactive) },
    raw: raw.trim(),
  };
}
