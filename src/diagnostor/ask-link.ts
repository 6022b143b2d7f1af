/** Asks a link for an address, as ARP and NDP do, across all namespaces and nodes that the question reaches. */
import { assertNever } from '../model/assert-never.ts';
import type { Evidence } from '../model/evidence.ts';
import { programBothWays } from '../netstack/attached/devices.ts';
import { askOn, both, hear, type Heard } from '../netstack/neighbour/ask.ts';
import type { BarredBy } from '../netstack/neighbour/bridge-rules.ts';
import { barredAtDevice } from '../netstack/neighbour/device-rules.ts';
import { answerOf, type AskAnswer } from '../netstack/neighbour/answer.ts';
import type { Resolve } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import type { NetNodeManager } from '../nodemanager/net-node-manager.ts';
import { tagged } from '../nodemanager/stacked.ts';

/** MAC address of something on the underlay that no dump shows. */
export const OUTSIDE_MAC = 'outside';

export interface LinkAnswers {
  /** Distinct MAC addresses that answer, with who they are. */
  readonly macs: ReadonlyMap<string, string>;
  /** Those whose answers rules drop, surely or maybe: the asker may know them from what they asked themselves. */
  readonly barred: ReadonlyMap<string, { readonly by: string; readonly reason: string }>;
  /** Why nobody (or not everybody who might) answered. */
  readonly silent: readonly string[];
  readonly unknown: readonly string[];
  /** Programs on the way that may answer where nobody else does. */
  readonly programs: readonly string[];
  readonly evidence: readonly Evidence[];
}

/** Most crossings that one question follows; a broadcast storm ends there. */
const MOST_CROSSINGS = 512;

export async function askLink(nodes: NetNodeManager, from: NetNodeAction, resolve: Resolve): Promise<LinkAnswers> {
  const found: Found = { macs: new Map(), barred: new Map(), silent: [], unknown: [], programs: [] };
  const { macs, barred, silent, unknown, programs } = found;
  const ask = { ip: resolve.ip, sender: resolve.sender, senderMac: resolve.senderMac };
  const queue: {
    readonly at: NetNodeAction;
    readonly heard: readonly Heard[];
    readonly barred?: BarredBy | undefined;
  }[] = [{ at: from, heard: askOn(from.ns, resolve.dev, ask) }];
  for (let crossings = 0; queue.length > 0; crossings++) {
    if (crossings > MOST_CROSSINGS) {
      unknown.push('the question goes round in circles');
      break;
    }
    const { at, heard, barred: before } = queue.shift()!;
    const isAsker = crossings === 0;
    for (const each of heard) {
      if (each.kind === 'answer') {
        take(found, each.answer, before);
        continue;
      }
      if (each.kind === 'seen') {
        programs.push(each.by);
        continue;
      }
      const bar = before === undefined && each.barred === undefined ? undefined : both(before, each.barred);
      for (const crossing of nodes.crossings(at, each.dev, each.vlan)) {
        if (crossing.kind === 'unknown') unknown.push(crossing.reason);
        else if (crossing.kind === 'lost') silent.push(crossing.reason);
        else if (crossing.kind === 'arrives') {
          const incoming = {
            ...tagged(crossing.vlan),
            dev: crossing.dev,
            isFromAsker: isAsker && isApart(at, each.dev),
          };
          const oneWay = crossing.oneWay === undefined ? undefined : maybe(crossing.oneWay);
          const barred = bar === undefined ? oneWay : both(bar, oneWay);
          queue.push({ at: crossing.at, heard: hear(crossing.at.ns, incoming, ask), barred });
        } else {
          const doors = (await nodes.bridgedUplinks()).filter((door) => door.at.node !== at.node);
          for (const door of doors) {
            const incoming = { ...tagged(crossing.vlan), dev: door.link.name, isFromAsker: false };
            queue.push({ at: door.at, heard: hear(door.at.ns, incoming, ask), barred: bar });
          }
          // a pod that is behind such a bridge is asked there, and nobody outside has its address
          if (isApart(at, each.dev) || !(await nodes.isCollectedPod(resolve.ip)))
            await askUnderlay(nodes, { at, bar, ...tagged(crossing.vlan) }, resolve, found);
        }
      }
    }
  }
  return { macs, barred, silent, unknown, programs, evidence: resolve.failed === undefined ? [] : [resolve.failed] };
}

interface Found {
  readonly macs: Map<string, string>;
  readonly barred: Map<string, { readonly by: string; readonly reason: string }>;
  readonly silent: string[];
  readonly unknown: string[];
  readonly programs: string[];
}

/** `bar`: what drops the question, or the answer, before it comes there. */
function take({ macs, barred, silent, unknown }: Found, answer: AskAnswer, bar: BarredBy | undefined): void {
  switch (answer.kind) {
    case 'yes':
    case 'barred': {
      const { mac, by } = answer;
      const before = bar?.(mac);
      if (before?.mayBeLearned === false) silent.push(before.reason);
      else if (before !== undefined) barred.set(mac, { by, reason: before.reason });
      else if (answer.kind === 'yes') macs.set(mac, by);
      else barred.set(mac, { by, reason: answer.reason });
      return;
    }
    case 'no':
      silent.push(answer.reason);
      return;
    case 'unknown':
      unknown.push(answer.reason);
      return;
    default:
      return assertNever(answer);
  }
}

/** It may be that the answer does not come, and that the address is known all the same. */
const maybe =
  (reason: string): BarredBy =>
  () => ({ reason, mayBeLearned: true });

const sayTag = (vlan: number | undefined): string => (vlan === undefined ? 'untagged' : `tagged ${vlan}`);

/** The device belongs to no bridge. */
const isApart = (at: NetNodeAction, dev: string): boolean => at.ns.link(dev)?.master === undefined;

/**
 * On the network between the nodes the node that should have the address is asked, then all others: whoever has it on
 * any device answers ARP. An address of no node may be anybody's.
 */
async function askUnderlay(
  nodes: NetNodeManager,
  { at: from, bar, vlan }: { readonly at: NetNodeAction; readonly bar: BarredBy | undefined; readonly vlan?: number },
  resolve: Resolve,
  found: Found,
): Promise<void> {
  const owner = await nodes.underlayOwner(resolve.ip);
  const named = owner === undefined ? await nodes.nodeNamedFor(resolve.ip) : undefined;
  const doors = owner === undefined ? named && nodes.uplinkDoors(named, resolve.ip) : nodes.doors(owner);
  const others = (await nodes.unbridgedUplinks()).filter(
    (door) => door.at.node !== from.node && door.at.node !== (owner?.at.node ?? named) && door.vlan === vlan,
  );
  const answers = others.flatMap((door) =>
    door.link.isUp && door.link.hasCarrier ? [answerOf(door.at.ns, door.hears, resolve)] : [],
  );
  for (const answer of answers) if (answer.kind !== 'no') take(found, answer, bar);
  if (doors === undefined && !answers.some(({ kind }) => kind === 'yes')) {
    const by = `${resolve.ip.text}, outside of what was collected`;
    if (bar?.(OUTSIDE_MAC) !== undefined) take(found, { kind: 'yes', mac: OUTSIDE_MAC, by }, bar);
    else if (resolve.failed === undefined) found.macs.set(OUTSIDE_MAC, by);
    else found.silent.push(`nobody answered for ${resolve.ip.text} when the node last asked`);
    return;
  }
  if (doors === undefined) return;
  if (named !== undefined && doors.length === 0)
    found.silent.push(`${named.name} should have ${resolve.ip.text}, but no device of it does`);
  if (from.node === (owner?.at.node ?? named)) return;
  for (const door of doors) {
    const attached = programBothWays(door.at.ns, door.link.name);
    if (attached?.where !== undefined) found.programs.push(attached.where);
    const dead = [door.link, door.hears].find((link) => !link.isUp || !link.hasCarrier);
    if (dead !== undefined) {
      found.silent.push(`${dead.name} of ${door.at.id} ${dead.isUp ? 'has no carrier' : 'is down'}`);
      continue;
    }
    // behind a bridge with an uplink it has been asked by way of that
    if (nodes.isBehindUplink(door)) continue;
    if (door.vlan !== vlan) {
      found.unknown.push(
        `${from.id} asks ${sayTag(vlan)}, ${door.hears.name} of ${door.at.id} hears what is ${sayTag(door.vlan)}: the network between may translate`,
      );
      continue;
    }
    const seen = attached?.where === undefined ? bar : both(bar, maybe(`${attached.where} may drop it`));
    const byRules = barredAtDevice(door.at.ns, door.link.name, 'ingress', resolve);
    take(found, answerOf(door.at.ns, door.hears, resolve), byRules === undefined ? seen : both(seen, byRules));
  }
}
