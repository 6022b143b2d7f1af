/** Tells rules that can change nothing: where it is not known whether one matches, it does not matter. */
import type { Branch } from './branch.ts';
import type { WalkedChain, WalkedRule, WalkedTable } from './compile-chain.ts';
import { destination } from './compile-chain.ts';

/** True if the packet goes on in the same way whether the rule, at which the branch stands, matches or not. */
export function isQuiet(rule: WalkedRule, branch: Branch, table: WalkedTable): boolean {
  switch (rule.kind) {
    case 'nothing':
      return true;
    case 'change':
      return rule.target.kind === 'change' && rule.target.change(branch) === undefined;
    case 'jump':
      return isHarmlessChain(destination(rule, table), table);
    case 'return':
      return isRestHarmless(branch, table);
    case 'goto':
      return isHarmlessChain(destination(rule, table), table) && isRestHarmless(branch, table);
    default:
      return false;
  }
}

function isRestHarmless(branch: Branch, table: WalkedTable): boolean {
  return branch.rulesAhead().every((ahead) => isHarmless(ahead, table));
}

/** Does the rule at most count, log, or leave a chain in which there is nothing more to do? */
export function isHarmless(rule: WalkedRule, table: WalkedTable): boolean {
  if (rule.kind === 'nothing' || rule.kind === 'return') return true;
  // A goto leaves out what follows it: only jumps are looked into.
  return rule.kind === 'jump' && isHarmlessChain(destination(rule, table), table);
}

function isHarmlessChain(chain: WalkedChain, table: WalkedTable): boolean {
  chain.isHarmless ??= chain.rules.every((rule) => isHarmless(rule, table));
  return chain.isHarmless;
}
