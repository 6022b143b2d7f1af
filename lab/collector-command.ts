/** The product's own collector, unmodified, as a command line inside a node. */
import { collectorScript } from '../src/collector/index.ts';

/** The script is handed over as an argument: a node's mount namespace need not see where the sources are. */
export function collectorCommand(secondsPerTool?: number): readonly string[] {
  const limit = secondsPerTool === undefined ? [] : ['-t', String(secondsPerTool)];
  return ['sh', '-c', collectorScript(), 'collect.sh', ...limit];
}
