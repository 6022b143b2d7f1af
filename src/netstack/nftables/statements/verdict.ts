/** Verdicts, and maps that hold them (nft_immediate.c, nft_lookup.c). */
import { compileExpression, setOf } from '../compile-expression.ts';
import { lookUp } from '../look-up.ts';
import type { Effect, Lead, Op } from '../op.ts';
import { AskedOnce, BREAK } from '../op.ts';
import type { Datum, Scope } from '../scope.ts';
import type { Expr } from '../types.ts';
import { notKnown, picked, splitPorts, unsettled } from '../unsettled.ts';
import { isScalar } from '../value.ts';

export function verdictOp(lead: Lead, raw: string): Op {
  return { raw, role: 'act', lead, run: () => lead };
}

export function compileVmap({ key, data }: { readonly key: Expr; readonly data: Expr }, raw: string, scope: Scope): Op {
  const read = compileExpression(key, scope);
  const set = setOf(data, scope);
  // Whatever the key is, nothing is found; that a value is absent leaves the rule too.
  if (set?.key === undefined && set?.index.isEmpty === true)
    return { raw, role: 'test', isNever: true, run: () => BREAK };
  const onlyPicks = key.kind === 'numgen' && set?.key === undefined;
  const op: Op = {
    raw,
    role: 'act',
    onlyPicks,
    run(branch): Effect {
      const value = read(branch);
      if (set === undefined) return isScalar(value) || value.kind !== 'absent' ? { kind: 'unsupported' } : BREAK;
      // What is not known of a field need not matter: the map decides that.
      if (!isScalar(value) && (value.kind === 'absent' || value.kind === 'pick' || value.kind === 'one-of')) {
        const so = unsettled(op, branch, value, () => notKnown(op, 'never'));
        if (so !== undefined) return so;
      }
      const found = lookUp(set, value, branch);
      switch (found.kind) {
        case 'hit':
          return leadIn(found.data);
        case 'miss':
          return BREAK;
        case 'ports':
          return splitPorts(branch, found.span, found.ranges);
        case 'pick':
          return picked(op, branch, found.pick);
        case 'not-known':
          return oneOf(raw, found.entries, found.mayMiss);
      }
    },
  };
  return onlyPicks ? new AskedOnce(op) : op;
}

function leadIn(datum: Datum): Effect {
  return datum.kind === 'member' || datum.kind === 'value' ? { kind: 'unsupported' } : datum;
}

function oneOf(raw: string, entries: readonly Datum[], mayMiss: boolean): Effect {
  const leads = new Map<string, Effect>();
  for (const datum of entries) {
    const effect = leadIn(datum);
    leads.set('effect' in effect ? effect.effect : effect.kind, effect);
  }
  const options = [...leads].map(([name, effect]) => ({ label: `${raw}: ${name}`, effect }));
  if (mayMiss) options.push({ label: `${raw} has no such element`, effect: BREAK });
  return options.length === 1 ? options[0]!.effect : { kind: 'one-of', options };
}
