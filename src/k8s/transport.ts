/** The protocols that Kubernetes objects name. */
import { PROTOCOL } from '../model/packet.ts';

export type Transport = 'tcp' | 'udp' | 'sctp';

/** TCP where nothing is said, as the API has it; undefined for anything unknown. */
export function readTransport(name: string | undefined): Transport | undefined {
  const lower = (name ?? 'tcp').toLowerCase();
  return lower === 'tcp' || lower === 'udp' || lower === 'sctp' ? lower : undefined;
}

/** IP protocol number. */
export function transportNumber(transport: Transport): number {
  return PROTOCOL[transport];
}
