/** Makes a rule's statements ready to be run. */
import { assertNever } from '../../model/assert-never.ts';
import { leadOf } from './lead.ts';
import type { Op } from './op.ts';
import { NEXT } from './op.ts';
import type { Scope } from './scope.ts';
import { compileChange, notrackOp } from './statements/change.ts';
import { compileCounted, compileCtCount } from './statements/counted.ts';
import { compileQueue, compileTproxy } from './statements/hand-over.ts';
import { asWritten, compileMatch } from './statements/match.ts';
import { compileNat } from './statements/nat.ts';
import { compileReject } from './statements/reject.ts';
import { compileSetStatement } from './statements/set.ts';
import { compileVmap, verdictOp } from './statements/verdict.ts';
import type { Rule, Statement } from './types.ts';

export function compileRule(rule: Rule, scope: Scope): readonly Op[] {
  return rule.statements
    .flatMap((statement) => compileStatement(statement, scope))
    .filter(({ role }) => role !== 'quiet');
}

/** Statements that count, log, or copy the packet are left out. */
function compileStatement(statement: Statement, scope: Scope): readonly Op[] {
  const { raw } = statement;
  switch (statement.kind) {
    case 'match':
      return asWritten(statement).map((match) => compileMatch(match, raw, scope));
    case 'verdict': {
      const lead = leadOf(statement.verdict);
      return [lead === undefined ? unsupported(raw) : verdictOp(lead, raw)];
    }
    case 'vmap':
      return [compileVmap(statement, raw, scope)];
    case 'quiet':
      return [{ raw, role: 'quiet', run: () => NEXT }];
    case 'mangle':
      return [compileChange(statement, raw, scope)];
    case 'notrack':
      return [notrackOp(raw)];
    case 'nat':
      return [compileNat({ ...statement, kind: statement.how }, raw, scope)];
    case 'reject':
      return [compileReject({ with: statement.with ?? defaultReject(scope), code: statement.code }, raw)];
    case 'counted':
      return [compileCounted(raw)];
    case 'ct-count':
      return [compileCtCount(statement, raw)];
    case 'set':
      return compileSetStatement(statement, raw, scope);
    case 'queue':
      return [compileQueue(statement, raw)];
    case 'tproxy':
      return [compileTproxy(statement, raw, scope)];
    case 'unknown':
      return [unsupported(raw)];
    default:
      return assertNever(statement);
  }
}

function unsupported(raw: string): Op {
  return { raw, role: 'act', run: () => ({ kind: 'unsupported' }) };
}

/** A bare `reject` says that the port is unreachable, in the words of the table's family. */
function defaultReject({ family }: Scope): string {
  return family === 'ip' ? 'icmp' : family === 'ip6' ? 'icmpv6' : 'icmpx';
}
