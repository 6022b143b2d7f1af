/** vxlan: the node's own VTEP, and the FDB and neighbour entries for each other node's. */
import { sameIP } from '../../model/address.ts';
import type { Evidence } from '../../model/evidence.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, linkEvidence, objectEvidence } from '../../assertions/index.ts';
import type { NetLink } from '../../netstack/state.ts';
import { isDirect } from './routes.ts';
import { restart } from './scene.ts';
import type { PeerLease, Scene } from './scene.ts';

export function checkVtep(scene: Scene): readonly Suspicion[] {
  const tunnelled = scene.peers.filter((peer) => !isDirect(scene, peer));
  const { host, vtepName } = scene;
  if (tunnelled.length === 0 || !host.ns.links.ok) return [];
  const device = host.ns.link(vtepName);
  if (device === undefined) {
    return [
      complain(
        host,
        {
          code: 'VTEP_MISSING',
          level: LEVEL.critical,
          message: `${host.id} has no vxlan device ${vtepName}`,
          remedy: restart(host.id),
        },
        [{ kind: 'object', raw: `backend vxlan with VNI ${scene.config.vni}`, where: scene.config.backend.from }],
      ),
    ];
  }
  return [
    ...checkDevice(scene, device),
    ...tunnelled.flatMap((peer) => checkNeighbour(scene, peer).concat(checkFdb(scene, peer))),
  ];
}

function checkDevice(scene: Scene, device: NetLink): readonly Suspicion[] {
  const { host, config, own, check, family } = scene;
  const wrong: string[] = [];
  const { kind } = device;
  if (kind.kind !== 'vxlan') wrong.push('is no vxlan device');
  else {
    const vni = own.vtep?.vni ?? config.vni;
    if (kind.vni !== vni) wrong.push(`has VNI ${kind.vni} and not ${vni}`);
    if (kind.port !== config.port) wrong.push(`uses UDP port ${kind.port} and not ${config.port}`);
    // A registered address that was set by hand is on no interface: the device then has another one.
    const isOurs = own.publicIP !== undefined && host.ns.owner(own.publicIP) !== undefined;
    if (kind.local !== undefined && isOurs && !sameIP(kind.local, own.publicIP))
      wrong.push(`sends from ${kind.local.text} and not ${own.publicIP.text}`);
  }
  if (!device.isUp) wrong.push('is down');
  if (own.vtep !== undefined && device.mac !== own.vtep.mac)
    wrong.push(`has the MAC ${device.mac} and not the registered ${own.vtep.mac}`);
  if (wrong.length === 0) return [];
  const data = check.view.node.annotations.get(
    `${config.annotations}/${family === 4 ? 'backend-data' : 'backend-v6-data'}`,
  );
  const evidence: Evidence[] = [linkEvidence(device)];
  if (data !== undefined)
    evidence.push(
      objectEvidence(
        'Node',
        check.view.node,
        `${config.annotations}/${family === 4 ? 'backend-data' : 'backend-v6-data'}: ${data}`,
      ),
    );
  return [
    complain(
      host,
      {
        code: 'VTEP_WRONG',
        level: LEVEL.critical,
        message: `${device.name} of ${host.id} ${wrong.join(', ')}`,
        remedy: device.isUp
          ? `ip link del ${device.name} on ${host.id} and restart flannel there, which makes it anew`
          : `ip link set ${device.name} up on ${host.id}, and restart flannel there, which writes its routes`,
      },
      evidence,
    ),
  ];
}

/** The neighbour entry of the remote VTEP's address gives its MAC. */
function checkNeighbour({ host, vtepName }: Scene, { node, lease }: PeerLease): readonly Suspicion[] {
  const { subnet, vtep } = lease;
  const { neighbours } = host.ns;
  if (subnet === undefined || vtep === undefined || !neighbours.ok) return [];
  const entry = neighbours.value.find((one) => one.dev === vtepName && !one.isProxy && sameIP(one.ip, subnet.ip));
  if (entry?.mac === vtep.mac) return [];
  const remedy = `${restart(host.id)}; until then: ip neigh replace ${subnet.ip.text} lladdr ${vtep.mac} dev ${vtepName} nud permanent`;
  const evidence: Evidence[] = [backendData(node, vtep.mac)];
  if (entry !== undefined) evidence.unshift({ kind: 'neighbour', raw: entry.raw, where: vtepName });
  return [
    complain(
      host,
      entry?.mac === undefined
        ? {
            code: 'VTEP_NEIGHBOUR_MISSING',
            level: LEVEL.critical,
            message: `${host.id} has no neighbour entry for ${subnet.ip.text}, the VTEP of ${node.name}`,
            remedy,
          }
        : {
            code: 'VTEP_NEIGHBOUR_WRONG',
            level: LEVEL.critical,
            message: `${host.id} has the MAC ${entry.mac} for ${subnet.ip.text}, and the VTEP of ${node.name} is ${vtep.mac}`,
            remedy,
          },
      evidence,
    ),
  ];
}

/** The FDB entry of the remote VTEP's MAC gives the node to send to. */
function checkFdb({ host, vtepName }: Scene, { node, lease }: PeerLease): readonly Suspicion[] {
  const { publicIP, vtep } = lease;
  const { fdb } = host.ns;
  if (publicIP === undefined || vtep === undefined || !fdb.ok) return [];
  const entries = fdb.value.filter((one) => one.dev === vtepName && one.mac === vtep.mac && one.dst !== undefined);
  if (entries.length > 0 && entries.every((one) => one.dst !== undefined && sameIP(one.dst, publicIP))) return [];
  const wrong = entries.find((one) => one.dst !== undefined && !sameIP(one.dst, publicIP));
  const verb = wrong === undefined ? 'append' : 'replace';
  const remedy = `${restart(host.id)}; until then: bridge fdb ${verb} ${vtep.mac} dev ${vtepName} dst ${publicIP.text} self permanent`;
  if (wrong === undefined) {
    return [
      complain(
        host,
        {
          code: 'VTEP_FDB_MISSING',
          level: LEVEL.critical,
          message: `the FDB of ${vtepName} on ${host.id} does not know ${vtep.mac}, the VTEP of ${node.name}`,
          remedy,
        },
        [backendData(node, vtep.mac)],
      ),
    ];
  }
  return [
    complain(
      host,
      {
        code: 'VTEP_FDB_WRONG',
        level: LEVEL.critical,
        message: `${host.id} sends vxlan packets for ${node.name} to ${wrong.dst?.text ?? ''} and not to ${publicIP.text}`,
        remedy,
      },
      [{ kind: 'fdb', raw: wrong.raw, where: vtepName }, backendData(node, vtep.mac)],
    ),
  ];
}

function backendData(node: PeerLease['node'], mac: string): Evidence {
  return objectEvidence('Node', node, `backend-data: VtepMAC ${mac}`);
}
