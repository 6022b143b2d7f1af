/** Every kind of finding, with its texts: read by `skoop explain`, by the docs and by the web page. */

export interface SuspicionInfo {
  readonly title: string;
  /** What it means, for somebody who has not met it. */
  readonly meaning: string;
  /** Commands and looks that confirm it by hand. */
  readonly confirm: string;
  /** How it is mended. */
  readonly fix: string;
}

export const SUSPICIONS = {
  CONNECTION_REFUSED: {
    title: 'Nothing listens on the port',
    meaning: 'The packet reached its destination, and no socket there takes it: the kernel answers with a TCP reset or an ICMP port unreachable.',
    confirm: 'In the destination: `ss -Htunl` shows the sockets that listen, with their addresses.',
    fix: 'Start the server, or let it listen on the address and port that clients use; a server bound to 127.0.0.1 is not reached from outside.',
  },
} as const satisfies Record<string, SuspicionInfo>;

export type SuspicionCode = keyof typeof SUSPICIONS;
