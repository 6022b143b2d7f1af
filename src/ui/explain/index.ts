/** `skoop explain CODE`: what a finding means, how to confirm it by hand, how to mend it. */
import type { SuspicionInfo } from '../../model/suspicion-codes.ts';
import { FINDING_GROUPS, SUSPICIONS, isSuspicionCode } from '../findings/index.ts';
import { printable } from '../graph/printable.ts';
import { paragraph } from '../text/layout.ts';
import { nearestCodes } from './nearest-codes.ts';

const WIDTH = 80;
const BODY = { first: '  ', rest: '  ' };
const ITEM = { first: '  · ', rest: '    ' };

/** Text of one code, in any case and with `-` or `_`; of an unknown one, which codes may be meant. */
export function explain(code: string): string {
  const known = canonical(code);
  if (isSuspicionCode(known)) return entry(known, SUSPICIONS[known]);
  const near = nearestCodes(known).map((one) => `  ${one}  ${SUSPICIONS[one].title}\n`);
  const asked = printable(code.slice(0, 60));
  return near.length === 0
    ? `There is no finding "${asked}"; \`skoop explain\` lists them all.\n`
    : `There is no finding "${asked}". Nearest:\n\n${near.join('')}`;
}

/** Whether {@link explain} knows the code. */
export function isExplained(code: string): boolean {
  return isSuspicionCode(canonical(code));
}

/** Every code with its title, by subject. */
export function listCodes(): string {
  const longest = Math.max(...Object.keys(SUSPICIONS).map((code) => code.length));
  return FINDING_GROUPS.map(({ title, entries }) => {
    const lines = Object.entries(entries).map(([code, info]) => `  ${code.padEnd(longest)}  ${info.title}\n`);
    return `${title}\n${lines.join('')}`;
  }).join('\n');
}

function canonical(code: string): string {
  return code.trim().toUpperCase().replaceAll('-', '_');
}

function entry(code: string, { title, meaning, confirm, fix }: SuspicionInfo): string {
  const lines = [
    `${code}: ${title}`,
    '',
    ...paragraph(meaning, WIDTH, BODY),
    '',
    'How to confirm it',
    ...confirm.split('\n').flatMap((item) => paragraph(item, WIDTH, ITEM)),
    '',
    'What to do',
    ...fix.split('\n').flatMap((item) => paragraph(item, WIDTH, ITEM)),
  ];
  return `${lines.join('\n')}\n`;
}
