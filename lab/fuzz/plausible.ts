/** Addresses, ports, devices and marks near those that the probes use: a value that nothing meets proves nothing. */
import { NODE_PORT_SERVED, OUTSIDE_PORT_SERVED } from '../probes.ts';
import { namespaceOf, type Site, type SiteNode, type SitePod } from '../site.ts';
import type { Random } from './random.ts';

export type Place = SiteNode | SitePod;

export class Plausible {
  readonly random: Random;
  readonly site: Site;

  constructor(random: Random, site: Site) {
    this.random = random;
    this.site = site;
  }

  /** Nodes more often than pods. */
  place(): Place {
    return this.random.chance(0.75) ? this.node() : this.pod();
  }

  node(): SiteNode {
    return this.random.pick(this.site.nodes);
  }

  pod(): SitePod {
    return this.random.pick(this.site.pods);
  }

  nameOf(place: Place): string {
    return namespaceOf(place);
  }

  /** One that a probe comes from or goes to. */
  ip(): string {
    const { random, site } = this;
    return random.weigh<() => string>([
      [8, () => this.pod().ip],
      [3, () => this.node().ip],
      [3, () => (site.services.length === 0 ? this.pod().ip : random.pick(site.services).clusterIP)],
      [1, () => site.outside.ip],
      [1, () => this.node().gateway],
    ])();
  }

  /** A block that holds such an address. */
  block(): string {
    const { random, site } = this;
    return random.weigh<() => string>([
      [10, () => `${this.ip()}/${site.bits}`],
      [4, () => this.node().podCIDR],
      [2, () => site.clusterCIDR],
      [1, () => site.serviceCIDR],
      [1, () => site.pick('192.168.77.0/24', 'fd00:77::/64')],
      [2, () => `${this.ip()}/${site.bits - 1 - random.below(3)}`],
      [1, () => site.pick('0.0.0.0/1', '::/1')],
    ])();
  }

  /** Two addresses, in order, around one of a probe. */
  range(): string {
    const pod = this.pod();
    const base = pod.ip.replace(/[^.:]+$/, '');
    const low = 1 + this.random.below(3);
    return `${base}${low}-${base}${low + this.random.below(4)}`;
  }

  port(): number {
    return this.random.pick([8080, 8080, 8080, 5353, 5353, 81, 80, 30080, NODE_PORT_SERVED, OUTSIDE_PORT_SERVED, 8472]);
  }

  ports(): string {
    return this.random.weigh<() => string>([
      [6, () => String(this.port())],
      [1, () => '8000:8100'],
      [1, () => ':1023'],
      [1, () => '1024:'],
      [1, () => '30000:32767'],
    ])();
  }

  /** A device of the place. */
  device(place: Place): string {
    const { random, site } = this;
    if (place.kind === 'pod') return random.chance(0.8) ? 'eth0' : 'lo';
    const pods = site.pods.filter((pod) => pod.node === place).map((pod) => pod.veth);
    return random.weigh<string>([
      [4, 'eth0'],
      [site.scenario.wiring === 'routed' ? 0 : 4, 'cni0'],
      [site.scenario.wiring === 'vxlan' ? 3 : 0, site.vtep],
      [1, 'lo'],
      [pods.length === 0 ? 0 : site.scenario.wiring === 'routed' ? 5 : 1, pods.length === 0 ? 'lo' : random.pick(pods)],
    ]);
  }

  /** A device, or the beginning of names. */
  deviceWord(place: Place): string {
    return this.random.chance(0.15) ? this.random.pick(['eth+', 'cni+', 'veth+', 'e+']) : this.device(place);
  }

  mark(): string {
    return this.random.pick(['0x1', '0x7', '0x100/0xff00', '0x4000/0x4000', '0x0', '0x1/0x3', '0x8/0xf']);
  }

  mac(): string {
    return this.random.weigh<() => string>([
      [6, () => this.pod().mac],
      [2, () => this.node().mac],
      [1, () => '0a:58:00:00:00:99'],
    ])();
  }

  /** An address on the nodes' link that nobody has. */
  nobody(): string {
    return this.site.pick('192.168.77.99', 'fd00:77::99');
  }
}
