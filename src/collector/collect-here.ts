/** Takes the dump of this machine by running collect.sh. */
import { assertNever } from '../model/assert-never.ts';
import { InputError } from './input-error.ts';
import { MAX_DUMP_BYTES, readDump } from './read-dump.ts';
import { collectorScript } from './script.ts';
import { runProgram } from './spawn.ts';
import type { SpawnResult } from './spawn.ts';

export interface CollectOptions {
  /** The node's name in Kubernetes; the host's name where absent. */
  readonly nodeName?: string;
  /** Pod UIDs or addresses, names under /run/netns, inode numbers; `host` alone is the host only. Empty: all namespaces. */
  readonly what?: readonly string[];
  /** The namespaces that `what` does not name are dumped in brief, not left out. */
  readonly isBriefElsewhere?: boolean;
  /** Time limit of each tool; 10 where absent. */
  readonly toolSeconds?: number;
  /** `self`: the namespace that this runs in is the host's; `init`, where absent: the one of process 1. */
  readonly host?: 'init' | 'self';
  /** The shell; `sh` where absent. Its words are a command line: `['busybox', 'sh']`. */
  readonly shell?: readonly [string, ...string[]];
  /** Environment of the script; this process's where absent. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for all of it; ten minutes where absent. */
  readonly timeLimit?: number;
  readonly signal?: AbortSignal;
  /** Takes each line that the script says beside the dump. */
  readonly onWarning?: (line: string) => void;
}

const PLACE = { file: 'collect.sh' };

/** The dump as the script printed it, checked to be whole. Throws InputError where the script says that it can't, or is ended. */
export async function collectHere(options: CollectOptions = {}): Promise<Buffer> {
  const [shell, ...shellArgs] = options.shell ?? ['sh'];
  const result = await runProgram(shell, [...shellArgs, '-s', '--', ...scriptArguments(options)], {
    stdin: collectorScript(),
    timeLimit: options.timeLimit ?? 600_000,
    maxBytes: MAX_DUMP_BYTES,
    ...(options.env !== undefined && { env: options.env }),
    ...(options.signal !== undefined && { signal: options.signal }),
  });
  const said = result.stderr
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.replace(/^collect\.sh: /, ''));
  const failure = failureOf(result, said);
  if (failure !== undefined) throw failure;
  for (const line of said) options.onWarning?.(line);
  readDump(result.stdout, { file: 'the output of collect.sh' });
  return result.stdout;
}

function scriptArguments({
  nodeName,
  toolSeconds,
  host,
  isBriefElsewhere,
  what = [],
}: CollectOptions): readonly string[] {
  return [
    ...(nodeName === undefined ? [] : ['-n', nodeName]),
    ...(toolSeconds === undefined ? [] : ['-t', String(toolSeconds)]),
    ...(host === undefined ? [] : ['-H', host]),
    ...(isBriefElsewhere === true ? ['-b'] : []),
    '--',
    ...what,
  ];
}

function failureOf({ exitCode, stoppedBy }: SpawnResult, said: readonly string[]): InputError | undefined {
  switch (stoppedBy) {
    case 'time':
      return new InputError(PLACE, 'took too long and was ended', {
        remedy: 'Name the pods that matter, so that not all namespaces are dumped.',
      });
    case 'size':
      return new InputError(PLACE, `printed more than ${MAX_DUMP_BYTES / 1024 / 1024} MiB and was ended`, {
        remedy: 'Name the pods that matter.',
      });
    case 'signal':
      return new InputError(PLACE, 'was interrupted');
    case undefined:
      return exitCode === 0
        ? undefined
        : new InputError(PLACE, said.at(-1) ?? `failed with exit code ${exitCode ?? 'none'}`);
    default:
      return assertNever(stoppedBy);
  }
}
