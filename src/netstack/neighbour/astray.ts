/** Answers that a bridge asks for and does not get: its own MAC address was given to a port. */
import type { NetNS } from '../netns.ts';
import type { NetLink } from '../state.ts';

export function astrayAnswers(ns: NetNS, link: NetLink): string | undefined {
  if (link.kind.kind !== 'bridge') return undefined;
  const entry = ns
    .fdbOf(link.mac)
    .find((each) => each.master === link.name && each.dev !== link.name && each.state === 'static');
  return entry === undefined
    ? undefined
    : `${link.name} of ${ns.key} sends answers for its own ${link.mac} to ${entry.dev}`;
}
