/** Every rule of iptables' own tests that this kernel takes: does it parse, print back as saved, and is it understood? */
import { compileRule } from '../../src/netstack/iptables/compile-rule.ts';
import { parseIptablesSave, printIptablesSave } from '../../src/netstack/iptables/index.ts';
import { SharedParts } from '../../src/netstack/iptables/shared-parts.ts';
import { inNamespace } from './namespace.ts';
import type { SuiteLine } from './iptables-suite.ts';

export interface IptablesResult {
  readonly backEnd: string;
  readonly lines: number;
  /** Rules that the tool or the kernel does not take here. */
  readonly refused: number;
  readonly parsed: number;
  readonly printed: number;
  /** Evaluated with all of their matches and their target known, though maybe not to an answer. */
  readonly understood: number;
  /** What is not, by place. */
  readonly exceptions: readonly string[];
}

const MARK = '#### ';

export function runIptables(suite: readonly SuiteLine[], backEnd: 'legacy' | 'nft', family: 4 | 6): IptablesResult {
  const lines = suite.filter((line) => line.families.includes(family));
  const tool = `${family === 4 ? 'iptables' : 'ip6tables'}-${backEnd}`;
  const printed = inNamespace(lines.map((line, i) => script(tool, line, i)).join(''));
  const saves = new Map(
    printed
      .split(MARK)
      .slice(1)
      .map((part) => {
        const end = part.indexOf('\n');
        return [Number(part.slice(0, end)), part.slice(end + 1)] as const;
      }),
  );
  const result = { parsed: 0, printed: 0, understood: 0 };
  const exceptions: string[] = [];
  for (const [i, text] of saves) {
    const { place } = lines[i]!;
    const exception = judge(text, { backEnd, family }, result);
    if (exception !== undefined) exceptions.push(`${place}: ${exception}`);
  }
  return {
    backEnd: tool,
    lines: lines.length,
    refused: lines.length - saves.size,
    ...result,
    exceptions,
  };
}

/** The suite's rules are written for a shell; a command that is not taken prints nothing. */
function script(tool: string, { table, chain, rule }: SuiteLine, i: number): string {
  const escaped = rule.replaceAll('$', String.raw`\$`).replaceAll('`', '\\`');
  return `if ${tool} -t ${table} -A ${chain} ${escaped} >/dev/null 2>&1; then echo '${MARK}${i}'; ${tool}-save -t ${table}; ${tool} -t ${table} -F; fi\n`;
}

function judge(
  text: string,
  { backEnd, family }: { readonly backEnd: 'legacy' | 'nft'; readonly family: 4 | 6 },
  result: { parsed: number; printed: number; understood: number },
): string | undefined {
  try {
    const rules = parseIptablesSave(text, `iptables-${backEnd}`, family);
    const all = [...rules.tables.values()].flatMap((table) => [...table.chains.values()].flatMap((one) => one.rules));
    if (all.length !== 1) return `${all.length} rules were read where one was saved`;
    result.parsed++;
    if (printIptablesSave(rules) !== text) return 'prints back as something else';
    result.printed++;
    const compiled = compileRule(all[0]!, { family, hasChain: () => false, shared: new SharedParts() });
    const strange = compiled.matches.filter(({ name }) => name === 'unsupported').map(({ raw }) => raw.split(' ')[1]);
    if (compiled.target.kind === 'unsupported') strange.push(all[0]!.jump);
    if (strange.length > 0) return `${strange.join(', ')} is not understood`;
    result.understood++;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
