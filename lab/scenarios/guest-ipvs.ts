/** kube-proxy in IPVS mode: the rows of services that say nothing of iptables' own rules, and what goes wrong with IPVS. */
import { formatHostPort, ip } from '../../src/model/index.ts';
import { IPVS_DEVICE } from '../rules/kube-proxy-ipvs.ts';
import type { Backend, Scenario } from '../scenario.ts';
import type { Site } from '../site.ts';
import { SERVICES } from './services.ts';

const IPVS: readonly Backend[] = ['ipvs'];
const needsKernel = 'ip_vs';

/** Rows whose fault, if any, is not in a chain that only the iptables mode has. */
const SHARED = [
  'service-catalogue',
  'source-ranges',
  'external-traffic-local',
  'internal-traffic-local',
  'both-policies-local',
  'host-port',
  'masquerade-all',
  'terminating-endpoints',
  'no-ready-endpoint',
  'one-endpoint-refuses',
  'one-endpoint-unrouted',
  'no-postrouting-masquerade',
  'services-not-jumped-to',
] as const;

/** Those that run in both families; a guest is slow. */
const CROSSED: ReadonlySet<string> = new Set(['service-catalogue', 'source-ranges', 'external-traffic-local']);

const virtual = (site: Site): string => `-t ${formatHostPort(ip(site.service('api').clusterIP), 80)}`;
const real = (site: Site, pod: string): string => `-r ${formatHostPort(ip(site.pod(pod).ip), 8080)}`;

/** Another way of forwarding to the first server: the port is then always the client's. */
const instead = (site: Site, method: '-g' | '-i'): string =>
  `ipvsadm -d ${virtual(site)} ${real(site, 'api-1')}; ipvsadm -a ${virtual(site)} -r ${formatHostPort(ip(site.pod('api-1').ip), 80)} ${method} -w 1`;

interface Fault {
  readonly name: string;
  readonly about: string;
  readonly wiring?: Scenario['wiring'];
  readonly sh: (site: Site) => string;
  readonly collect?: Scenario['collect'];
}

/** On node-a, where the client is. */
const FAULTS: readonly Fault[] = [
  {
    name: 'weight-zero',
    about: 'one of two real servers has weight 0, as kube-proxy leaves a pod that is going',
    sh: (site) => `ipvsadm -e ${virtual(site)} ${real(site, 'api-2')} -m -w 0`,
  },
  {
    name: 'all-weights-zero',
    about: 'no real server takes new connections',
    sh: (site) =>
      `for one in ${['api-1', 'api-2'].map((pod) => `'${real(site, pod)}'`).join(' ')}; do ipvsadm -e ${virtual(site)} $one -m -w 0; done`,
  },
  {
    name: 'real-server-missing',
    about: 'kube-proxy has not added the second endpoint',
    sh: (site) => `ipvsadm -d ${virtual(site)} ${real(site, 'api-2')}`,
  },
  {
    name: 'real-server-dead',
    about: 'a real server is a pod that is gone',
    sh: (site) =>
      `ipvsadm -a ${virtual(site)} -r ${formatHostPort(ip(site.pick('10.77.0.99', 'fd77::99')), 8080)} -m -w 1`,
  },
  {
    name: 'virtual-service-missing',
    about: 'the address is on the device, but no virtual service has it',
    sh: (site) => `ipvsadm -D ${virtual(site)}`,
  },
  {
    name: 'address-missing',
    about: `${IPVS_DEVICE} has lost the address of a service`,
    sh: (site) => `ip addr del ${site.service('api').clusterIP}/${site.bits} dev ${IPVS_DEVICE}`,
  },
  {
    name: 'conntrack-off',
    about: 'net.ipv4.vs.conntrack is 0: nothing is masqueraded',
    sh: () => 'echo 0 > /proc/sys/net/ipv4/vs/conntrack',
  },
  {
    name: 'reroute-off',
    about: 'net.ipv4.vs.snat_reroute is 0',
    sh: () => 'echo 0 > /proc/sys/net/ipv4/vs/snat_reroute',
  },
  {
    name: 'persistent',
    about: 'a persistent service, taken after clients have been there',
    sh: (site) => `ipvsadm -E ${virtual(site)} -s rr -p 300`,
    collect: 'between',
  },
  {
    name: 'persistent-quiescent',
    about: 'a persistent service whose first server gets weight 0',
    sh: (site) =>
      `ipvsadm -E ${virtual(site)} -s rr -p 300; ipvsadm -e ${virtual(site)} ${real(site, 'api-1')} -m -w 0`,
    collect: 'between',
  },
  ...(['sh', 'dh', 'lc', 'wrr', 'fo', 'mh'] as const).map((scheduler): Fault => ({
    name: `scheduler-${scheduler}`,
    about: `the service is scheduled by ${scheduler}, with weights 1 and 3`,
    sh: (site) =>
      `ipvsadm -E ${virtual(site)} -s ${scheduler}; ipvsadm -e ${virtual(site)} ${real(site, 'api-2')} -m -w 3`,
  })),
  {
    name: 'scheduler-sh-closed',
    about: 'sh without a fall-back, one server of weight 0: its clients are refused',
    sh: (site) => `ipvsadm -E ${virtual(site)} -s sh; ipvsadm -e ${virtual(site)} ${real(site, 'api-2')} -m -w 0`,
  },
  {
    name: 'scheduler-sh-fallback',
    about: 'sh with a fall-back, one server of weight 0',
    sh: (site) =>
      `ipvsadm -E ${virtual(site)} -s sh -b sh-fallback; ipvsadm -e ${virtual(site)} ${real(site, 'api-2')} -m -w 0`,
  },
  {
    name: 'by-mark',
    about: 'a virtual service by mark takes what nobody else has',
    sh: (site) => {
      const six = site.pick('', ' -6');
      return `ipvsadm -D ${virtual(site)}; ipvsadm -A -f 7${six} -s rr; ipvsadm -a -f 7${six} -r ${site.pick(site.pod('api-1').ip, `[${site.pod('api-1').ip}]`)}:8080 -m; ${site.iptables} -t mangle -A PREROUTING -d ${site.service('api').clusterIP} -p tcp -j MARK --set-mark 7`;
    },
  },
  {
    name: 'local-real-server',
    about: 'a real server is the node itself, as an endpoint in the host network is',
    sh: (site) =>
      `ipvsadm -d ${virtual(site)} ${real(site, 'api-1')}; ipvsadm -a ${virtual(site)} -r ${formatHostPort(ip(site.node('node-a').ip), 10250)} -m -w 1`,
  },
  {
    name: 'forward-drops',
    about: 'filter OUTPUT of the node drops what IPVS sends to a real server',
    sh: (site) => `${site.iptables} -I OUTPUT -d ${site.pod('api-2').ip} -p tcp --dport 8080 -j DROP`,
  },
  {
    name: 'direct-routing',
    about: 'direct routing to a pod that does not have the address',
    sh: (site) => instead(site, '-g'),
  },
  {
    name: 'tunnel',
    about: 'forwarding by tunnel: left open',
    sh: (site) => instead(site, '-i'),
  },
];

export const GUEST_IPVS: readonly Scenario[] = [
  ...SERVICES.filter(({ name }) => (SHARED as readonly string[]).includes(name)).map((row): Scenario => ({
    ...row,
    backends: IPVS,
    needsKernel,
    pairing: CROSSED.has(row.name) ? 'cross' : 'one',
  })),
  ...FAULTS.map(({ name, about, wiring = 'host-gw', sh, collect }): Scenario => ({
    name: `ipvs-${name}`,
    about,
    wiring,
    backends: IPVS,
    needsKernel,
    pairing: 'one',
    ...(collect === undefined ? {} : { collect }),
    select: (probes) => probes.filter(({ probe }) => !probe.to.includes('77') || probe.port === 30080),
    change: (site) => [{ in: site.node('node-a'), sh: sh(site) }],
  })),
];
