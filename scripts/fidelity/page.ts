/** docs/fidelity.md: what is modelled, and what proves it. */
import { corporaSection } from './corpora.ts';
import { PARTS, type Part } from './parts.ts';
import { Proofs } from './proofs.ts';

const HEAD = `# What is modelled, and what proves it

Written by \`npm run docs\` from the registries that the evaluators use and from the tests that a kernel judges, so that it
can't be out of date. A test fails where an entry has neither a proof nor the reason why there is none. What stands in no
table here is kept as text and answers \`undetermined\` where it decides.

A proof is a test whose expectation comes from a kernel: rule counters, \`ipset test\`, \`ip route get\`, sockets that
answer or don't, and where the kernel freed the packet.
`;

export function fidelityPage(root: string): string {
  const proofs = new Proofs(root);
  return `${HEAD}${PARTS.map((part) => section(part, proofs)).join('')}${corporaSection()}`;
}

function section({ title, about, entries }: Part, proofs: Proofs): string {
  const rows = entries.map((entry) => {
    const found = proofs.of(entry).map((file) => `\`${file}\``);
    return `| \`${entry.name}\` | ${entry.model} | ${found.length > 0 ? found.join(', ') : (entry.unproven ?? '')} |\n`;
  });
  return `\n## ${title}\n\n${about}\n\n| entry | model | proven by |\n|---|---|---|\n${rows.join('')}`;
}
