/** Rules of everything but kube-proxy on a node: kubelet, the portmap plugin, flannel, the bridge plugin, a calico-like pool. */
import { createHash } from 'node:crypto';
import { formatHostPort, ip } from '../../src/model/index.ts';
import type { Site, SiteNode } from '../site.ts';
import type { Rules } from './ruleset.ts';

/** kubelet guards 127.0.0.0/8 against packets from elsewhere, on IPv4 only. */
export function kubeletRules(site: Site): Rules[] {
  return [
    {
      table: 'filter',
      chains: ['KUBE-FIREWALL', 'KUBE-KUBELET-CANARY'],
      rules: [
        '-A INPUT -j KUBE-FIREWALL',
        '-A OUTPUT -j KUBE-FIREWALL',
        ...(site.family === 4
          ? [
              '-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -m comment --comment "block incoming localnet connections" -m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT -j DROP',
            ]
          : []),
      ],
    },
  ];
}

/** CNI portmap, for the pods of the node that have a host port. */
export function portmapRules(site: Site, node: SiteNode): Rules[] {
  const mapped = site.pods.filter((pod) => pod.node === node && pod.hostPort !== undefined);
  if (mapped.length === 0) return [];
  const chainOf = (id: string): string =>
    `CNI-DN-${createHash('sha512').update(`cbr0${id}`).digest('hex').slice(0, 21)}`;
  return [
    {
      table: 'nat',
      chains: [
        ...mapped.map((pod) => chainOf(pod.containerId)),
        'CNI-HOSTPORT-DNAT',
        'CNI-HOSTPORT-MASQ',
        'CNI-HOSTPORT-SETMARK',
      ],
      rules: [
        '-A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
        '-A OUTPUT -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT',
        '-A POSTROUTING -m comment --comment "CNI portfwd requiring masquerade" -j CNI-HOSTPORT-MASQ',
        '-A CNI-HOSTPORT-MASQ -m mark --mark 0x2000/0x2000 -j MASQUERADE',
        '-A CNI-HOSTPORT-SETMARK -m comment --comment "CNI portfwd masquerade mark" -j MARK --set-xmark 0x2000/0x2000',
        ...mapped.flatMap((pod) => {
          const { host, container } = pod.hostPort!;
          const chain = chainOf(pod.containerId);
          return [
            `-A ${chain} -s ${node.podCIDR} -p tcp -m tcp --dport ${host} -j CNI-HOSTPORT-SETMARK`,
            ...(site.family === 4
              ? [`-A ${chain} -s 127.0.0.1/32 -p tcp -m tcp --dport ${host} -j CNI-HOSTPORT-SETMARK`]
              : []),
            `-A ${chain} -p tcp -m tcp --dport ${host} -j DNAT --to-destination ${formatHostPort(ip(pod.ip), container)}`,
            `-A CNI-HOSTPORT-DNAT -p tcp -m comment --comment "dnat name: \\"cbr0\\" id: \\"${pod.containerId}\\"" -m multiport --dports ${host} -j ${chain}`,
          ];
        }),
      ],
    },
  ];
}

/** flanneld with --ip-masq. */
export function flannelRules(site: Site, node: SiteNode): Rules[] {
  const all = site.clusterCIDR;
  const own = node.podCIDR;
  const note = '-m comment --comment "flanneld masq"';
  return [
    {
      table: 'filter',
      chains: ['FLANNEL-FWD'],
      rules: [
        '-A FORWARD -m comment --comment "flanneld forward" -j FLANNEL-FWD',
        `-A FLANNEL-FWD -s ${all} -m comment --comment "flanneld forward" -j ACCEPT`,
        `-A FLANNEL-FWD -d ${all} -m comment --comment "flanneld forward" -j ACCEPT`,
      ],
    },
    {
      table: 'nat',
      chains: ['FLANNEL-POSTRTG'],
      rules: [
        `-A POSTROUTING ${note} -j FLANNEL-POSTRTG`,
        `-A FLANNEL-POSTRTG -m mark --mark 0x4000/0x4000 ${note} -j RETURN`,
        `-A FLANNEL-POSTRTG -s ${own} -d ${all} ${note} -j RETURN`,
        `-A FLANNEL-POSTRTG -s ${all} -d ${own} ${note} -j RETURN`,
        `-A FLANNEL-POSTRTG ! -s ${all} -d ${own} ${note} -j RETURN`,
        `-A FLANNEL-POSTRTG -s ${all} ! -d ${site.pick('224.0.0.0/4', 'ff00::/8')} ${note} -j MASQUERADE --random-fully`,
        `-A FLANNEL-POSTRTG ! -s ${all} -d ${all} ${note} -j MASQUERADE --random-fully`,
      ],
    },
  ];
}

/** The bridge plugin with ipMasq: one chain per pod, everything but the node's own pods is masqueraded. */
export function bridgeRules(site: Site, node: SiteNode): Rules[] {
  const pods = site.pods.filter((pod) => pod.node === node);
  const chainOf = (id: string): string =>
    `CNI-${createHash('sha512').update(`bridge${id}`).digest('hex').slice(0, 24)}`;
  return [
    {
      table: 'nat',
      chains: pods.map((pod) => chainOf(pod.containerId)),
      rules: pods.flatMap((pod) => {
        const note = `-m comment --comment "name: \\"bridge\\" id: \\"${pod.containerId}\\""`;
        return [
          `-A POSTROUTING -s ${pod.host} ${note} -j ${chainOf(pod.containerId)}`,
          `-A ${chainOf(pod.containerId)} -d ${node.podCIDR} ${note} -j ACCEPT`,
          `-A ${chainOf(pod.containerId)} ! -d ${site.pick('224.0.0.0/4', 'ff00::/8')} ${note} -j MASQUERADE`,
        ];
      }),
    },
  ];
}

/** Pools as sets: what leaves a pool for an address outside of every pool is masqueraded. */
export function poolRules(site: Site): { readonly rules: Rules[]; readonly ipset: string } {
  const all = `cali${site.family}0all-ipam-pools`;
  const masq = `cali${site.family}0masq-ipam-pools`;
  const kind = `hash:net family ${site.pick('inet', 'inet6')} maxelem 1048576`;
  return {
    ipset: [
      `create ${all} ${kind}`,
      `create ${masq} ${kind}`,
      `add ${all} ${site.clusterCIDR}`,
      `add ${masq} ${site.clusterCIDR}`,
      '',
    ].join('\n'),
    rules: [
      {
        table: 'nat',
        chains: ['cali-POSTROUTING', 'cali-nat-outgoing'],
        rules: [
          '-A POSTROUTING -m comment --comment "cali:O3lYWMrLQYEMJtB5" -j cali-POSTROUTING',
          '-A cali-POSTROUTING -m comment --comment "cali:Z-c7XtVd2Bq7s_hA" -j cali-nat-outgoing',
          `-A cali-nat-outgoing -m comment --comment "cali:flqWnvo8yq4ULQLa" -m set --match-set ${masq} src -m set ! --match-set ${all} dst -j MASQUERADE --random-fully`,
        ],
      },
    ],
  };
}
