/** Reads `ipvsadm-save -n`: the options that would make the virtual services, sorted by the tool. */
import { parseIP, type Family } from '../../model/address.ts';
import { PROTOCOL } from '../../model/packet.ts';
import { refuseNul, SectionError } from '../parse/section-error.ts';
import type { ForwardingMethod, RealServer, ServiceKey, VirtualService } from './types.ts';

const PROTOCOL_OPTIONS: ReadonlyMap<string, number> = new Map([
  ['-t', PROTOCOL.tcp],
  ['-u', PROTOCOL.udp],
  ['--sctp-service', PROTOCOL.sctp],
]);
const METHOD_OPTIONS: ReadonlyMap<string, ForwardingMethod> = new Map([
  ['-m', 'masquerade'],
  ['-i', 'tunnel'],
  ['-g', 'route'],
]);
/** What a tunnel may have besides; they do not say where a packet goes. */
const TUNNEL_OPTIONS: ReadonlyMap<string, number> = new Map([
  ['--tun-type', 1],
  ['--tun-port', 1],
  ['--tun-nocsum', 0],
  ['--tun-csum', 0],
  ['--tun-remcsum', 0],
]);

/** Throws SectionError for a line that is none of the tool's. */
export function parseIpvsSave(text: string): readonly VirtualService[] {
  refuseNul('ipvs-save', text);
  const services: { service: VirtualService; servers: RealServer[] }[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [word, ...words] = line.trim().split(/\s+/);
    const last = services.at(-1);
    const service = word === '-A' ? readService(words, line) : undefined;
    const server = word === '-a' && last !== undefined ? readServer(words, line, last.service.key) : undefined;
    if (service !== undefined) {
      const servers: RealServer[] = [];
      services.push({ service: { ...service, servers }, servers });
    } else if (server !== undefined) last!.servers.push(server);
    else throw new SectionError('ipvs-save', index + 1, `nothing of ipvsadm's: ${line.slice(0, 80)}`);
  }
  return services.map(({ service }) => service);
}

function readService(words: readonly string[], raw: string): VirtualService | undefined {
  const virtual = readVirtual(words);
  if (virtual === undefined) return undefined;
  const { key } = virtual;
  let { rest } = virtual;
  const found = new Map<string, string>();
  while (rest.length > 0) {
    const [option = '', value, ...others] = rest;
    if (option === '-o') {
      found.set('-o', '');
      rest = rest.slice(1);
      continue;
    }
    if (!['-s', '-p', '-M', '-b', '--pe'].includes(option) || value === undefined) return undefined;
    found.set(option, value);
    rest = others;
  }
  const scheduler = found.get('-s');
  const family = key.kind === 'address' ? key.address.family : key.family;
  const prefixLength = lengthOf(found.get('-M'), family ?? 4);
  const timeout = found.get('-p');
  const engine = found.get('--pe');
  if (scheduler === undefined || prefixLength === undefined || !/^\d{1,10}$/.test(timeout ?? '0')) return undefined;
  return {
    key,
    scheduler,
    ...(timeout === undefined ? {} : { persistence: { timeout: Number(timeout), prefixLength } }),
    isOnePacket: found.has('-o'),
    schedulerFlags: found.get('-b')?.split(',') ?? [],
    ...(engine === undefined ? {} : { engine }),
    servers: [],
    raw: raw.trim(),
  };
}

/** `-t ADDRESS:PORT`, or `-f MARK` with `-6` after it. */
function readVirtual(
  words: readonly string[],
): { readonly key: ServiceKey; readonly rest: readonly string[] } | undefined {
  const [option = '', value = '', ...rest] = words;
  if (option === '-f') {
    const isSix = rest[0] === '-6';
    if (!/^\d{1,10}$/.test(value)) return undefined;
    return { key: { kind: 'fwmark', mark: Number(value), family: isSix ? 6 : 4 }, rest: isSix ? rest.slice(1) : rest };
  }
  const protocol = PROTOCOL_OPTIONS.get(option);
  const at = readHostPort(value);
  return protocol === undefined || at === undefined ? undefined : { key: { kind: 'address', protocol, ...at }, rest };
}

function readServer(words: readonly string[], raw: string, of: ServiceKey): RealServer | undefined {
  const virtual = readVirtual(words);
  if (virtual === undefined || !sameKey(virtual.key, of)) return undefined;
  const [option, at = '', methodOption = '', weightOption, weight = '', ...rest] = virtual.rest;
  const address = readHostPort(at);
  const method = METHOD_OPTIONS.get(methodOption);
  if (option !== '-r' || address === undefined || method === undefined) return undefined;
  if (weightOption !== '-w' || !/^-?\d{1,10}$/.test(weight) || !isTunnelOptions(rest)) return undefined;
  return { ...address, method, weight: Number(weight), raw: raw.trim() };
}

function isTunnelOptions(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at++) {
    const values = TUNNEL_OPTIONS.get(words[at]!);
    if (values === undefined || at + values >= words.length) return false;
    at += values;
  }
  return true;
}

export function sameKey(x: ServiceKey, y: ServiceKey): boolean {
  if (x.kind === 'fwmark')
    return (
      y.kind === 'fwmark' &&
      x.mark === y.mark &&
      (x.family === y.family || x.family === undefined || y.family === undefined)
    );
  return y.kind === 'address' && x.protocol === y.protocol && x.port === y.port && x.address.text === y.address.text;
}

function readHostPort(
  text: string,
): { readonly address: NonNullable<ReturnType<typeof parseIP>>; readonly port: number } | undefined {
  const [, six, four, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const address = parseIP(six ?? four ?? '');
  const isOfBrackets = address?.family === (six === undefined ? 4 : 6);
  return address === undefined || !isOfBrackets || Number(port) > 0xffff ? undefined : { address, port: Number(port) };
}

/** `-M 255.255.0.0` or `-M 64`; absent it is one client. */
function lengthOf(mask: string | undefined, family: Family): number | undefined {
  if (mask === undefined) return family === 4 ? 32 : 128;
  if (family === 6) return /^\d{1,3}$/.test(mask) && Number(mask) <= 128 ? Number(mask) : undefined;
  const address = parseIP(mask);
  if (address === undefined || address.family !== 4) return undefined;
  const length = Math.clz32(~address.a >>> 0);
  return (length === 0 ? 0 : (-1 << (32 - length)) >>> 0) === address.a ? length : undefined;
}
