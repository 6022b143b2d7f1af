/** Reads the details of tunnels that carry bare IP packets: ipip, sit, gre, ip6tnl, ip6gre. */
import { PROTOCOL } from '../../model/packet.ts';
import type { IPTunnelKind, LinkKind } from '../state.ts';
import { has, isOn, optionalIP, optionalNumber, optionalText } from './fields.ts';
import type { Entry } from './json-section.ts';

type Name = IPTunnelKind['name'];

const HEADER = { 4: 20, 6: 40 } as const;
const GRE_HEADER = 4;
/** Destination options with the tunnel encapsulation limit (RFC 2473). */
const ENCAP_LIMIT_HEADER = 8;
/** What changes what is on the wire in a way that is not modelled. */
const NOT_MODELLED = [
  'link',
  'external',
  'ikey',
  'okey',
  'iseq',
  'oseq',
  'icsum',
  'ocsum',
  'encap',
  'fwmark',
  '6rd-prefix',
];

export const isTunnelName = (name: string): name is Name =>
  name === 'ipip' || name === 'sit' || name === 'gre' || name === 'ip6tnl' || name === 'ip6gre';

export function readTunnel(name: Name, data: Entry): LinkKind {
  const odd = NOT_MODELLED.find((key) => has(data, key));
  if (odd !== undefined) return { kind: 'unsupported', name: `${name} with ${odd}` };
  const outer = name === 'ip6tnl' || name === 'ip6gre' ? 6 : 4;
  const isGre = name === 'gre' || name === 'ip6gre';
  const local = address(data, 'local');
  const remote = address(data, 'remote');
  // each family finds the other end in its own way; only ipip takes the route's next hop
  if (remote === undefined && name !== 'ipip') return { kind: 'unsupported', name: `${name} without remote` };
  const ttl = optionalNumber(data, 'ttl') ?? 0;
  const hasLimit = outer === 6 && (optionalNumber(data, 'encap_limit') ?? 0) > 0;
  return {
    kind: 'ip-tunnel',
    name,
    carries: isGre ? { 4: PROTOCOL.gre, 6: PROTOCOL.gre } : carried(name, optionalText(data, 'proto')),
    outer,
    ...(local !== undefined && { local }),
    ...(remote !== undefined && { remote }),
    ...(ttl > 0 && { ttl }),
    pmtudisc: outer === 6 || isOn(data, 'pmtudisc', true),
    overhead: HEADER[outer] + (isGre ? GRE_HEADER : 0) + (hasLimit ? ENCAP_LIMIT_HEADER : 0),
  };
}

/** Without a remote it takes its tunnel from the packet (`external`). */
export function readGeneve(data: Entry | undefined): LinkKind {
  const vni = data === undefined ? undefined : optionalNumber(data, 'id');
  const remote = data === undefined ? undefined : (optionalIP(data, 'remote') ?? optionalIP(data, 'remote6'));
  if (data === undefined || vni === undefined || remote === undefined)
    return { kind: 'unsupported', name: 'geneve without remote' };
  const odd = ['external', 'innerprotoinherit', 'tos'].find((key) => has(data, key));
  const ttl = data.fields['ttl'];
  if (odd !== undefined || typeof ttl === 'string') return { kind: 'unsupported', name: `geneve with ${odd ?? 'ttl'}` };
  const df = optionalText(data, 'df');
  return {
    kind: 'geneve',
    vni,
    remote,
    port: optionalNumber(data, 'port') ?? GENEVE_PORT,
    ...(typeof ttl === 'number' && ttl > 0 && { ttl }),
    ...(df !== undefined && { df }),
  };
}

const GENEVE_PORT = 6081;

/** What the device takes, as iproute2 prints its `proto`. */
function carried(name: Name, proto: string | undefined): IPTunnelKind['carries'] {
  const ipv4 = { 4: PROTOCOL.ipip };
  const ipv6 = { 6: PROTOCOL.ipv6 };
  if (name === 'ipip') return ipv4;
  if (proto === 'any') return { ...ipv4, ...ipv6 };
  return proto === 'ipip' || proto === 'ipip6' ? ipv4 : ipv6;
}

function address(data: Entry, key: string): ReturnType<typeof optionalIP> {
  return optionalText(data, key) === 'any' ? undefined : optionalIP(data, key);
}
