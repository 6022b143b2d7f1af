/** snat, dnat, masquerade and redirect: what they ask the connection core for (nft_nat.c, nft_masq.c, nft_redir.c). */
import type { NatRequest } from '../../netfilter/types.ts';
import { natRequest } from '../../netfilter/nat-request.ts';
import type { Reader } from '../compile-expression.ts';
import { compileExpression } from '../compile-expression.ts';
import { dataOf } from '../constant.ts';
import type { NftBranch } from '../branch.ts';
import type { Effect, Op } from '../op.ts';
import { AskedOnce, BREAK, verdictEffect } from '../op.ts';
import type { Scope } from '../scope.ts';
import type { Expr } from '../types.ts';
import { unsettled } from '../unsettled.ts';
import type { Value } from '../value.ts';
import { addressOf, isScalar } from '../value.ts';

export interface NatStatement {
  readonly kind: 'snat' | 'dnat' | 'masquerade' | 'redirect';
  /** The family that an inet rule is for. */
  readonly family?: 'ip' | 'ip6' | undefined;
  readonly address?: Expr | undefined;
  readonly port?: Expr | undefined;
  readonly flags: readonly string[];
}

const HOW = { snat: 'SNAT', dnat: 'DNAT', masquerade: 'MASQUERADE', redirect: 'REDIRECT' } as const;

export function compileNat(statement: NatStatement, raw: string, scope: Scope): Op {
  const { kind, family } = statement;
  const address = statement.address && compileExpression(statement.address, scope);
  const port = statement.port && compileExpression(statement.port, scope);
  const common = {
    manip: kind === 'snat' || kind === 'masquerade' ? 'src' : 'dst',
    how: HOW[kind],
    ...manner(statement.flags),
  } as const;
  // A table of one family sees no other packets.
  const isFor = family === undefined || scope.family !== 'inet' ? undefined : family === 'ip' ? 4 : 6;
  const onlyPicks = isFor === undefined && port === undefined && isConstant(statement.address);
  const op: Op = {
    raw,
    role: 'act',
    onlyPicks,
    run(branch): Effect {
      if (isFor !== undefined && branch.packet.family !== isFor) return BREAK;
      return withValues(op, branch, [address, port], (target, ports) => translate(raw, common, target, ports));
    },
  };
  return onlyPicks ? new AskedOnce(op) : op;
}

/** But for what the kernel picks. */
function isConstant(address: Expr | undefined): boolean {
  if (address === undefined || dataOf(address) !== undefined) return true;
  return address.kind === 'map' && address.key.kind === 'numgen' && address.data.kind === 'set';
}

type Common = Pick<NatRequest, 'manip' | 'how' | 'random' | 'isPersistent'>;

function withValues(
  op: Op,
  branch: NftBranch,
  [address, port]: readonly [Reader | undefined, Reader | undefined],
  then: (target: Value | undefined, ports: Value | undefined) => Effect,
): Effect {
  const target = address?.(branch);
  const withPort = (known: Value | undefined): Effect => {
    const ports = port?.(branch);
    const so = ports === undefined ? undefined : unsettled(op, branch, ports, (value) => then(known, value));
    return so ?? then(known, ports);
  };
  const so = target === undefined ? undefined : unsettled(op, branch, target, withPort);
  return so ?? withPort(target);
}

function translate(raw: string, common: Common, target: Value | undefined, ports: Value | undefined): Effect {
  // A map may hold address and port in one.
  const fields = target !== undefined && !isScalar(target) && target.kind === 'fields' ? target.fields : [target];
  const addresses = fields[0] === undefined ? {} : addressesOf(fields[0]);
  const portValue = fields[1] ?? ports;
  const range = portValue === undefined ? {} : portsOf(portValue);
  if (addresses === undefined || range === undefined) return { kind: 'unsupported' };
  const request = natRequest({ ...common, ...addresses, ...range });
  return verdictEffect({ kind: 'nat', request }, describe(request) ?? raw);
}

function addressesOf(value: Value): Partial<Pick<NatRequest, 'how' | 'first' | 'last' | 'prefixLength'>> | undefined {
  if (isScalar(value)) {
    const first = addressOf(value);
    return first === undefined ? undefined : { first, last: first };
  }
  if (value.kind !== 'span') return undefined;
  const [first, last] = [addressOf(value.first), addressOf(value.last)];
  if (first === undefined || last === undefined) return undefined;
  // A network as target keeps the host's part (NF_NAT_RANGE_NETMAP).
  return value.length === undefined
    ? { first, last }
    : { how: 'NETMAP', first, last: first, prefixLength: value.length };
}

function portsOf(value: Value): Pick<NatRequest, 'ports'> | undefined {
  if (typeof value === 'number') return { ports: { min: value, max: value } };
  if (isScalar(value) || value.kind !== 'span') return undefined;
  const { first, last } = value;
  return typeof first === 'number' && typeof last === 'number' ? { ports: { min: first, max: last } } : undefined;
}

function manner(flags: readonly string[]): Pick<NatRequest, 'random' | 'isPersistent'> {
  return {
    random: flags.includes('fully-random') ? 'random-fully' : flags.includes('random') ? 'random' : 'no',
    isPersistent: flags.includes('persistent'),
  };
}

function describe({ how, first, last, ports }: NatRequest): string {
  const name = how === 'NETMAP' ? 'netmap' : how.toLowerCase();
  if (first === undefined && ports === undefined) return name;
  const text =
    first === undefined ? '' : first.text === last?.text ? first.text : `${first.text}-${last?.text ?? first.text}`;
  const port = ports === undefined ? '' : ports.min === ports.max ? `:${ports.min}` : `:${ports.min}-${ports.max}`;
  return `${name} to ${first?.family === 6 && port !== '' ? `[${text}]` : text}${port}`;
}
