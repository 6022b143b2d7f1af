/** What listens where. */
import type { ListenRow, PodRow, Scenario } from '../scenario.ts';

const servedBy = (listen: readonly ListenRow[]): readonly PodRow[] => [
  { name: 'client', node: 'node-a', app: 'client', listen: [] },
  { name: 'api', node: 'node-b', app: 'api', listen },
];
const SERVICE = [{ name: 'api', app: 'api', port: 80, targetPort: 8080, nodePort: 30080 }];

export const SOCKETS: readonly Scenario[] = [
  {
    name: 'listens-on-loopback',
    about: 'the server listens on its loopback address only',
    wiring: 'host-gw',
    backends: ['nft'],
    services: SERVICE,
    pods: servedBy([
      { protocol: 'tcp', port: 8080, address: 'loopback' },
      { protocol: 'udp', port: 5353, address: 'loopback' },
    ]),
  },
  {
    name: 'listens-on-nothing',
    about: 'the server does not listen',
    wiring: 'vxlan',
    backends: ['nft'],
    services: SERVICE,
    pods: servedBy([{ protocol: 'tcp', port: 9090, address: 'any' }]),
  },
  {
    name: 'listens-on-own-address',
    about: 'the server listens on its pod address only',
    wiring: 'host-gw',
    backends: ['legacy'],
    services: SERVICE,
    pods: servedBy([
      { protocol: 'tcp', port: 8080, address: { ip: (site) => site.pod('api').ip } },
      { protocol: 'udp', port: 5353, address: { ip: (site) => site.pod('api').ip } },
    ]),
  },
  {
    name: 'listens-on-wrong-address',
    about: 'the server listens on an address that its pod had before',
    wiring: 'host-gw',
    backends: ['nft'],
    services: SERVICE,
    pods: servedBy([
      { protocol: 'tcp', port: 8080, address: { ip: (site) => site.pick('10.77.1.200', 'fd77:0:0:1::200') } },
    ]),
  },
  {
    name: 'listens-on-other-family',
    about: "the server listens on the other family's wildcard only",
    wiring: 'host-gw',
    backends: ['nft'],
    families: [6],
    services: SERVICE,
    pods: servedBy([
      { protocol: 'tcp', port: 8080, address: { ip: () => '0.0.0.0' } },
      { protocol: 'udp', port: 5353, address: { ip: () => '0.0.0.0' } },
    ]),
  },
  {
    name: 'listens-on-family-wildcard',
    about: "the server listens on one family's wildcard",
    wiring: 'routed',
    backends: ['nft'],
    services: SERVICE,
    pods: servedBy([
      { protocol: 'tcp', port: 8080, address: 'any-of-family' },
      { protocol: 'udp', port: 5353, address: 'any-of-family' },
    ]),
  },
  {
    name: 'listens-on-a-device',
    about: 'the server is bound to eth0',
    wiring: 'bridge',
    backends: ['nft'],
    services: SERVICE,
    pods: servedBy([{ protocol: 'tcp', port: 8080, address: 'any', device: 'eth0' }]),
  },
  {
    name: 'listens-on-wrong-device',
    about: 'the server is bound to lo',
    wiring: 'host-gw',
    backends: ['legacy'],
    services: SERVICE,
    pods: servedBy([
      { protocol: 'tcp', port: 8080, address: 'any', device: 'lo' },
      { protocol: 'udp', port: 5353, address: 'any', device: 'lo' },
    ]),
  },
  {
    name: 'echo-ignored',
    about: 'the pod answers no ping',
    wiring: 'vxlan',
    backends: ['nft'],
    change: (site) => [
      {
        in: site.pod('api-2'),
        sh: site.pick(
          'echo 1 > /proc/sys/net/ipv4/icmp_echo_ignore_all',
          'echo 1 > /proc/sys/net/ipv6/icmp/echo_ignore_all',
        ),
      },
    ],
  },
];
