/** Kinds of ipset that this machine's kernel may lack, asked by rules on the way of the packets. */
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site, SitePod } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];

interface SetRow {
  /** The command that makes the set, without what depends on the case. */
  readonly create: string;
  readonly about: string;
  readonly elements: (site: Site) => readonly string[];
  /** Matches of rules with the flags of the set, and what becomes of a packet. */
  readonly rules: readonly string[];
  readonly options?: string;
}

const family = (site: Site): string => `family ${site.pick('inet', 'inet6')}`;
const macOf = (pod: SitePod): string => pod.mac;

/** On node-a, where the client and one server are; what comes from node-b has its MAC address. */
function asked(site: Site, row: SetRow): readonly Change[] {
  const node = site.node('node-a');
  const options = row.options ?? family(site);
  return [
    {
      in: node,
      sh: [
        `ipset ${row.create} ${options}`,
        ...row.elements(site).map((element) => `ipset add S ${element}`),
        ...row.rules.map((rule) => `${site.iptables} ${rule}`),
      ].join('; '),
    },
  ];
}

const ROWS: readonly SetRow[] = [
  {
    create: 'create S hash:net,net',
    about: 'pairs of networks, some of them exceptions',
    elements: (site) => {
      const [a, b] = [site.node('node-a'), site.node('node-b')];
      return [
        `${a.podCIDR},${b.podCIDR}`,
        `${site.pod('api-1').host},${b.podCIDR} nomatch`,
        `${site.pod('api-2').host},${site.pod('client').host}`,
      ];
    },
    rules: [
      '-I FORWARD -m set --match-set S src,dst -j DROP',
      '-I FORWARD -p udp -m set --match-set S dst,src -j REJECT',
    ],
  },
  {
    create: 'create S hash:net,port,net',
    about: 'networks and a port between them',
    elements: (site) => [
      `${site.node('node-a').podCIDR},tcp:8080,${site.node('node-b').podCIDR}`,
      `${site.pod('api-1').host},tcp:8080,${site.pod('api-2').host} nomatch`,
      `${site.node('node-b').podCIDR},udp:5353,${site.pod('api-1').host}`,
    ],
    rules: ['-I FORWARD -m set --match-set S src,dst,dst -j REJECT'],
  },
  {
    create: 'create S hash:mac',
    about: 'MAC addresses of a pod and of a node, as sender and as receiver',
    elements: (site) => [macOf(site.pod('client')), site.node('node-b').mac],
    options: '',
    rules: [
      '-I FORWARD -p tcp -m set --match-set S src -j DROP',
      '-I INPUT -p tcp --dport 10250 -m set --match-set S src -j REJECT',
      '-I OUTPUT -p tcp --dport 8080 -m set --match-set S src -j REJECT',
      '-I FORWARD -p udp -m set --match-set S dst -j DROP',
    ],
  },
  {
    create: 'create S hash:ip,mac',
    about: 'addresses with the MAC addresses that they should have',
    elements: (site) => [
      `${site.pod('client').ip},${macOf(site.pod('client'))}`,
      `${site.pod('api-1').ip},${macOf(site.pod('client'))}`,
      `${site.pod('api-2').ip},${site.node('node-b').mac}`,
    ],
    rules: [
      '-I FORWARD -p tcp -m set --match-set S src,src -j DROP',
      '-I FORWARD -p udp -m set ! --match-set S src,src -j REJECT',
    ],
  },
  {
    create: 'create S hash:ip,mark',
    about: 'addresses of packets that have a mark',
    elements: (site) => [`${site.pod('api-2').ip},0x7`, `${site.pod('client').ip},0x9`],
    rules: [
      '-t mangle -I PREROUTING -p tcp --dport 8080 -j MARK --set-mark 7',
      '-t mangle -I OUTPUT -p udp -j MARK --set-mark 9',
      '-t mangle -I PREROUTING -p udp -j MARK --set-mark 9',
      '-I FORWARD -m set --match-set S dst,src -j DROP',
      '-I FORWARD -m set --match-set S src,src -j REJECT',
    ],
  },
];

const typeOf = ({ create }: SetRow): string => create.split(' ').at(-1)!;

export const GUEST_IPSETS: readonly Scenario[] = ROWS.map((row) => ({
  name: `ipset-${typeOf(row).replaceAll(/[:,]/g, '-')}`,
  about: row.about,
  wiring: 'host-gw',
  backends: NFT,
  needsKernel: `ipset ${typeOf(row)}`,
  change: (site) => asked(site, row),
}));
