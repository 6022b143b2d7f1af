/** Which real servers a new connection to a virtual service may get. */
import { maskTo, sameIP, type IP } from '../../model/address.ts';
import type { Packet } from '../../model/packet.ts';
import { byDestination, bySource } from './address-hash.ts';
import type { Ipvs, RealServer, Template, VirtualService } from './types.ts';

export interface Pick {
  readonly server: RealServer;
  readonly probability?: number;
}

export type Schedule =
  | {
      readonly kind: 'picks';
      /** `ignorance` where the kernel has no choice, and what it goes by is not known. */
      readonly cause: 'choice' | 'ignorance';
      readonly picks: readonly Pick[];
      /** What persistence remembers of the client. */
      readonly template?: Template;
    }
  /** No real server takes new connections. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** Those that are known here; others may be loaded. */
export type Scheduler =
  | 'rr'
  | 'wrr'
  | 'lc'
  | 'wlc'
  | 'sed'
  | 'nq'
  | 'twos'
  | 'fo'
  | 'sh'
  | 'dh'
  | 'mh'
  | 'lblc'
  | 'lblcr'
  | 'ovf';

export interface ScheduleInput {
  readonly ipvs: Ipvs;
  readonly service: VirtualService;
  readonly packet: Packet;
  /** net.ipv4.vs.expire_quiescent_template: a server of weight 0 loses the clients that it had. */
  readonly expiresQuiescent: boolean;
}

export function schedule(input: ScheduleInput): Schedule {
  const { service, ipvs } = input;
  const { isOnePacket, schedulerFlags, engine, key, persistence } = service;
  if (isOnePacket === undefined || schedulerFlags === undefined)
    return { kind: 'unknown', reason: 'only ipvsadm tells the flags of the service, and it is missing' };
  if (engine !== undefined) return { kind: 'unknown', reason: `the persistence engine ${engine} is not computed` };
  if (isOnePacket) return { kind: 'unknown', reason: 'one-packet scheduling is not computed' };
  if (persistence === undefined)
    return key.kind === 'address' && key.port === 0 ? { kind: 'none' } : choose(input, schedulerFlags);
  if (ipvs.templates === undefined)
    return { kind: 'unknown', reason: 'the service is persistent, and what it remembers of clients was not taken' };
  const bound = remembered(input, ipvs.templates, persistence.prefixLength);
  if (bound === 'none') return choose(input, schedulerFlags);
  return { kind: 'picks', cause: 'choice', picks: [{ server: bound.server }], template: bound.template };
}

/** The template that binds the client, if its server is still there (ip_vs_check_template). */
function remembered(
  { service, packet, expiresQuiescent }: ScheduleInput,
  templates: readonly Template[],
  prefixLength: number,
): { readonly server: RealServer; readonly template: Template } | 'none' {
  const client = maskTo(packet.src, prefixLength);
  for (const template of templates) {
    if (!sameIP(template.client, client) || !isOf(template, service, packet)) continue;
    const server = service.servers.find(
      (one) => sameIP(one.address, template.server) && (one.port === template.serverPort || template.virtualPort === 0),
    );
    if (server !== undefined && !(expiresQuiescent && server.weight === 0)) return { server, template };
  }
  return 'none';
}

/** A service at port 0 remembers one server for all ports, one by mark for all that has the mark. */
function isOf(template: Template, { key }: VirtualService, { protocol, dst }: Packet): boolean {
  if (key.kind === 'fwmark') return template.protocol === 0 && markOf(template.virtual) === key.mark;
  return template.protocol === protocol && sameIP(template.virtual, dst) && template.virtualPort === key.port;
}

/** The mark stands in the first word of the address, whatever the family. */
const markOf = (address: IP): number => address.a;

function choose({ service, packet, ipvs }: ScheduleInput, flags: readonly string[]): Schedule {
  const { scheduler, servers } = service;
  const open = servers.filter(({ weight }) => weight > 0);
  if (open.length === 0) return { kind: 'none' };
  switch (scheduler as Scheduler) {
    case 'rr':
      return choices(open.map((server) => ({ server, probability: 1 / open.length })));
    case 'wrr': {
      const total = open.reduce((sum, { weight }) => sum + weight, 0);
      return choices(open.map((server) => ({ server, probability: server.weight / total })));
    }
    // What they choose depends on the connections of the moment, and changes with every one.
    case 'lc':
    case 'wlc':
    case 'sed':
    case 'nq':
    case 'twos':
      return choices(open.map((server) => ({ server })));
    case 'fo': {
      const most = Math.max(...open.map(({ weight }) => weight));
      const first = open.filter(({ weight }) => weight === most);
      return ipvs.isOrdered || first.length === 1 ? one(first[0]!) : oneOf(first);
    }
    case 'sh':
      return byHash({ ipvs, open, servers }, () =>
        sourceHash(servers, packet, {
          hasPort: flags.includes('sh-port'),
          isFallingBack: flags.includes('sh-fallback'),
        }),
      );
    case 'dh':
      return byHash({ ipvs, open, servers }, () => byDestination(servers, packet.dst));
    case 'mh':
    case 'lblc':
    case 'lblcr':
      return oneOf(open);
    case 'ovf':
    default:
      return { kind: 'unknown', reason: `the scheduler ${scheduler} is not computed` };
  }
}

interface Hashing {
  readonly ipvs: Ipvs;
  readonly open: readonly RealServer[];
  readonly servers: readonly RealServer[];
}

/** Without the kernel's order, or with ports that are not known, one of them is it; with a closed one among them, maybe none. */
function byHash({ ipvs, open, servers }: Hashing, find: () => RealServer | undefined | 'not-known'): Schedule {
  if (servers.length === 1) return one(servers[0]!);
  const found = ipvs.isOrdered ? find() : 'not-known';
  if (found === undefined) return { kind: 'none' };
  if (found !== 'not-known') return one(found);
  return open.length === servers.length
    ? oneOf(open)
    : { kind: 'unknown', reason: 'which server the hash gives is not known, and one of them takes no connections' };
}

function sourceHash(
  servers: readonly RealServer[],
  { src, sport }: Packet,
  { hasPort, isFallingBack }: { readonly hasPort: boolean; readonly isFallingBack: boolean },
): RealServer | undefined | 'not-known' {
  if (hasPort && sport.min !== sport.max) return 'not-known';
  return bySource(servers, { address: src, port: hasPort ? sport.min : 0 }, isFallingBack);
}

const one = (server: RealServer): Schedule => choices([{ server }]);
const choices = (picks: readonly Pick[]): Schedule => ({ kind: 'picks', cause: 'choice', picks });
const oneOf = (servers: readonly RealServer[]): Schedule => ({
  kind: 'picks',
  cause: 'ignorance',
  picks: servers.map((server) => ({ server })),
});
