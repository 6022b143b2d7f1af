/** IPVS as one network namespace has it: virtual services, their real servers, and what persistence remembers. */
import type { Family, IP } from '../../model/address.ts';

export type ForwardingMethod = 'masquerade' | 'tunnel' | 'route' | 'local' | 'bypass';

/** A destination of a virtual service. */
export interface RealServer {
  readonly address: IP;
  /** 0 keeps the port that the client asked for. */
  readonly port: number;
  readonly method: ForwardingMethod;
  /** 0 takes no new connections. */
  readonly weight: number;
  /** When the dump was taken; ipvsadm-save does not say. */
  readonly connections?: { readonly active: number; readonly inactive: number };
  /** The line of the listing. */
  readonly raw: string;
}

/** What a packet is taken by: `fwmark` services come first, then the exact address and port, then port 0. */
export type ServiceKey =
  | { readonly kind: 'address'; readonly protocol: number; readonly address: IP; readonly port: number }
  /** The family is not told of a service without destinations. */
  | { readonly kind: 'fwmark'; readonly mark: number; readonly family: Family | undefined };

export interface VirtualService {
  readonly key: ServiceKey;
  readonly scheduler: string;
  /** Set where a client's next connections go where its first one went. */
  readonly persistence?: {
    /** Ticks of the kernel's clock in /proc, seconds from ipvsadm. */
    readonly timeout: number;
    /** Clients of one network of this length count as one. */
    readonly prefixLength: number;
  };
  /** Each datagram is scheduled by itself, and no connection is kept. Undefined where nothing tells. */
  readonly isOnePacket: boolean | undefined;
  /** `sh-port`, `sh-fallback`, `mh-port`, …; undefined where nothing tells: /proc does not. */
  readonly schedulerFlags: readonly string[] | undefined;
  /** A persistence engine (`sip`), which looks into the payload. */
  readonly engine?: string;
  /** Where `isOrdered` of the whole, in the kernel's own order. */
  readonly servers: readonly RealServer[];
  readonly raw: string;
}

export interface Ipvs {
  readonly services: readonly VirtualService[];
  /** ipvsadm sorts what it prints; hashes over the servers need the kernel's order. */
  readonly isOrdered: boolean;
  /** Undefined where they were not taken. */
  readonly templates: readonly Template[] | undefined;
}

/** A client (or a network of them) that persistence has bound to a real server. */
export interface Template {
  /** 0 for a service by fwmark, whose mark then is the virtual address. */
  readonly protocol: number;
  readonly client: IP;
  readonly virtual: IP;
  readonly virtualPort: number;
  readonly server: IP;
  readonly serverPort: number;
  readonly raw: string;
}

export const NO_IPVS: Ipvs = { services: [], isOrdered: true, templates: [] };
