/** Progress of collecting, a line for each step of each node, where a person watches. */
import type { CollectorEvent } from '../../collector/live/index.ts';
import { assertNever } from '../../model/assert-never.ts';
import type { CommandInput } from '../command.ts';
import { logFlags } from '../flags.ts';
import { progressFlags } from '../live-flags.ts';

export interface Progress {
  say(line: string): void;
  onEvent(event: CollectorEvent): void;
}

/** What the collector warned of is said from -v 1 on: a result names what was missing where it matters. */
export function progressOf({ context, terminal }: CommandInput): Progress {
  const isQuiet = context.values(progressFlags).quiet;
  const isShown = terminal.isWatched && !isQuiet;
  const remedies = new Set<string>();
  const level = context.values(logFlags).v;
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
      if (level > 0) for (const warning of event.result?.warnings ?? []) terminal.note(`${event.node}: ${warning}`);
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
