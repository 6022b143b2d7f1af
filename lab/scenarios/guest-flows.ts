/** Flow tables, by which the later packets of a connection go past a node's hooks. */
import type { Scenario } from '../scenario.ts';
import type { Site } from '../site.ts';

interface Row {
  readonly name: string;
  readonly about: string;
  /** Behind the rule that hands connections to the flow table. */
  readonly rules: (site: Site) => readonly string[];
}

const toServer = (site: Site): string => `${site.pick('ip', 'ip6')} daddr ${site.pod('api-2').ip}`;

const ROWS: readonly Row[] = [
  {
    name: 'flow-offload',
    about: 'established connections are handed to a flow table',
    rules: (site) => [`${toServer(site)} udp dport 5353 drop`],
  },
  {
    name: 'flow-offload-shut',
    about: 'what would end an established connection comes too late for it',
    rules: (site) => [`${toServer(site)} tcp dport 8080 ct state established drop`],
  },
];

export const GUEST_FLOWS: readonly Scenario[] = ROWS.map(({ name, about, rules }) => ({
  name,
  about,
  wiring: 'host-gw',
  backends: ['nft'],
  needsKernel: 'nft_flow_offload',
  change: (site) => [
    {
      in: site.node('node-b'),
      sh: [
        `nft -f - <<'RULES'`,
        'table inet lab {',
        'flowtable fast { hook ingress priority 0; devices = { "eth0", "cni0" }; }',
        'chain base { type filter hook forward priority 0;',
        'meta l4proto { tcp, udp } flow add @fast',
        ...rules(site),
        '}',
        '}',
        'RULES',
      ].join('\n'),
    },
  ],
}));
