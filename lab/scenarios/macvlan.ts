/** Pods with macvlan devices on their nodes' uplinks, in each mode. */
import type { Backend, Scenario } from '../scenario.ts';
import { betweenPods, podsOnUplink } from './pods-on-uplink.ts';

const NFT: readonly Backend[] = ['nft'];

const ROWS: readonly Omit<Scenario, 'wiring' | 'backends'>[] = [
  {
    name: 'macvlan-bridge',
    about: 'those of one node hand each other frames',
    change: (site) => podsOnUplink(site, 'macvlan mode bridge'),
    select: betweenPods,
  },
  {
    name: 'macvlan-private',
    about: 'those of one node give each other nothing',
    change: (site) => podsOnUplink(site, 'macvlan mode private'),
    select: betweenPods,
  },
  {
    name: 'macvlan-vepa',
    about: 'those of one node leave it to a switch that sends nothing back where it came from',
    change: (site) => podsOnUplink(site, 'macvlan mode vepa'),
    select: betweenPods,
  },
  {
    name: 'macvlan-passthru',
    about: 'one pod of each node has the uplink for itself',
    change: (site) => podsOnUplink(site, 'macvlan mode passthru', [site.pod('client'), site.pod('api-2')]),
    select: (probes, site) =>
      betweenPods(probes, site).filter(({ probe }) => probe.from !== 'shop/api-1' && probe.to !== site.pod('api-1').ip),
  },
];

export const MACVLAN: readonly Scenario[] = ROWS.map((row) => ({ wiring: 'host-gw', backends: NFT, ...row }));
