/** One real connection, tried beside the simulation. */
export type ProbeOutcome =
  /** TCP: the handshake was done. UDP and ICMP: an answer came. */
  | 'open'
  /** A reset, or the ICMP error that port or protocol are not served. */
  | 'refused'
  /** An ICMP error or the sender's own kernel: no route, prohibited. */
  | 'unreachable'
  /** TCP and ICMP: nothing came back. */
  | 'timeout'
  /** UDP: nothing came back, which a server may well do. */
  | 'silent'
  /** It could not be tried. */
  | 'not-tried';

export interface ProbeResult {
  readonly outcome: ProbeOutcome;
  /** One sentence: what was done, and what came of it. */
  readonly message: string;
  /** Whether it is what the simulation says; absent where it tells nothing about it. */
  readonly agrees?: boolean;
}
