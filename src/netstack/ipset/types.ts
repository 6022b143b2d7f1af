/** The nouns of ipset, as `ipset save` prints them. */
import type { Family } from '../../model/address.ts';

/** All sets of a namespace. */
export interface IpSets {
  readonly sets: ReadonlyMap<string, IpSet>;
  /** Every line in its order, so that it can be printed again. */
  readonly lines: readonly IpsetLine[];
  readonly endsWithNewline: boolean;
}

export interface IpSet {
  readonly name: string;
  /** `hash:ip,port`. */
  readonly type: string;
  /** What each part of an element is, in order. */
  readonly dimensions: readonly string[];
  /** Absent for sets of both families (list:set, bitmap:port). */
  readonly family?: Family;
  /** Words after the type, by name: `netmask` → `24`; flags → ``. */
  readonly options: ReadonlyMap<string, string>;
  /** In the order of the text. */
  readonly elements: readonly IpsetElement[];
}

export interface IpsetElement {
  /** `10.0.0.1,tcp:80`. */
  readonly text: string;
  /** Options after it, as printed: ` timeout 300 nomatch`, or empty. */
  readonly options: string;
}

export type IpsetLine =
  | { readonly kind: 'create'; readonly set: string; readonly raw: string }
  | { readonly kind: 'add'; readonly set: string; readonly element: IpsetElement }
  | { readonly kind: 'text'; readonly raw: string };
