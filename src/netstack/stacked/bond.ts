/** bond_start_xmit and bond_handle_frame: which slaves of a bond send, and which take what comes in. */
import type { Frame } from '../../model/packet.ts';
import { linksOf, type NetNS } from '../netns.ts';
import type { BondKind, NetLink } from '../state.ts';
import { transmitFrame } from '../walk/transmit.ts';
import type { Walk } from '../walk/walk.ts';
import { end, fork, note, unknown } from '../walk/walk.ts';

/** Modes in which any slave that is up may send a given frame, and takes whatever comes in. */
const BALANCED: ReadonlySet<string> = new Set(['balance-rr', 'balance-xor', '802.3ad']);

export function slavesOf(ns: NetNS, bond: NetLink): readonly NetLink[] {
  return linksOf(ns).filter((link) => link.master === bond.name);
}

/** Slaves by one of which a frame leaves; a text says why that is not known. */
export function sendingSlaves(ns: NetNS, bond: NetLink, kind: BondKind): readonly NetLink[] | string {
  const slaves = slavesOf(ns, bond);
  if (kind.mode === 'active-backup') return slaves.filter((slave) => slave.name === kind.activeSlave);
  const ready = slaves.filter(
    ({ bondPort }) =>
      bondPort !== undefined &&
      bondPort.isActive &&
      bondPort.isLinkUp &&
      (kind.aggregator === undefined || bondPort.aggregator === undefined || bondPort.aggregator === kind.aggregator),
  );
  if (BALANCED.has(kind.mode) || ready.length <= 1) return ready;
  return `${bond.name} is a bond in mode ${kind.mode} with ${ready.length} slaves, which is not modelled`;
}

/** Whether the bond takes a frame that comes in by its slave; a text says why that is not known. */
export function takesFrom(bond: NetLink, kind: BondKind, slave: NetLink): boolean | string {
  if (slave.bondPort === undefined) return `${slave.name} tells nothing of its part in ${bond.name}`;
  if (slave.bondPort.isActive || kind.takesFromAll) return true;
  // an inactive slave of balance-tlb and -alb takes some frames
  return kind.mode === 'active-backup' || BALANCED.has(kind.mode)
    ? false
    : `${slave.name} is an inactive slave of ${bond.name} in mode ${kind.mode}, which is not modelled`;
}

export function transmitByBond(walk: Walk, bond: NetLink, kind: BondKind, frame: Frame): void {
  const evidence = { kind: 'link', raw: bond.raw } as const;
  const slaves = sendingSlaves(walk.ns, bond, kind);
  if (typeof slaves === 'string') return unknown(walk, 'unknown-device', slaves, [evidence]);
  if (slaves.length === 0)
    return end(walk, 'link-down', `${bond.name} in ${walk.ns.key} has no slave that sends`, { evidence: [evidence] });
  // the network between the nodes is one, by whatever wire the frame gets there
  const ways = slaves.every((slave) => slave.kind.kind === 'physical') ? slaves.slice(0, 1) : slaves;
  fork(
    walk,
    'choice',
    ways.map((slave) => ({
      label: `${bond.name} sends by ${slave.name}`,
      go: (branch) =>
        transmitFrame(
          note(branch, 'device', `${bond.name} (${kind.mode}) sends by ${slave.name}`, evidence),
          slave,
          frame,
        ),
    })),
  );
}
