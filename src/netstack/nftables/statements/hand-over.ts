/** queue and tproxy: the packet is handed to a program, or to a local socket. */
import { PROTOCOL, type PortRange } from '../../../model/packet.ts';
import { compileExpression } from '../compile-expression.ts';
import type { Effect, Op } from '../op.ts';
import { BREAK, verdictEffect } from '../op.ts';
import type { Scope } from '../scope.ts';
import type { Expr, Statement } from '../types.ts';
import { addressOf, isScalar } from '../value.ts';

export function compileQueue({ flags, to }: Extract<Statement, { kind: 'queue' }>, raw: string): Op {
  const bypass = flags.includes('bypass');
  const queues = queuesOf(to ?? '0');
  return { raw, role: 'act', run: () => verdictEffect({ kind: 'queue', bypass, queues }, 'queue') };
}

function queuesOf(to: string): PortRange | undefined {
  const [, first, last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(to) ?? [];
  return first === undefined ? undefined : { min: Number(first), max: Number(last) };
}

export interface TproxyStatement {
  readonly family?: 'ip' | 'ip6' | undefined;
  readonly address?: Expr | undefined;
  readonly port?: Expr | undefined;
}

/** Rules after it still decide; it only names the socket (nft_tproxy.c). Without a socket it leaves the rule. */
export function compileTproxy({ family, address, port }: TproxyStatement, raw: string, scope: Scope): Op {
  const readAddress = address && compileExpression(address, scope);
  const readPort = port && compileExpression(port, scope);
  return {
    raw,
    role: 'act',
    run(branch): Effect {
      const { packet, input } = branch;
      if (family !== undefined && (family === 'ip') !== (packet.family === 4)) return BREAK;
      if (packet.protocol !== PROTOCOL.tcp && packet.protocol !== PROTOCOL.udp) return BREAK;
      const to = readAddress?.(branch);
      const given = readPort?.(branch) ?? packet.dport.min;
      if ((to !== undefined && !isScalar(to)) || typeof given !== 'number') return { kind: 'unsupported' };
      const ip = to === undefined ? undefined : addressOf(to);
      const asked = { ...packet, dport: { min: given, max: given }, ...(ip === undefined ? {} : { dst: ip }) };
      if (input.env.hasSocket(asked, { nowildcard: false, transparent: false }) === false) return BREAK;
      const found: Effect = {
        kind: 'tproxy',
        verdict: { kind: 'tproxy', ...(ip === undefined ? {} : { address: ip }), port: given, mark: 0, mask: 0 },
      };
      // a dump does not tell whether the socket is transparent
      return {
        kind: 'one-of',
        options: [
          { label: `${raw} finds a transparent socket`, effect: found },
          { label: `${raw} finds none`, effect: BREAK },
        ],
      };
    },
  };
}
