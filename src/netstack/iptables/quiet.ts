/** Tells rules that can change nothing: where it is not known whether one matches, it does not matter. */
import type { Branch } from './branch.ts';
import type { WalkedRule, WalkedTable } from './compile-chain.ts';

/** True if the packet goes on in the same way whether the rule, at which the branch stands, matches or not. */
export function isQuiet(rule: WalkedRule, branch: Branch, table: WalkedTable): boolean {
  const { target } = rule;
  switch (target.kind) {
    case 'nothing':
      return true;
    case 'change':
      return target.change(branch) === undefined;
    case 'jump':
      return isQuietChain(target.chain, table);
    case 'return':
      return branch.rulesAhead().every((ahead) => onlyCounts(ahead, table));
    case 'goto':
      return isQuietChain(target.chain, table) && branch.rulesAhead().every((ahead) => onlyCounts(ahead, table));
    default:
      return false;
  }
}

const kept = new WeakMap<WalkedTable, Map<string, boolean>>();

/** Nothing in the chain, or below it, does more than count and log. Tables have no loops. */
function isQuietChain(name: string, table: WalkedTable): boolean {
  let answers = kept.get(table);
  if (answers === undefined) kept.set(table, (answers = new Map()));
  let answer = answers.get(name);
  if (answer === undefined) {
    answer = table.chain(name).rules.every((rule) => onlyCounts(rule, table));
    answers.set(name, answer);
  }
  return answer;
}

function onlyCounts({ target }: WalkedRule, table: WalkedTable): boolean {
  if (target.kind === 'nothing' || target.kind === 'return') return true;
  // A goto skips what follows it: only jumps are followed here.
  return target.kind === 'jump' && isQuietChain(target.chain, table);
}
