/** Statements that set something of the packet or of its connection (nft_meta.c, nft_ct.c, nft_payload.c). */
import { PROTOCOL } from '../../../model/packet.ts';
import type { Packet } from '../../../model/packet.ts';
import { withTtl } from '../../../model/packet-ttl.ts';
import { hasConnection } from '../../netfilter/connection-state.ts';
import type { NftBranch } from '../branch.ts';
import { compileExpression } from '../compile-expression.ts';
import type { Change, Effect, Op } from '../op.ts';
import { BREAK, NEXT } from '../op.ts';
import type { Scope } from '../scope.ts';
import type { Expr } from '../types.ts';
import { unsettled } from '../unsettled.ts';
import type { Scalar, Value } from '../value.ts';
import { addressOf, isScalar } from '../value.ts';

type Setter = (branch: NftBranch, value: Scalar) => Change | undefined | 'unsupported';

const META: Readonly<Record<string, Setter>> = {
  mark: ({ packet }, value) =>
    typeof value !== 'number'
      ? 'unsupported'
      : value === packet.mark
        ? undefined
        : { packet: { ...packet, mark: value } },
};
/** Nothing of a walk looks at them. */
const QUIET_META = new Set(['priority', 'nftrace', 'secmark']);

const CT: Readonly<Record<string, Setter>> = {
  mark: ({ ct }, value) =>
    typeof value !== 'number'
      ? 'unsupported'
      : !hasConnection(ct) || value === ct.mark
        ? undefined
        : { ct: { mark: value } },
  zone: ({ ct }, value) =>
    typeof value !== 'number' ? 'unsupported' : isBound(ct.state) ? undefined : { ct: { zone: value } },
};
const QUIET_CT = new Set(['label', 'secmark', 'event', 'helper', 'timeout', 'expectation']);

const HEADER: Readonly<Record<string, (packet: Packet, value: number) => Packet>> = {
  dscp: (packet, value) => ({ ...packet, tos: (packet.tos & 3) | ((value & 0x3f) << 2) }),
  ecn: (packet, value) => ({ ...packet, tos: (packet.tos & 0xfc) | (value & 3) }),
  ttl: withTtl,
  hoplimit: withTtl,
  sport: (packet, value) => ({ ...packet, sport: { min: value, max: value } }),
  dport: (packet, value) => ({ ...packet, dport: { min: value, max: value } }),
};

/** `key` is set to `value`. */
export function compileChange(
  { key, value }: { readonly key: Expr; readonly value: Expr },
  raw: string,
  scope: Scope,
): Op {
  // A TCP option (the segment size) is not part of a walk; packets of other protocols leave the rule.
  if (key.kind === 'header' && key.of === 'tcp')
    return { raw, role: 'test', run: ({ packet }) => (packet.protocol === PROTOCOL.tcp ? NEXT : BREAK) };
  const set = setterOf(key);
  if (set === 'quiet') return { raw, role: 'quiet', run: () => NEXT };
  if (set === undefined) return { raw, role: 'act', run: () => ({ kind: 'unsupported' }) };
  const read = compileExpression(value, scope);
  const op: Op = {
    raw,
    role: 'act',
    isChange: true,
    run(branch): Effect {
      const result = read(branch);
      return unsettled(op, branch, result, (one) => change(set, branch, one)) ?? change(set, branch, result);
    },
  };
  return op;
}

function change(set: Setter, branch: NftBranch, value: Value): Effect {
  if (!isScalar(value)) return { kind: 'unsupported' };
  const changed = set(branch, value);
  if (changed === 'unsupported') return { kind: 'unsupported' };
  return changed === undefined ? NEXT : { kind: 'change', change: changed };
}

function setterOf(key: Expr): Setter | 'quiet' | undefined {
  switch (key.kind) {
    case 'meta':
      return QUIET_META.has(key.key) ? 'quiet' : Object.hasOwn(META, key.key) ? META[key.key] : undefined;
    case 'ct':
      if (QUIET_CT.has(key.key)) return 'quiet';
      return key.direction === undefined && Object.hasOwn(CT, key.key) ? CT[key.key] : undefined;
    case 'payload':
      return headerSetter(key.protocol, key.field);
    default:
      return undefined;
  }
}

function headerSetter(protocol: string, field: string): Setter | undefined {
  const isIn = PROTOCOLS[protocol];
  if (isIn === undefined) return undefined;
  return (branch, value) => {
    const { packet } = branch;
    if (!isIn(packet)) return undefined;
    if (field === 'saddr' || field === 'daddr') {
      const address = addressOf(value);
      if (address === undefined || address.family !== packet.family) return 'unsupported';
      return { packet: { ...packet, [field === 'saddr' ? 'src' : 'dst']: address } };
    }
    const next = Object.hasOwn(HEADER, field) ? HEADER[field] : undefined;
    return next === undefined || typeof value !== 'number' ? 'unsupported' : { packet: next(packet, value) };
  };
}

const PROTOCOLS: Readonly<Record<string, (packet: Packet) => boolean>> = {
  ip: ({ family }) => family === 4,
  ip6: ({ family }) => family === 6,
  tcp: ({ protocol }) => protocol === PROTOCOL.tcp,
  udp: ({ protocol }) => protocol === PROTOCOL.udp,
  th: () => true,
};

/** Only before the connection is looked up, and only once. */
function isBound(state: NftBranch['ct']['state']): boolean {
  return state !== 'INVALID';
}

/** Nothing happens to a packet that has its connection already. */
export function notrackOp(raw: string): Op {
  return {
    raw,
    role: 'act',
    isChange: true,
    run: ({ ct }) => (isBound(ct.state) ? NEXT : { kind: 'change', change: { ct: { notrack: true } } }),
  };
}
