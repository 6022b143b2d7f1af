/** Follows what happens to objects: one JSON value per line for as long as the server goes on. */
import { fields } from '../fields.ts';
import { ApiError } from './api-error.ts';
import type { WatchEvent, WatchOptions } from './api-server.ts';
import { send } from './request.ts';
import type { Transport } from './transport.ts';

const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK', 'ERROR']);
const MAX_LINE = 16 * 1024 * 1024;

/** Ends when the server ends it, or the signal. */
export async function* watch(transport: Transport, path: string, options: WatchOptions): AsyncGenerator<WatchEvent> {
  const { signal } = options;
  try {
    const answer = await send(transport, {
      method: 'GET',
      path,
      query: { ...options.query, watch: true },
      signal,
      isStream: true,
    });
    for await (const line of lines(answer)) yield readEvent(line);
  } catch (error) {
    if (!signal.aborted) throw transport.explain(error);
  }
}

async function* lines(stream: AsyncIterable<unknown>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk as Buffer, { stream: true })).split('\n');
    rest = parts.pop()!;
    if (rest.length > MAX_LINE) throw malformed();
    yield* parts.filter((line) => line !== '');
  }
}

function readEvent(line: string): WatchEvent {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw malformed();
  }
  const { type, object } = fields(value);
  if (!TYPES.has(type)) throw malformed();
  return { type: type as WatchEvent['type'], object: fields(object) };
}

function malformed(): ApiError {
  return new ApiError('the API server sent an event that is none', { problem: 'server' });
}
