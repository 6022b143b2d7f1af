/** One text for every code: what `skoop explain`, the docs, the text output and the web page read. */
import type { SuspicionCode, SuspicionInfo } from '../../model/suspicion-codes.ts';
import { CONDITION_FINDINGS } from './condition.ts';
import { KUBERNETES_FINDINGS } from './kubernetes.ts';
import { NETWORK_FINDINGS } from './network.ts';
import { PACKET_FINDINGS } from './packet.ts';
import { SERVICE_FINDINGS } from './service.ts';
import { UNKNOWN_FINDINGS } from './unknown.ts';

/** The codes by subject, in the order in which people should read them. */
export const FINDING_GROUPS: readonly {
  readonly title: string;
  readonly entries: Readonly<Record<string, SuspicionInfo>>;
}[] = [
  { title: 'Why a packet stops', entries: PACKET_FINDINGS },
  { title: 'Services', entries: SERVICE_FINDINGS },
  { title: 'Pods and nodes', entries: KUBERNETES_FINDINGS },
  { title: 'The pod network', entries: NETWORK_FINDINGS },
  { title: 'Conditions of a machine', entries: CONDITION_FINDINGS },
  { title: 'What could not be known', entries: UNKNOWN_FINDINGS },
];

export const SUSPICIONS: Readonly<Record<SuspicionCode, SuspicionInfo>> = {
  ...PACKET_FINDINGS,
  ...SERVICE_FINDINGS,
  ...KUBERNETES_FINDINGS,
  ...NETWORK_FINDINGS,
  ...CONDITION_FINDINGS,
  ...UNKNOWN_FINDINGS,
};

export function isSuspicionCode(text: string): text is SuspicionCode {
  return Object.hasOwn(SUSPICIONS, text);
}
