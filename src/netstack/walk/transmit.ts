/** dev_queue_xmit: hands a frame to a device, whose kind decides what becomes of it. */
import type { Frame } from '../../model/packet.ts';
import { assertNever } from '../../model/assert-never.ts';
import { programsAt } from '../attached/devices.ts';
import { bridgeOutput } from '../bridge/output.ts';
import { transmitByBond } from '../stacked/bond.ts';
import { transmitTagged } from '../stacked/vlan.ts';
import type { NetLink } from '../state.ts';
import { encapsulateVxlan } from '../tunnel/encapsulate.ts';
import { encapsulateGeneve } from '../tunnel/geneve.ts';
import { encapsulateIP } from '../tunnel/ip-tunnel.ts';
import { sendByWireguard } from '../tunnel/wireguard.ts';
import { sayUnsupported } from '../unsupported-device.ts';
import { deviceChains, runDeviceChains } from './device-hooks.ts';
import { followChecksum } from './open-checksum.ts';
import { transmitByVrf } from './vrf-transmit.ts';
import type { Walk } from './walk.ts';
import { end, leave, note, seenByProgram, unknown } from './walk.ts';

export function transmitFrame(walk: Walk, link: NetLink, frame: Frame): void {
  const evidence = { kind: 'link', raw: link.raw } as const;
  if (!link.isUp) return end(walk, 'link-down', `${link.name} in ${walk.ns.key} is down`, { evidence: [evidence] });
  if (!link.hasCarrier && link.kind.kind !== 'loopback') {
    return end(walk, 'link-down', `${link.name} in ${walk.ns.key} has no carrier`, { evidence: [evidence] });
  }
  if (walk.packet.inner?.isChecksumOpen === true)
    return followChecksum(walk, frame, (after, again) => transmitFrame(after, link, again));
  const chains = deviceChains(walk.ns, link.name, 'egress');
  if (chains === undefined) return transmitBy(walk, link, frame);
  runDeviceChains(walk, chains, { link, hook: 'egress', frame }, (after) =>
    transmitBy(after, link, { ...frame, packet: after.packet }),
  );
}

/** A program of tc comes after nftables (__dev_queue_xmit). */
function transmitBy(walk: Walk, link: NetLink, frame: Frame): void {
  const evidence = { kind: 'link', raw: link.raw } as const;
  const attached = programsAt(walk.ns, link.name, 'egress');
  if (attached !== undefined) return seenByProgram(walk, attached);
  const { kind } = link;
  switch (kind.kind) {
    case 'veth':
    case 'physical':
    case 'macvlan':
      return sendAway(walk, link, frame);
    case 'ipvlan':
      if (kind.mode !== 'l2')
        return unknown(
          walk,
          'unknown-device',
          `${link.name} in ${walk.ns.key} is an ipvlan device in mode ${kind.mode}, which is not modelled yet`,
          [evidence],
        );
      return sendAway(walk, link, frame);
    case 'vlan':
      return transmitTagged(walk, link, kind, frame);
    case 'bond':
      return transmitByBond(walk, link, kind, frame);
    case 'bridge':
      return bridgeOutput(walk, { bridge: link, kind }, frame);
    case 'vxlan':
      return encapsulateVxlan(walk, link, kind, frame);
    case 'geneve':
      return encapsulateGeneve(walk, link, kind, frame);
    case 'ip-tunnel':
      return encapsulateIP(walk, link, kind);
    case 'wireguard':
      return sendByWireguard(walk, link);
    case 'dummy':
      return end(
        walk,
        'blackhole',
        `${link.name} in ${walk.ns.key} is a dummy device, which forgets what it is given`,
        {
          evidence: [evidence],
        },
      );
    case 'vrf':
      return transmitByVrf(walk, link);
    case 'loopback':
      return unknown(walk, 'unknown-state', 'a frame on lo');
    case 'unsupported':
      return unknown(walk, 'unknown-device', `${link.name} in ${walk.ns.key} ${sayUnsupported(link)}`, [evidence]);
    default:
      return assertNever(kind);
  }
}

/** Out of this namespace: what is at the other end, or below, is another's. */
export function sendAway(walk: Walk, link: NetLink, frame: Frame): void {
  walk.run.emit({
    kind: 'transmit',
    ...leave(note(walk, 'device', `out by ${link.name}`)),
    dev: link.name,
    frame,
    ...(walk.route?.nexthopIp === undefined ? {} : { nextHop: walk.route.nexthopIp }),
  });
}
