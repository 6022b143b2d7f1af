/** Sysctls that decide about packets, for all devices, one, or the namespace. */
import type { Place, Plausible } from '../plausible.ts';
import type { Mutation } from './mutation.ts';

type Row = readonly [number, string, readonly string[]];

const DEVICE_V4: readonly Row[] = [
  [5, 'rp_filter', ['0', '1', '1', '2']],
  [3, 'forwarding', ['0', '1']],
  [2, 'accept_local', ['1']],
  [2, 'route_localnet', ['0', '1']],
  [2, 'proxy_arp', ['1']],
  [1, 'arp_ignore', ['1', '2']],
  [1, 'arp_filter', ['1']],
  [1, 'src_valid_mark', ['1']],
  [0.5, 'bc_forwarding', ['1']],
  [0.5, 'disable_policy', ['1']],
];
const DEVICE_V6: readonly Row[] = [
  [4, 'forwarding', ['0', '1']],
  [1, 'proxy_ndp', ['1']],
  [0.5, 'disable_ipv6', ['1']],
  [1, 'hop_limit', ['1', '3', '255']],
  [0.5, 'drop_unicast_in_l2_multicast', ['1']],
];
const OF_NAMESPACE_V4: readonly Row[] = [
  [1, 'net/ipv4/icmp_echo_ignore_all', ['1']],
  [1, 'net/ipv4/ip_default_ttl', ['1', '2', '3', '255']],
  [1, 'net/ipv4/fwmark_reflect', ['1']],
  [1, 'net/ipv4/tcp_fwmark_accept', ['1']],
  [1, 'net/ipv4/ip_early_demux', ['0']],
  [1, 'net/ipv4/ip_nonlocal_bind', ['1']],
  [1, 'net/ipv4/fib_multipath_hash_policy', ['0', '1']],
];
const OF_NAMESPACE_V6: readonly Row[] = [
  [1, 'net/ipv6/icmp/echo_ignore_all', ['1']],
  [1, 'net/ipv6/fwmark_reflect', ['1']],
  [1, 'net/ipv4/tcp_fwmark_accept', ['1']],
  [1, 'net/ipv6/ip_nonlocal_bind', ['1']],
  [1, 'net/ipv6/fib_multipath_hash_policy', ['0', '1']],
];
const SHARED: readonly Row[] = [
  [2, 'net/bridge/bridge-nf-call-iptables', ['0', '1']],
  [2, 'net/bridge/bridge-nf-call-ip6tables', ['0', '1']],
  [1, 'net/bridge/bridge-nf-pass-vlan-input-dev', ['1']],
  [1, 'net/netfilter/nf_conntrack_tcp_loose', ['0']],
  [1, 'net/netfilter/nf_conntrack_tcp_be_liberal', ['1']],
];

export const sysctls: Mutation = {
  name: 'sysctl',
  weight: 8,
  make: (values) => {
    const place = values.place();
    const [path, value] = values.random.chance(0.7) ? ofDevice(values, place) : ofNamespace(values);
    return [{ in: values.nameOf(place), sh: `echo ${value} > /proc/sys/${path}` }];
  },
};

function ofDevice(values: Plausible, place: Place): readonly [string, string] {
  const { random, site } = values;
  const [key, choices] = chosen(values, site.pick('4', '6') === '4' ? DEVICE_V4 : DEVICE_V6);
  const device = random.chance(0.4) ? 'all' : values.device(place);
  return [`net/${site.sysctl}/conf/${device}/${key}`, random.pick(choices)];
}

function ofNamespace(values: Plausible): readonly [string, string] {
  const own = values.site.family === 4 ? OF_NAMESPACE_V4 : OF_NAMESPACE_V6;
  const [key, choices] = chosen(values, [...own, ...SHARED]);
  return [key, values.random.pick(choices)];
}

function chosen({ random }: Plausible, rows: readonly Row[]): readonly [string, readonly string[]] {
  return random.weigh(rows.map(([weight, key, choices]) => [weight, [key, choices] as const] as const));
}
