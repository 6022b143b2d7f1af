/** Devices whose packets a program, IPsec or flows decide on: skoop has to leave them open, and to name them. */
import { fileURLToPath } from 'node:url';
import type { Backend, Scenario } from '../scenario.ts';
import type { Change, Site } from '../site.ts';

const NFT: readonly Backend[] = ['nft'];
const DATAPATH = `python3 ${fileURLToPath(new URL('../make-datapath.py', import.meta.url))}`;

function onNodeOf(name: string, sh: (site: Site) => string): (site: Site) => readonly Change[] {
  return (site) => [{ in: site.pod(name).node, sh: sh(site) }];
}

/** The way from node-a to the pods of node-b. */
const toOthers = (site: Site, dev: string): string =>
  `ip link set ${dev} up; ${site.ip} route replace ${site.node('node-b').podCIDR} dev ${dev}`;

const ROWS: readonly Omit<Scenario, 'wiring' | 'backends'>[] = [
  {
    name: 'openvswitch-port',
    about: "a pod's device is a port of Open vSwitch, which has no flow for it",
    needsKernel: 'openvswitch',
    change: onNodeOf(
      'client',
      (site) => `ip link set ${site.pod('client').veth} nomaster; ${DATAPATH} ovs-system ${site.pod('client').veth}`,
    ),
  },
  {
    name: 'xfrm-device',
    about: 'the way to the other node is an xfrm device without a policy',
    needsKernel: 'xfrm interfaces',
    change: onNodeOf('client', (site) => `ip link add ipsec0 type xfrm if_id 5 dev eth0; ${toOthers(site, 'ipsec0')}`),
  },
  {
    name: 'vti-device',
    about: 'the way to the other node is a vti tunnel without keys',
    needsKernel: 'vti',
    families: [4],
    change: onNodeOf(
      'client',
      (site) =>
        `ip link add vti0 type vti local ${site.node('node-a').ip} remote ${site.node('node-b').ip} key 5; ${toOthers(site, 'vti0')}`,
    ),
  },
];

export const GUEST_FOREIGN: readonly Scenario[] = ROWS.map((row) => ({ wiring: 'host-gw', backends: NFT, ...row }));
