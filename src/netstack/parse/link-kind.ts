/** What kind of device a link is, from its `linkinfo`. */
import { isMulticast } from '../../model/address.ts';
import type { BridgeKind, LinkKind, VxlanKind } from '../state.ts';
import { isOn, optionalIP, optionalNumber, optionalText, requiredNumber } from './fields.ts';
import { child } from './json-section.ts';
import type { Entry } from './json-section.ts';
import { readBond, readIpvlan, readVlan } from './stacked-kind.ts';
import { isTunnelName, readGeneve, readTunnel } from './tunnel-kind.ts';

export function readLinkKind(info: Entry | undefined, flags: readonly string[]): LinkKind {
  const name = info === undefined ? undefined : optionalText(info, 'info_kind');
  if (info === undefined || name === undefined) return { kind: flags.includes('LOOPBACK') ? 'loopback' : 'physical' };
  const data = child(info, 'info_data');
  switch (name) {
    case 'veth':
      return { kind: 'veth' };
    case 'bridge':
      return data === undefined ? { kind: 'unsupported', name: 'bridge without details' } : readBridge(data);
    case 'vxlan':
      return data === undefined ? { kind: 'unsupported', name: 'vxlan without details' } : readVxlan(data);
    case 'vrf': {
      const table = data === undefined ? undefined : optionalNumber(data, 'table');
      return table === undefined ? { kind: 'unsupported', name } : { kind: 'vrf', table };
    }
    case 'geneve':
      return readGeneve(data);
    case 'macvlan':
      return { kind: 'macvlan', mode: (data === undefined ? undefined : optionalText(data, 'mode')) ?? 'vepa' };
    case 'dummy':
      return { kind: 'dummy' };
    case 'wireguard':
      return { kind: 'wireguard' };
    case 'vlan':
      return readVlan(data);
    case 'bond':
      return readBond(data);
    case 'ipvlan':
      return readIpvlan(data);
    default:
      return isTunnelName(name) && data !== undefined ? readTunnel(name, data) : { kind: 'unsupported', name };
  }
}

function readBridge(data: Entry): BridgeKind {
  return {
    kind: 'bridge',
    vlanFiltering: isOn(data, 'vlan_filtering'),
    vlanDefaultPvid: optionalNumber(data, 'vlan_default_pvid') ?? 1,
    // 2 is STP in user space.
    stp: (optionalNumber(data, 'stp_state') ?? 0) !== 0,
    nfCallIptables: isOn(data, 'nf_call_iptables'),
    nfCallIp6tables: isOn(data, 'nf_call_ip6tables'),
    // Printed in hundredths of a second.
    ageingSeconds: (optionalNumber(data, 'ageing_time') ?? 30_000) / 100,
  };
}

function readVxlan(data: Entry): VxlanKind {
  const remote = optionalIP(data, 'remote') ?? optionalIP(data, 'remote6');
  const group =
    optionalIP(data, 'group') ??
    optionalIP(data, 'group6') ??
    (remote !== undefined && isMulticast(remote) ? remote : undefined);
  const local = optionalIP(data, 'local') ?? optionalIP(data, 'local6');
  const dev = optionalText(data, 'link');
  const ttl = data.fields['ttl'];
  const df = optionalText(data, 'df');
  return {
    kind: 'vxlan',
    vni: requiredNumber(data, 'id'),
    ...(remote !== undefined && group === undefined && { remote }),
    ...(group !== undefined && { group }),
    ...(local !== undefined && { local }),
    ...(dev !== undefined && { dev }),
    port: optionalNumber(data, 'port') ?? 8472,
    learning: isOn(data, 'learning', true),
    external: isOn(data, 'external'),
    proxy: isOn(data, 'proxy'),
    l2miss: isOn(data, 'l2miss'),
    l3miss: isOn(data, 'l3miss'),
    udpChecksum: { 4: isOn(data, 'udp_csum', true), 6: !isOn(data, 'udp_zero_csum6_tx') },
    // 0, `auto` and `inherit` leave it to the route or to the inner packet.
    ...(typeof ttl === 'number' && ttl > 0 && { ttl }),
    ...(df !== undefined && { df }),
  };
}
