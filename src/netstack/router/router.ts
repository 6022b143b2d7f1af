/** The Router: the routing questions that a packet's walk through one namespace asks. */
import type { Family, IP } from '../../model/address.ts';
import { NO_PORT } from '../../model/packet.ts';
import type { Packet } from '../../model/packet.ts';
import type { AddressType, ReversePathOptions } from '../netfilter/types.ts';
import { addressType4, addressType6 } from './address-type.ts';
import { checkSource4 } from './check-source.ts';
import type { SourceCheck, SourceQuery } from './check-source.ts';
import { checkSource6 } from './check-source6.ts';
import { createDevices } from './device.ts';
import { flowOf } from './flow.ts';
import { createLookup } from './lookup.ts';
import type { FamilyLookup } from './lookup.ts';
import { asOutput, keepLoopbackInside, withoutTables } from './output.ts';
import { reversePath } from './reverse-path.ts';
import { addressEvidence, sourceFor } from './source.ts';
import type { SourceAddress } from './source.ts';
import { addressBook, selectAddress4 } from './source4.ts';
import { selectAddress6 } from './source6.ts';
import type { RouterState } from './state.ts';
import type { FlowKey, RouteAnswer } from './types.ts';

/** One way that a locally made packet may take. */
export interface OutputRoute {
  readonly answer: RouteAnswer;
  /** The source given, or the one chosen; undefined where there is none to choose. */
  readonly source: SourceAddress | undefined;
}

export interface Router {
  /**
   * The routing decision. At least one answer: several where the kernel chooses (multipath, a rule on source ports),
   * each with its share where known. What is not understood is one `unknown` answer with its alternatives.
   */
  lookup(key: FlowKey): readonly RouteAnswer[];
  /** The source address that a locally made packet gets on this answer. */
  selectSource(key: FlowKey, answer: RouteAnswer): SourceAddress | undefined;
  /**
   * What connect(2) does: route, choose the source if none is given, and in IPv4 route again with it, since policy
   * rules may look at the source.
   */
  output(key: FlowKey): readonly OutputRoute[];
  /** rp_filter and martians, for a packet that came in. */
  checkSource(query: SourceQuery): SourceCheck;
  /** `-m addrtype`; `dev`: only addresses on this device. */
  addressType(address: IP, dev?: string): AddressType | undefined;
  /** `-m rpfilter`. */
  hasReversePath(packet: Packet, iif: string, options: ReversePathOptions): boolean | undefined;
  /**
   * The address that a device gives to packets for `target` (the next hop in v4, the destination in v6), with no
   * regard to the route's own: what MASQUERADE takes.
   */
  interfaceAddress(family: Family, dev: string, target: IP): IP | undefined;
  /** v4: whether an ordinary socket may send from the address (__ip_dev_find): a device's, or one that the table local has. */
  mayBeSource(address: IP): boolean;
  /** Is the address this namespace's own? Undefined where a rule that is not understood decides. */
  isLocal(address: IP): boolean | undefined;
}

export function createRouter(state: RouterState): Router {
  const devices = createDevices(state);
  const book = addressBook(state.addresses, devices);
  let lookup4: FamilyLookup | undefined;
  let lookup6: FamilyLookup | undefined;
  const sources = new Map<string, boolean>();
  const familyOf = (address: IP): FamilyLookup =>
    address.family === 4
      ? (lookup4 ??= createLookup(4, state, devices, book))
      : (lookup6 ??= createLookup(6, state, devices, book));

  const lookup = (key: FlowKey): readonly RouteAnswer[] => {
    const answers = withoutTables(key, book) ?? familyOf(key.dst).lookup(flowOf(key), 'select');
    const made =
      key.oif === undefined && !isAllOnes(key.dst) ? answers : answers.map((answer) => asOutput(key, answer));
    return key.src === undefined ? made : made.map((answer) => keepLoopbackInside(key, answer, devices));
  };
  const selectSource = (key: FlowKey, answer: RouteAnswer): SourceAddress | undefined =>
    sourceFor(book, key.dst, answer, familyOf(key.dst).nexthopsOf(answer));

  /** ip6_dst_lookup_tail: an error found without a source is forgotten, and what is found with one counts. */
  const withAnySource = (key: FlowKey, first: RouteAnswer): readonly OutputRoute[] => {
    const chosen = selectAddress6(book, key.dst, undefined);
    if (chosen === undefined) return [{ answer: first, source: undefined }];
    const source = { ip: chosen.ip, evidence: [addressEvidence(chosen)] };
    return again(lookup({ ...key, src: chosen.ip }), first).map((answer) => ({ answer, source }));
  };

  return {
    lookup,
    selectSource,
    output(key) {
      const given = key.src === undefined ? undefined : { ip: key.src, evidence: [] };
      return lookup(key).flatMap((answer): readonly OutputRoute[] => {
        const isError = answer.errno !== undefined && answer.isErrorLate !== true;
        if (given === undefined && isError && key.dst.family === 6) return withAnySource(key, answer);
        if (given !== undefined || isError) return [{ answer, source: given }];
        const source = selectSource(key, answer);
        if (source === undefined || key.dst.family === 6 || answer.alternatives !== undefined)
          return [{ answer, source }];
        return again(lookup({ ...key, src: source.ip }), answer).map((final) => ({ answer: final, source }));
      });
    },
    checkSource: (query) =>
      query.src.family === 4
        ? checkSource4({ devices, book, lookup: familyOf(query.src) }, query)
        : checkSource6(query),
    addressType: (address, dev) =>
      address.family === 4
        ? addressType4(familyOf(address), address, dev)
        : addressType6(familyOf(address), book, address, dev),
    hasReversePath: (packet, iif, options) => reversePath(familyOf(packet.src), devices, { packet, iif, options }),
    interfaceAddress: (family, dev, target) =>
      (family === 4 ? selectAddress4(book, { dev, via: target }, 'global') : selectAddress6(book, target, dev))?.ip,
    mayBeSource(address) {
      if (address.family === 6 || book.owner(address) !== undefined) return true;
      const known = sources.get(address.text);
      if (known !== undefined) return known;
      const key = { dst: address, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT, uid: 0 };
      const isSource = familyOf(address)
        .inLocal(flowOf(key))
        .some((hit) => hit?.entry.route.type === 'local');
      sources.set(address.text, isSource);
      return isSource;
    },
    isLocal(address) {
      const key = { dst: address, iif: 'lo', mark: 0, tos: 0, protocol: 0, sport: NO_PORT, dport: NO_PORT, uid: 0 };
      const kinds = new Set(
        lookup(key)
          .flatMap((answer) => answer.alternatives ?? [answer])
          .map((answer) => answer.kind === 'local'),
      );
      return kinds.size === 1 ? kinds.has(true) : undefined;
    },
  };
}

/** The share of the first choice is that of all that the second one chooses from. */
function again(answers: readonly RouteAnswer[], first: RouteAnswer): readonly RouteAnswer[] {
  const { probability } = first;
  if (probability === undefined) return answers;
  return answers.map((answer) => ({ ...answer, probability: (answer.probability ?? 1) * probability }));
}

function isAllOnes(address: IP): boolean {
  return address.family === 4 && address.a === 0xffffffff;
}
