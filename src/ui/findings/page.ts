/** The page of one finding, and the list of all, as Markdown. */
import type { SuspicionInfo } from '../../model/suspicion-codes.ts';
import { FINDING_GROUPS } from './index.ts';

export function findingPage(code: string, { title, meaning, confirm, fix }: SuspicionInfo): string {
  return `# ${code}: ${lowerFirst(title)}

${meaning}

## How to confirm it

${list(confirm)}

## What to do

${list(fix)}

[All findings](README.md)
`;
}

export function findingIndex(): string {
  const groups = FINDING_GROUPS.map(({ title, entries }) => {
    const rows = Object.entries(entries).map(([code, info]) => `| [${code}](${code}.md) | ${info.title} |`);
    return `## ${title}\n\n| code | what |\n|---|---|\n${rows.join('\n')}\n`;
  });
  return `# Findings

Every finding has a code from this list; \`skoop explain CODE\` prints the same texts. Words in capitals (\`ADDRESS\`, \`DEVICE\`, \`POD\`) are to be filled in.

Levels: **fatal** stops the packet; **critical** and **warning** are differences between what should be and what is that did not stop this packet; **info** says what could not be known.

Many commands have to run in a network namespace. For the node's own, run them on the node as root. For a pod's, find a process of the pod on its node and enter: \`nsenter --net --target PID ss -Htunl\`. Where the runtime's tool is there, \`crictl inspect CONTAINER | grep '"pid"'\` names one; otherwise \`grep -l POD-UID /proc/*/cgroup\` does (with \`_\` for \`-\` in the uid under systemd).

${groups.join('\n')}`;
}

const list = (text: string): string =>
  text
    .split('\n')
    .map((item) => `- ${item}`)
    .join('\n');

function lowerFirst(title: string): string {
  return /^[A-Z][a-z]/.test(title) ? `${title[0]!.toLowerCase()}${title.slice(1)}` : title;
}
