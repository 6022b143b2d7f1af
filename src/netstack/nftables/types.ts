/** The nouns of an nftables rule set, close to libnftables' JSON. */
import type { IP } from '../../model/address.ts';

export type NftFamily = 'ip' | 'ip6' | 'inet' | 'arp' | 'bridge' | 'netdev';

export interface RuleSet {
  readonly tables: readonly Table[];
}

export interface Table {
  readonly family: NftFamily;
  readonly name: string;
  readonly handle?: number;
  readonly flags: readonly string[];
  /** It has flags, and the listing does not say which (JSON of nft 1.0.6): it may be dormant. */
  readonly hasUnreadFlags?: true;
  readonly comment?: string;
  /** Named counters, quotas, limits, helpers, flowtables …, in the listing's order. */
  readonly objects?: readonly NamedObject[];
  readonly chains: ReadonlyMap<string, Chain>;
  readonly sets: ReadonlyMap<string, NftSet>;
}

/** `kind` is nft's own word or words: `counter`, `ct helper`, `flowtable`; `lines` what stands between the braces. */
export interface NamedObject {
  readonly kind: string;
  readonly name: string;
  readonly handle?: number;
  readonly lines: readonly string[];
}

export interface Chain {
  readonly name: string;
  readonly handle?: number;
  readonly comment?: string;
  readonly base?: {
    readonly type: 'filter' | 'nat' | 'route';
    readonly hook: string;
    readonly priority: number;
    readonly policy: 'accept' | 'drop';
    readonly devices: readonly string[];
    /** It is bound to devices, and the listing does not say to which (JSON of nft 1.0.6). */
    readonly hasUnreadDevices?: true;
  };
  readonly rules: readonly Rule[];
}

export interface Rule {
  readonly handle?: number;
  readonly comment?: string;
  /** As `nft list ruleset` prints it. */
  readonly raw: string;
  readonly statements: readonly Statement[];
  /** Whether it counts, as all rules of iptables do, and whether it looks a value up. Told without its statements. */
  readonly shape: 'counting' | 'counting-and-looking-up' | 'other';
}

export interface NftSet {
  readonly kind: 'set' | 'map';
  readonly name: string;
  readonly isDynamic: boolean;
  readonly handle?: number;
  /** nft's names of the key's types, one for each field of a concatenation; `integer` for those without a name. */
  readonly keyTypes?: readonly string[];
  /** Of a map; `verdict`, or the kind of named objects (`counter`). */
  readonly dataTypes?: readonly string[];
  /** Where it was declared by expressions; JSON does not tell. */
  readonly typeof?: { readonly key: string; readonly data?: string };
  readonly isIntervalData?: true;
  readonly flags?: readonly string[];
  /** Seconds, as are those of elements. */
  readonly timeout?: number;
  readonly gcInterval?: number;
  readonly size?: number;
  readonly policy?: string;
  readonly isAutoMerge?: true;
  readonly comment?: string;
  /** What each new element gets: `counter`, `limit rate 10/second`. */
  readonly elementStatements?: readonly string[];
  readonly elements: readonly Element[];
}

export interface Element {
  readonly key: Expr;
  readonly data?: Expr | Verdict;
  readonly timeout?: number;
  readonly expires?: number;
  readonly comment?: string;
  /** Its counter, limit …, as printed. */
  readonly statements?: readonly string[];
}

export type Verdict =
  | { readonly kind: 'accept' | 'drop' | 'return' | 'continue' }
  | { readonly kind: 'jump' | 'goto'; readonly chain: string };

export type Expr =
  /** `symbol`: the name that the listing gives the value by. */
  | { readonly kind: 'number'; readonly value: number; readonly symbol?: string }
  /** Of types wider than 53 bits. */
  | { readonly kind: 'big-number'; readonly value: bigint }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'address'; readonly value: IP }
  | { readonly kind: 'any' }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'prefix'; readonly address: Expr; readonly length: number }
  | { readonly kind: 'range'; readonly first: Expr; readonly last: Expr }
  | { readonly kind: 'concat'; readonly parts: readonly Expr[] }
  | { readonly kind: 'set'; readonly elements: readonly Element[] }
  | { readonly kind: 'list'; readonly items: readonly Expr[] }
  | { readonly kind: 'set-ref'; readonly name: string }
  | { readonly kind: 'map'; readonly key: Expr; readonly data: Expr }
  | { readonly kind: 'payload'; readonly protocol: string; readonly field: string }
  | { readonly kind: 'raw-payload'; readonly base: string; readonly offset: number; readonly length: number }
  | { readonly kind: 'meta'; readonly key: string }
  | { readonly kind: 'ct'; readonly key: string; readonly direction?: 'original' | 'reply' }
  | { readonly kind: 'fib'; readonly result: string; readonly flags: readonly string[] }
  | { readonly kind: 'numgen'; readonly mode: string; readonly mod: number; readonly offset: number }
  | {
      readonly kind: 'hash';
      readonly name: 'jhash' | 'symhash';
      readonly mod: number;
      readonly offset: number;
      readonly source?: Expr;
      readonly seed?: number;
    }
  /** `of`: an IPv6 extension header (`frag`), or `tcp`, `ip`, `sctp` with the `name` of the option or chunk. */
  | { readonly kind: 'header'; readonly of: string; readonly name?: string; readonly field?: string }
  | { readonly kind: 'binary'; readonly op: '&' | '|' | '^' | '<<' | '>>'; readonly left: Expr; readonly right: Expr }
  | { readonly kind: 'unknown'; readonly raw: string };

export type Statement =
  | {
      readonly kind: 'match';
      readonly op: '==' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | '!';
      readonly left: Expr;
      readonly right: Expr;
      readonly raw: string;
    }
  | { readonly kind: 'verdict'; readonly verdict: Verdict; readonly raw: string }
  | { readonly kind: 'vmap'; readonly key: Expr; readonly data: Expr; readonly raw: string }
  | { readonly kind: 'quiet'; readonly raw: string }
  | { readonly kind: 'mangle'; readonly key: Expr; readonly value: Expr; readonly raw: string }
  | { readonly kind: 'notrack'; readonly raw: string }
  | {
      readonly kind: 'nat';
      readonly how: 'snat' | 'dnat' | 'masquerade' | 'redirect';
      readonly family?: 'ip' | 'ip6';
      readonly address?: Expr;
      readonly port?: Expr;
      readonly flags: readonly string[];
      /** A network is put in the place of a network. */
      readonly isPrefix?: true;
      readonly raw: string;
    }
  | { readonly kind: 'reject'; readonly with?: string; readonly code?: string; readonly raw: string }
  | { readonly kind: 'counted'; readonly raw: string }
  | { readonly kind: 'ct-count'; readonly over: boolean; readonly count: number; readonly raw: string }
  | {
      readonly kind: 'set';
      readonly op: 'add' | 'update' | 'delete';
      readonly set: string;
      readonly key: Expr;
      readonly inner: readonly { readonly kind: string; readonly over?: boolean; readonly raw?: string }[];
      /** Seconds. */
      readonly timeout?: number;
      /** Of a map. */
      readonly data?: Expr | Verdict;
      readonly raw: string;
    }
  | { readonly kind: 'queue'; readonly flags: readonly string[]; readonly to?: string; readonly raw: string }
  | {
      readonly kind: 'tproxy';
      readonly family?: 'ip' | 'ip6';
      readonly address?: Expr;
      readonly port?: Expr;
      readonly raw: string;
    }
  | { readonly kind: 'unknown'; readonly raw: string };
