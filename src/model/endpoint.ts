/** Either end of a question. */
import type { IP } from './address.ts';
import type { ProtocolName } from './packet.ts';

export type EndpointType = 'pod' | 'node' | 'service' | 'external';

export interface Endpoint {
  readonly type: EndpointType;
  /** `namespace/pod`, the node's name, `namespace/service`, or the address. */
  readonly id: string;
  readonly ip: IP;
  /** What the user wrote. */
  readonly asked: string;
  /** Said to the user where the name left a choice: `deploy/api: took the ready pod api-7d4f`. */
  readonly note?: string;
}

/** One question, resolved. */
export interface Question {
  readonly src: Endpoint;
  readonly dst: Endpoint;
  /** 0 for icmp. */
  readonly port: number;
  readonly protocol: ProtocolName;
}
