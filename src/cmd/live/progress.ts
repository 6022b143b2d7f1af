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
  const isShown = terminal.isWatched && !context.values(progressFlags).quiet;
  const level = context.values(logFlags).v;
  const say = (line: string): void => {
    if (isShown) terminal.note(line);
  };
  return {
    say,
    onEvent: (event) => {
      say(lineOf(event));
      if (level > 0) for (const warning of event.result?.warnings ?? []) terminal.note(`${event.node}: ${warning}`);
    },
  };
}

function lineOf({ node, state, by, milliseconds, result, why, remedy }: CollectorEvent): string {
  switch (state) {
    case 'starting':
      return `${node}: starting a collector pod`;
    case 'collecting':
      return `${node}: collecting${by === 'agent' ? ' by the agent' : ''}`;
    case 'done':
      return `${node}: collected in ${seconds(milliseconds)} s, ${Math.ceil((result?.bytes ?? 0) / 1024)} KiB`;
    case 'failed':
      return `${node}: not collected: ${why ?? 'no reason given'}${remedy === undefined ? '' : `\n  ${remedy}`}`;
    default:
      return assertNever(state);
  }
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
