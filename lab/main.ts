/** `npm run lab`: every scenario on this kernel, held against skoop. One line at the end says how it went. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { hiddenFolder } from '../scripts/run/hidden-folder.mjs';
import { collectorCommand } from './collector-command.ts';
import { unavailable } from './available.ts';
import { runCases } from './laboratory.ts';
import { keepRecording } from './keep.ts';
import { guestEngine, startGuest, type Guest } from './guest/index.ts';
import { buildable, expand, type Case } from './scenario.ts';
import { GUEST_SCENARIOS, SCENARIOS } from './scenarios/index.ts';
import { summaryLine } from './summary.ts';

const HELP = `npm run lab -- [--only TEXT] [--keep DIR] [--list] [--times] [--guest] [--unprivileged]
  --only TEXT   cases whose name contains TEXT: healthy-vxlan, /v6/, routed-proxy-arp-off/v4/nft
  --keep DIR    writes each case's bundle and probes there
  --list        names the cases and runs none
  --times       says where the time of each case went
  --guest       in a guest with Debian's own kernel: those that need what this machine's kernel may lack; with --only any
  --unprivileged  gives up root first: everything in user namespaces, as an ordinary user has it
`;

const NOBODY = 65534;
/** All of /proc/sys/net is thousands of files, and every one is slow in a guest. */
const GUEST_SECONDS_PER_TOOL = 60;

/** For good, with every capability; an ordinary user has nothing to give up. */
function giveUpRoot(): void {
  if (process.getuid?.() !== 0) return;
  process.setgroups!([]);
  process.setgid!(NOBODY);
  process.setuid!(NOBODY);
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      keep: { type: 'string' },
      list: { type: 'boolean' },
      times: { type: 'boolean' },
      guest: { type: 'boolean' },
      unprivileged: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  if (values.help === true) {
    process.stdout.write(HELP);
    return 0;
  }
  const isGuest = values.guest === true;
  const rows =
    isGuest && values.only !== undefined ? [...SCENARIOS, ...GUEST_SCENARIOS] : isGuest ? GUEST_SCENARIOS : SCENARIOS;
  const chosen = expand(rows).filter((one) => one.name.includes(values.only ?? ''));
  if (chosen.length === 0) {
    process.stderr.write(`no case has ${values.only} in its name; npm run lab -- --list names them\n`);
    return 2;
  }
  if (values.list === true) {
    for (const one of chosen) process.stdout.write(`${one.name}\t${one.scenario.about}\n`);
    return 0;
  }
  if (values.unprivileged === true) {
    const hidden = hiddenFolder(import.meta.dirname);
    if (hidden !== undefined) {
      process.stderr.write(`the laboratory does not run here without root: others can not read ${hidden}\n`);
      return 2;
    }
    giveUpRoot();
  }
  if (!isGuest) return runChosen(chosen, values);
  let guest;
  try {
    guest = await startGuest({ onDownload: () => process.stderr.write('downloading the kernel of the guest …\n') });
  } catch (error) {
    process.stderr.write(`no guest can be had: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
  try {
    return await runChosen(chosen, values, guest);
  } finally {
    await guest.close();
  }
}

async function runChosen(
  chosen: readonly Case[],
  values: { readonly keep?: string | undefined; readonly times?: boolean | undefined },
  guest?: Guest,
): Promise<number> {
  const why = await unavailable(guest === undefined ? undefined : () => guestEngine(guest));
  if (why !== undefined) {
    process.stderr.write(`the laboratory does not run here: ${why}\n`);
    return 2;
  }
  const { cases, left } = buildable(chosen);
  for (const line of left) process.stderr.write(`left out: ${line}\n`);
  const { keep } = values;
  if (keep !== undefined) await mkdir(keep, { recursive: true });
  let done = 0;
  const results = await runCases(cases, {
    collector: collectorCommand(guest === undefined ? undefined : GUEST_SECONDS_PER_TOOL),
    ...(guest === undefined ? {} : { guest }),
    onResult: (result) => {
      const flag =
        result.disagreements.length > 0 ? 'DISAGREES' : result.undetermined.length > 0 ? 'undetermined' : 'ok';
      const times =
        values.times === true
          ? ` ${Object.entries(result.milliseconds)
              .map(([what, ms]) => `${what} ${Math.round(ms)} ms`)
              .join(', ')}`
          : '';
      process.stderr.write(
        `${++done}/${cases.length} ${result.name}: ${result.agreements}/${result.probes} ${flag}${times}\n`,
      );
    },
    onUnwatched: (why) => process.stderr.write(`stopping places are not checked: ${why}\n`),
    ...(keep === undefined ? {} : { onRecording: async (recording) => keepRecording(keep, recording) }),
  });
  for (const result of results.toSorted((x, y) => x.name.localeCompare(y.name))) {
    for (const line of result.undetermined) process.stdout.write(`undetermined ${result.name}: ${line}\n`);
    for (const line of result.unsteady) process.stdout.write(`unsteady ${result.name}: ${line}\n`);
    for (const line of result.disagreements) process.stdout.write(`DISAGREEMENT ${result.name}: ${line}\n`);
  }
  if (keep !== undefined) await writeFile(join(keep, 'results.json'), `${JSON.stringify(results, undefined, 1)}\n`);
  process.stdout.write(`${summaryLine(results)}\n`);
  return results.some((result) => result.disagreements.length > 0) ? 1 : 0;
}

process.exitCode = await main();
