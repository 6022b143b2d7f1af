/** Refuses chains that reach themselves: the kernel never loads such a table (mark_source_chains). */
import { IptablesSyntaxError } from './syntax-error.ts';
import type { Table } from './types.ts';

/** Only what a base chain can reach is looked at, as the kernel does. Throws IptablesSyntaxError at `line`. */
export function refuseLoops(table: Table, line: number): void {
  const done = new Set<string>();
  for (const chain of table.chains.values()) {
    if (chain.policy !== undefined) visit(table, chain.name, done, line);
  }
}

/** Depth first with a stack of its own: a hostile text can nest deeper than the language's. */
function visit(table: Table, start: string, done: Set<string>, line: number): void {
  if (done.has(start)) return;
  const open = new Set<string>([start]);
  const stack = [{ name: start, targets: targetsOf(table, start) }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.targets.pop();
    if (next === undefined) {
      stack.pop();
      open.delete(top.name);
      done.add(top.name);
    } else if (open.has(next)) {
      throw new IptablesSyntaxError(line, `table ${table.name}: chain ${next} reaches itself through ${top.name}`);
    } else if (!done.has(next)) {
      open.add(next);
      stack.push({ name: next, targets: targetsOf(table, next) });
    }
  }
}

function targetsOf(table: Table, name: string): string[] {
  const targets = new Set<string>();
  for (const { jump } of table.chains.get(name)?.rules ?? []) {
    if (jump !== undefined && table.chains.has(jump)) targets.add(jump);
  }
  return [...targets];
}
