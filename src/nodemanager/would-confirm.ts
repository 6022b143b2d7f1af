/** Whether the one that a learned neighbour entry names would answer for it, if it were asked now. */
import type { NetNS } from '../netstack/netns.ts';
import { linksOf } from '../netstack/netns.ts';
import { answerOf, type Learned } from '../netstack/neighbour/answer.ts';
import { barredAtDevice } from '../netstack/neighbour/device-rules.ts';
import type { NodeState } from './node-state.ts';

type Confirmation = 'yes' | 'no' | 'not here';

const kept = new WeakMap<NodeState, Map<string, Confirmation>>();

/**
 * `no` where rules of all that have the address by this MAC address bar the question or its answer, or they are set so
 * that none is given; what is not known counts as `yes`, as the entry is there. Asked at each hop.
 */
export function wouldConfirm(node: NodeState, learned: Learned): Confirmation {
  const { ip, mac, sender, senderMac } = learned;
  let byEntry = kept.get(node);
  if (byEntry === undefined) kept.set(node, (byEntry = new Map()));
  const key = `${ip.text} ${mac} ${sender.text} ${senderMac}`;
  let known = byEntry.get(key);
  if (known === undefined) byEntry.set(key, (known = confirmation(node, learned)));
  return known;
}

function confirmation({ namespaces }: NodeState, learned: Learned): Confirmation {
  const answers = namespaces.filter((ns) => mayHave(ns, learned)).flatMap((ns) => answersOf(ns, learned));
  if (answers.length === 0) return 'not here';
  return answers.every((kind) => kind === 'no' || kind === 'barred') ? 'no' : 'yes';
}

/** A look at the text, so that few namespaces are parsed. */
function mayHave(ns: NetNS, { ip, mac }: Learned): boolean {
  return ns.claims(ip) && ns.section('ip-link')?.stdout.includes(mac) === true;
}

function answersOf(ns: NetNS, learned: Learned): readonly string[] {
  if (ns.isBrief || ns.owner(learned.ip) === undefined) return [];
  return linksOf(ns)
    .filter(({ mac }) => mac === learned.mac)
    .map((link) =>
      barredAtDevice(ns, link.name, 'ingress', learned)?.(link.mac) === undefined
        ? answerOf(ns, link, learned).kind
        : 'barred',
    );
}
