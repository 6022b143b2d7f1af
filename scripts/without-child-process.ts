/** Keeps Node from loading what only a feature of commander's asks for that skoop does not use: 2.4 ms of every start. */
import type { Rolldown } from 'tsdown';

const EMPTY = '\0without-child-process';

/** commander starts subcommands that are programs of their own; all of skoop's are functions. */
export function withoutChildProcess(): Rolldown.Plugin {
  return {
    name: 'without-child-process',
    resolveId: (source, importer) =>
      source === 'node:child_process' && importer?.includes('/node_modules/commander/') === true ? EMPTY : undefined,
    load: (id) => (id === EMPTY ? 'export {};' : undefined),
  };
}
