/** Connection tracking as a packet's walk sees it. */
import type { IP } from './address.ts';
import type { PortRange } from './packet.ts';

export interface Tuple {
  readonly src: IP;
  readonly dst: IP;
  readonly protocol: number;
  readonly sport: PortRange;
  readonly dport: PortRange;
}

export type CtState = 'NEW' | 'ESTABLISHED' | 'RELATED' | 'INVALID' | 'UNTRACKED';

/** What ct and conntrack matches can ask about the packet's connection. */
export interface CtInfo {
  readonly state: CtState;
  readonly direction: 'original' | 'reply';
  /** The original direction's tuple before any NAT; absent for INVALID and UNTRACKED. */
  readonly original?: Tuple;
  /** What replies look like now, NAT so far included. */
  readonly reply?: Tuple;
  readonly isSnat: boolean;
  readonly isDnat: boolean;
  readonly mark: number;
  readonly zone: number;
  /** It is not the first packet of the connection, though no reply may have been seen. */
  readonly isOld?: true | undefined;
}
