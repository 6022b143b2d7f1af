/** Which scenario holds each kind of device against the kernel; a kind that none does is said here too. */
import type { LinkKind } from '../src/netstack/state.ts';

/** Names of scenarios, of this machine's kernel or of the guest's. */
export const DEVICE_PROOFS: Readonly<Record<LinkKind['kind'], readonly string[] | string>> = {
  loopback: ['healthy-host-gw'],
  veth: ['healthy-host-gw', 'veth-down'],
  bridge: ['healthy-flat', 'isolated-ports', 'vlan-filtering', 'vlan-filtering-other-vlan'],
  vxlan: ['healthy-vxlan', 'vxlan-fdb-missing'],
  geneve: ['geneve', 'geneve-other-number', 'geneve-other-remote'],
  vrf: [
    'vrf-node',
    'vrf-node-accepts',
    'vrf-pod',
    'vrf-pod-accepts',
    'vrf-rules',
    'vrf-route-into',
    'vrf-route-into-rules',
  ],
  'ip-tunnel': ['tunnel-ipip', 'tunnel-gre', 'tunnel-ip6tnl-ipip6', 'tunnel-ip6gre', 'tunnel-sit'],
  vlan: ['vlan-uplink', 'vlan-on-bridge', 'vlan-pod'],
  bond: ['bond-active-backup'],
  ipvlan: ['ipvlan-l2', 'ipvlan-l2-private', 'ipvlan-l3', 'ipvlan-l3s'],
  wireguard: ['wireguard', 'wireguard-not-allowed', 'wireguard-other-key'],
  dummy: ['dummy-route', 'dummy-address'],
  macvlan: ['macvlan-bridge', 'macvlan-private', 'macvlan-vepa', 'macvlan-passthru'],
  physical: 'hardware is in no laboratory: a veth to the network between the nodes stands for it',
  unsupported: ['tun-route', 'tap-port', 'xfrm-device', 'vti-device', 'openvswitch-port'],
};
