/** Progress of collecting, a line for each step of each node, where a person watches or asked for it. */
import type { CollectorEvent } from '../../collector/live/index.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { CommandInput } from '../command.ts';
import { logFlags } from '../flags.ts';
import { progressFlags } from '../live-flags.ts';
import { dumpLines } from './dump-lines.ts';

export interface Progress {
  say(line: string): void;
  onEvent(event: CollectorEvent): void;
}

/** What the collector warned of is said from `-v 1` on: a result names what was missing where it matters. */
export function progressOf({ context, terminal }: CommandInput): Progress {
  const isQuiet = context.values(progressFlags).quiet;
  const level = context.values(logFlags).v;
  const isShown = (terminal.isWatched || level > 0) && !isQuiet;
  const remedies = new Set<string>();
  const say = (line: string): void => {
    if (isShown) terminal.note(line);
  };
  return {
    say,
    onEvent: (event) => {
      say(lineOf(event));
      // The result says what failed; what can be done about it is said here, in a script's log too.
      if (event.remedy !== undefined && !isQuiet && !remedies.has(event.remedy)) {
        remedies.add(event.remedy);
        terminal.note(event.remedy);
      }
      if (event.result !== undefined && level > 0) {
        const { warnings, dump } = event.result;
        for (const line of [...warnings, ...dumpLines(dump, level)]) terminal.note(`${event.node}: ${line}`);
      }
    },
  };
}

function lineOf({ node, state, by, milliseconds, result, why }: CollectorEvent): string {
  switch (state) {
    case 'starting':
      return `${node}: starting a collector pod`;
    case 'collecting':
      return `${node}: collecting${by === 'agent' ? ' by the agent' : ''}`;
    case 'again':
      return `${node}: once more: ${why ?? 'it broke off'}`;
    case 'done':
      return `${node}: collected in ${seconds(milliseconds)} s, ${Math.ceil((result?.bytes ?? 0) / 1024)} KiB`;
    case 'failed':
      return `${node}: not collected: ${why ?? 'no reason given'}`;
    default:
      return assertNever(state);
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
