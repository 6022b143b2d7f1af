/** What the API server was asked by the account that it writes down: its own audit log, not what skoop says of itself. */
import { readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { AUDIT_LOG, folderOf } from '../../lab/kubernetes/index.ts';

interface AuditEvent {
  readonly verb: string;
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string };
}

/** The requests that `work` made, in the order in which they ended: `list pods`, `get pods/exec`. */
export async function requestsDuring(cluster: string, work: () => Promise<void>): Promise<readonly string[]> {
  const file = `${folderOf(cluster)}/${AUDIT_LOG}`;
  const size = async (): Promise<number> => (await stat(file).catch(() => ({ size: 0 }))).size;
  const before = await size();
  await work();
  // The end of a watch is written when the server has seen that nobody listens any more.
  await sleep(500);
  const lines = (await readFile(file)).subarray(before).toString('utf8').trimEnd().split('\n');
  return lines.map((line) => {
    const { verb, objectRef } = JSON.parse(line) as AuditEvent;
    return `${verb} ${[objectRef?.resource, objectRef?.subresource].filter((part) => part !== undefined).join('/')}`;
  });
}

export function counted(requests: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const what of requests) counts[what] = (counts[what] ?? 0) + 1;
  return counts;
}
