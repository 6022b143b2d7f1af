/** Which virtual service takes a packet (ip_vs_service_find). */
import type { IP } from '../../model/address.ts';
import { PROTOCOL, type Packet } from '../../model/packet.ts';
import type { Ipvs, VirtualService } from './types.ts';

const FTP_PORT = 21;
const FTP_DATA_PORT = 20;
/** net.ipv4.ip_unprivileged_port_start, as it is unless somebody changed it. */
const FIRST_UNPRIVILEGED = 1024;

export type FoundService =
  | { readonly kind: 'service'; readonly service: VirtualService }
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly service: VirtualService; readonly reason: string };

const NONE: FoundService = { kind: 'none' };

interface Index {
  readonly byAddress: ReadonlyMap<string, VirtualService>;
  readonly byMark: ReadonlyMap<number, readonly VirtualService[]>;
}

const kept = new WeakMap<Ipvs, Index>();

export function findVirtualService(ipvs: Ipvs, { dst, dport, mark, protocol }: Packet): FoundService {
  if (ipvs.services.length === 0) return NONE;
  const { byAddress, byMark } = indexOf(ipvs);
  for (const service of mark === 0 ? [] : (byMark.get(mark) ?? [])) {
    const { key } = service;
    if (key.kind !== 'fwmark' || (key.family !== undefined && key.family !== dst.family)) continue;
    if (key.family === dst.family) return { kind: 'service', service };
    return { kind: 'unknown', service, reason: 'whether the service by mark is of IPv4 or IPv6 is not told' };
  }
  const at = (port: number): VirtualService | undefined => byAddress.get(addressKey(protocol, dst, port));
  const exact = at(dport.min);
  if (exact !== undefined) return { kind: 'service', service: exact };
  const ftp = protocol === PROTOCOL.tcp ? at(FTP_PORT) : undefined;
  if (ftp !== undefined && (dport.min === FTP_DATA_PORT || dport.min >= FIRST_UNPRIVILEGED))
    return { kind: 'unknown', service: ftp, reason: 'the packet may be taken for a data connection of FTP' };
  const any = at(0);
  return any === undefined ? NONE : { kind: 'service', service: any };
}

const addressKey = (protocol: number, address: IP, port: number): string => `${protocol} ${address.text} ${port}`;

function indexOf(ipvs: Ipvs): Index {
  let index = kept.get(ipvs);
  if (index === undefined) {
    const byAddress = new Map<string, VirtualService>();
    const byMark = new Map<number, VirtualService[]>();
    for (const service of ipvs.services) {
      const { key } = service;
      if (key.kind === 'address') byAddress.set(addressKey(key.protocol, key.address, key.port), service);
      else byMark.set(key.mark, [...(byMark.get(key.mark) ?? []), service]);
    }
    index = { byAddress, byMark };
    kept.set(ipvs, index);
  }
  return index;
}
