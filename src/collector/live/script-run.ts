/** Runs collect.sh in a container over exec and reads what it prints. */
import { gunzip } from 'node:zlib';
import { promisify } from 'node:util';
import { ApiError } from '../../k8s/client/api-error.ts';
import type { ApiServer, PodContainer } from '../../k8s/client/api-server.ts';
import type { NodeNetworkStackDump } from '../../model/dump.ts';
import { InputError } from '../input-error.ts';
import { MAX_DUMP_BYTES, readDump } from '../read-dump.ts';
import { collectorScript } from '../script.ts';

export interface CollectedDump {
  readonly dump: NodeNetworkStackDump;
  /** As the script printed it. */
  readonly raw: Buffer;
  /** What the script said beside it. */
  readonly warnings: readonly string[];
  /** Bytes that came over the wire. */
  readonly bytes: number;
}

export interface ScriptRun {
  readonly node: string;
  /** As {@link CollectOptions.what}: empty is all namespaces. */
  readonly what: readonly string[];
  readonly timeLimit: number;
  readonly signal: AbortSignal;
}

/**
 * The script comes in by standard input. Its output is packed where the image can; the script's exit code is told
 * apart from gzip's by a pipe of its own.
 */
const PACKED = `if command -v gzip >/dev/null 2>&1; then
exec 4>&1
code=$({ { sh -s -- "$@" 3>&- 4>&-; echo $? >&3; } | gzip -1 >&4; } 3>&1)
exit "$code"
fi
exec sh -s -- "$@"`;

/** Throws ApiError where the exec fails or was cut off, InputError where what came is no dump. */
export async function runScript(api: ApiServer, at: PodContainer, run: ScriptRun): Promise<CollectedDump> {
  const chunks: Uint8Array[] = [];
  const overflow = new AbortController();
  let bytes = 0;
  const { exitCode, stderr } = await api.exec(at, ['sh', '-c', PACKED, 'sh', '-b', '-n', run.node, '--', ...run.what], {
    // Older servers can't close standard input: the last line ends the shell without.
    stdin: Buffer.from(`${collectorScript()}\nexit $?\n`),
    timeLimit: run.timeLimit,
    signal: AbortSignal.any([run.signal, overflow.signal]),
    onStdout: (chunk) => {
      bytes += chunk.length;
      if (bytes > MAX_DUMP_BYTES) overflow.abort();
      else chunks.push(chunk);
    },
  });
  const warnings = stderr
    .split('\n')
    .map((line) => line.replace(/^collect\.sh: /, '').trim())
    .filter((line) => line !== '');
  const file = `what the collector on ${run.node} printed`;
  // By a signal: the container was ended while it ran.
  if (exitCode > 128)
    throw new ApiError(warnings.at(-1) ?? `collect.sh was killed (exit code ${exitCode})`, { problem: 'broken' });
  if (exitCode !== 0)
    throw new InputError({ file: `collector on ${run.node}` }, warnings.at(-1) ?? `collect.sh ended with ${exitCode}`);
  const raw = await unpacked(Buffer.concat(chunks), file);
  return { dump: readDump(raw, { file }), raw, warnings, bytes };
}

async function unpacked(data: Buffer, file: string): Promise<Buffer> {
  if (data[0] !== 0x1f || data[1] !== 0x8b) return data;
  try {
    return await promisify(gunzip)(data, { maxOutputLength: MAX_DUMP_BYTES });
  } catch (cause) {
    throw new ApiError(`${file} was cut off or damaged on its way`, { problem: 'broken', cause });
  }
}
