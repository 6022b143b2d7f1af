/** Tells rules that can change nothing: where it is not known whether one matches, it does not matter. */
import type { NftBranch } from './branch.ts';
import type { WalkedChain, WalkedRule, WalkedTable } from './walked.ts';
import { rulesFrom } from './walked.ts';

/** True if the packet goes on in the same way whether the rest of the branch's rule, from `from` on, is run or not. */
export function isQuiet(rule: WalkedRule, branch: NftBranch, from: number, table: WalkedTable): boolean {
  for (let at = from; at < rule.ops.length; at++) {
    const op = rule.ops[at]!;
    if (op.role !== 'act') continue;
    const { lead } = op;
    switch (lead?.kind) {
      case 'jump':
        if (!isHarmlessChain(table.chain(lead.chain), table)) return false;
        continue;
      case 'goto':
        if (!isHarmlessChain(table.chain(lead.chain), table) || !isRestHarmless(branch, table)) return false;
        continue;
      case 'return':
        if (!isRestHarmless(branch, table)) return false;
        continue;
      case 'continue':
        continue;
      default:
        if (!changesNothing(rule, branch, at)) return false;
    }
  }
  return true;
}

/** A mark that is there already. */
function changesNothing(rule: WalkedRule, branch: NftBranch, at: number): boolean {
  const op = rule.ops[at]!;
  return op.isChange === true && op.run(branch).kind === 'next';
}

function isRestHarmless(branch: NftBranch, table: WalkedTable): boolean {
  return areHarmless(branch.rulesAhead(), table);
}

function areHarmless(rules: Iterable<WalkedRule>, table: WalkedTable): boolean {
  for (const rule of rules) if (!isHarmless(rule, table)) return false;
  return true;
}

/** Does the rule at most count, log, or leave a chain in which there is nothing more to do? */
function isHarmless(rule: WalkedRule, table: WalkedTable): boolean {
  rule.isHarmless ??= rule.ops.every((op) => {
    if (op.role !== 'act') return true;
    const { lead } = op;
    if (lead === undefined) return false;
    if (lead.kind === 'return' || lead.kind === 'continue') return true;
    // A goto leaves out what follows it: only jumps are looked into.
    return lead.kind === 'jump' && isHarmlessChain(table.chain(lead.chain), table);
  });
  return rule.isHarmless;
}

function isHarmlessChain(chain: WalkedChain | undefined, table: WalkedTable): boolean {
  if (chain === undefined) return false;
  if (chain.isHarmless === undefined) {
    // Chains do not reach themselves in the kernel; in a damaged dump one that does is taken for harmful.
    chain.isHarmless = false;
    chain.isHarmless = areHarmless(rulesFrom(chain.first), table);
  }
  return chain.isHarmless;
}
