/** Faults of routes, neighbours, forwarding and tunnels. */
import { commands, far, near, type Fault } from './fault.ts';
import type { Scene } from './scene.ts';

const WRONG_MAC = '02:00:00:00:00:99';
/** No host has them: the LAN's addresses end at .14. */
const NOBODY = ['192.168.77.99', 'fd00:77::99'] as const;
const TUNNELS = ['flannel.1', 'flannel-v6.1'] as const;
const IP = ['ip', 'ip -6'] as const;
const IPTABLES = ['iptables', 'ip6tables'] as const;
/** Of the echo server there. */
const OUTSIDE_PORT = 7777;
const outside = (): string => 'outside';

const isVxlan: NonNullable<Fault['only']> = ({ flannel }) => flannel === 'vxlan';

export const ROUTING: readonly Fault[] = [
  {
    name: 'the route to the pods of the other node is gone',
    ...commands(
      near,
      (scene, at) => `${IP[at]} route del ${scene.ranges.far[at]}`,
      (scene, at) => `${IP[at]} route replace ${routeOf(scene, at)}`,
    ),
    finds: 'NODE_ROUTE_MISSING',
    isServed: 'the router outside knows the way',
    isUnknown: {
      why: 'what the router outside knows was not collected',
      otherwise: commands(
        outside,
        ({ ranges }, at) => `${IP[at]} route del ${ranges.far[at]}`,
        ({ ranges, far: node }, at) => `${IP[at]} route replace ${ranges.far[at]} via ${addressOf(node, at)}`,
      ),
    },
  },
  {
    name: 'the pods of the other node have a route into a hole',
    ...commands(
      near,
      (scene, at) => `${IP[at]} route replace blackhole ${scene.solo[at]}`,
      (scene, at) => `${IP[at]} route del blackhole ${scene.solo[at]}`,
    ),
    finds: 'ROUTE_BLACKHOLE',
  },
  {
    name: 'the node of the server does not forward',
    ...commands(
      far,
      (_, at) => `sysctl -qw ${FORWARDING[at]}=0`,
      (_, at) => `sysctl -qw ${FORWARDING[at]}=1`,
    ),
    finds: 'FORWARDING_DISABLED',
  },
  {
    name: 'the neighbour entry of the pod is wrong',
    ...commands(
      far,
      ({ solo }, at) => `ip neigh replace ${solo[at]} lladdr ${WRONG_MAC} dev cni0 nud permanent`,
      ({ solo }, at) => `ip neigh del ${solo[at]} dev cni0`,
    ),
    finds: 'NEIGHBOUR_WRONG',
  },
  {
    name: 'the bridge of the pods is down',
    make: async (scene) => scene.run(far(scene), ['ip link set cni0 down']),
    mend: async (scene) =>
      scene.run(far(scene), [
        'ip link set cni0 up',
        // IPv6 addresses are lost with the link
        `ip addr replace ${gateway(scene)} dev cni0 nodad`,
      ]),
    finds: 'HOST_ROUTE_MISSING',
    isUnknown: {
      why: 'the packet leaves by the default route, and what the router there does was not collected',
      otherwise: servesItself(),
    },
  },
  {
    name: 'the tunnel leads to a host that is none',
    only: isVxlan,
    ...tunnelEnd((mac, at) => `bridge fdb replace ${mac} dev ${TUNNELS[at]} dst ${NOBODY[at]} self permanent`),
    finds: 'VTEP_FDB_WRONG',
    isUnknown: {
      why: 'the host that the tunnel leads to was not collected',
      unless: 'the neighbour table says that nobody answered for its address a moment ago',
      otherwise: handsOn(),
    },
  },
  {
    name: 'the tunnel does not know where to',
    only: isVxlan,
    ...tunnelEnd((mac, at) => `bridge fdb del ${mac} dev ${TUNNELS[at]} self`),
    finds: 'VTEP_FDB_MISSING',
  },
  {
    name: 'the neighbour entry of the tunnel is wrong',
    only: isVxlan,
    ...tunnelNeighbour(
      (address, tunnel) => `ip neigh replace ${address} lladdr ${WRONG_MAC} dev ${tunnel} nud permanent`,
    ),
    finds: 'VTEP_NEIGHBOUR_WRONG',
  },
  {
    name: 'the neighbour entry of the tunnel is gone',
    only: isVxlan,
    ...tunnelNeighbour((address, tunnel) => `ip neigh del ${address} dev ${tunnel}`),
    finds: 'VTEP_NEIGHBOUR_MISSING',
    // the kernel asks for it three times, a second each, before it tells
    patience: 5,
  },
];

const FORWARDING = ['net.ipv4.ip_forward', 'net.ipv6.conf.all.forwarding'] as const;

/** The router outside has the pod's address, and its own server answers there, by the node that the question came from. */
function servesItself(): Pick<Fault, 'make' | 'mend'> {
  return changedOutside(({ solo, ranges, far: node, near: client }, at, is) => [
    `ip addr ${is ? 'add' : 'del'} ${solo[at]}/${[32, 128][at]} dev lo`,
    natLine(at, is, `-d ${solo[at]} -p tcp --dport 8080 -j REDIRECT --to-ports ${OUTSIDE_PORT}`),
    // the node drops what goes on with a connection of which it saw one direction alone
    `${IP[at]} route replace ${ranges.near[at]} via ${addressOf(is ? node : client, at)}`,
  ]);
}

/** The host that the tunnel leads to is there, and hands what comes by it on to the node. */
function handsOn(): Pick<Fault, 'make' | 'mend'> {
  return changedOutside(({ far: node }, at, is) => [
    `ip addr ${is ? 'add' : 'del'} ${NOBODY[at]}/${[32, 128][at]} dev eth0${is && at === 1 ? ' nodad' : ''}`,
    natLine(at, is, `-d ${NOBODY[at]} -p udp -j DNAT --to-destination ${addressOf(node, at)}`),
  ]);
}

/** `is`: whether it is made, else it is mended. */
type OutsideLines = (scene: Scene, at: 0 | 1, is: boolean) => readonly string[];

function changedOutside(lines: OutsideLines): Pick<Fault, 'make' | 'mend'> {
  const run = (is: boolean) => async (scene: Scene) =>
    scene.run(outside(), [...lines(scene, 0, is), ...lines(scene, 1, is)]);
  return { make: run(true), mend: run(false) };
}

const natLine = (at: 0 | 1, is: boolean, rule: string): string =>
  `${IPTABLES[at]} -t nat ${is ? '-A' : '-D'} PREROUTING ${rule}`;

const addressOf = ({ ipv4, ipv6 }: Scene['far'], at: 0 | 1): string => [ipv4, ipv6][at]!;

/** As flannel writes it. */
function routeOf({ cluster, far: other, ranges }: Scene, at: 0 | 1): string {
  const range = ranges.far[at];
  return cluster.record.flannel === 'vxlan'
    ? `${range} via ${range.split('/')[0]} dev ${TUNNELS[at]} onlink`
    : `${range} via ${addressOf(other, at)} dev eth0`;
}

/** The bridge's own address: the first of the node's range. */
const gateway = ({ ranges }: Scene): string => ranges.far[1].replace('/', '1/');

function tunnelEnd(line: (mac: string, at: 0 | 1) => string): Pick<Fault, 'make' | 'mend'> {
  return {
    make: async (scene) => scene.run(near(scene), [line(await macOf(scene, 0), 0), line(await macOf(scene, 1), 1)]),
    mend: async (scene) => {
      const { ipv4, ipv6 } = scene.far;
      const back = async (at: 0 | 1): Promise<string> =>
        `bridge fdb replace ${await macOf(scene, at)} dev ${TUNNELS[at]} dst ${[ipv4, ipv6][at]} self permanent`;
      await scene.run(near(scene), [await back(0), await back(1)]);
    },
  };
}

function tunnelNeighbour(line: (address: string, tunnel: string) => string): Pick<Fault, 'make' | 'mend'> {
  const address = (scene: Scene, at: 0 | 1): string => scene.ranges.far[at].split('/')[0]!;
  return {
    make: async (scene) =>
      scene.run(near(scene), [line(address(scene, 0), TUNNELS[0]), line(address(scene, 1), TUNNELS[1])]),
    mend: async (scene) => {
      const back = async (at: 0 | 1): Promise<string> =>
        `ip neigh replace ${address(scene, at)} lladdr ${await macOf(scene, at)} dev ${TUNNELS[at]} nud permanent`;
      await scene.run(near(scene), [await back(0), await back(1)]);
    },
  };
}

async function macOf({ cluster, far: node }: Scene, at: 0 | 1): Promise<string> {
  const { stdout } = await cluster.exec(node.name, ['ip', '-j', 'link', 'show', TUNNELS[at]]);
  return (JSON.parse(stdout) as readonly { readonly address: string }[])[0]!.address;
}
