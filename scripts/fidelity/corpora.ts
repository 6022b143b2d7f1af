/** The part of docs/fidelity.md about other projects' test suites: the numbers of the last run that was kept. */
import { readFileSync } from 'node:fs';
import { RESULTS_FILE, type CorpusResults } from '../../lab/corpus/results.ts';
import type { TwinsResult } from '../../lab/corpus/twins/run.ts';

export function corporaSection(): string {
  const { iptables, ipset, twins } = JSON.parse(readFileSync(RESULTS_FILE, 'utf8')) as CorpusResults;
  const rows = iptables.map(
    ({ backEnd, lines, refused, parsed, printed, understood }) =>
      `| ${backEnd} | ${lines} | ${lines - refused} | ${parsed} | ${printed} | ${understood} |\n`,
  );
  const exceptions = new Map<string, string[]>();
  for (const { backEnd, exceptions: list } of iptables)
    for (const line of list) exceptions.set(line, [...(exceptions.get(line) ?? []), backEnd]);
  return `
## The test suites of iptables and ipset

\`npm run corpus\` fetches them as Debian's source packages and runs them on this kernel; \`-- --write\` keeps the numbers
that stand here. Of iptables, each rule of \`extensions/*.t\` that is expected to be taken is loaded, and what the save tool
prints is parsed and printed back; \`understood\`: no match and no target in it is unknown to the evaluator.

| tool | rules | taken here | parsed | printed back | understood |
|---|---|---|---|---|---|
${rows.join('')}
Not understood, so \`undetermined\` where such a rule decides:

${[...exceptions].map(([line, tools]) => `- ${line} (${tools.join(', ')})\n`).join('')}
Of ipset, the steps of \`tests/*.t\` are run, and each \`ipset test\` is asked of skoop with what \`ipset save\` printed just
before: of ${ipset.tests}, ${ipset.withoutSet} use sets that this kernel or ipset does not have, ${ipset.noPacket} ask for what no packet is (a whole network, the
name of a set, a named port); ${ipset.agreed} agree, ${ipset.undetermined} are undetermined, ${ipset.exceptions.length} disagree.
${ipset.exceptions.map((line) => `- ${line}\n`).join('')}${twinsSection(twins)}`;
}

function twinsSection({
  pairs,
  loaded,
  packets,
  same,
  open,
  notTwins,
  differences,
  untold,
  exceptions,
}: TwinsResult): string {
  return `
## The same rule in iptables and in nftables

iptables' own \`*.txlate\` files say which rule of nft a rule of iptables becomes. Both are loaded by the real tools; what
iptables-nft-save and nft (text and JSON) list is evaluated on packets made around the rule's own constants, and must
come to the same verdict, translation, marks and chances. Of ${pairs} pairs, ${loaded} can be loaded and listed here; ${packets} packets:
${same} come to the same, ${open} leave something open on one side, ${notTwins} are not the same rule, ${differences.length} differ. In ${untold} no packet is told
from another (they log, or do something to each packet).

${[...differences, ...exceptions].map((line) => `- ${line}\n`).join('')}`;
}
