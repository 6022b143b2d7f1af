/** One request to the API server: sends it, asks again where that can help, and gives the answer's body as it comes. */
import type { IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGunzip } from 'node:zlib';
import type { Query } from './api-server.ts';
import { ApiError } from './api-error.ts';
import { refusalOf } from './refusal.ts';
import type { Transport } from './transport.ts';

export interface Question {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly query?: Query | undefined;
  readonly body?: unknown;
  readonly accept?: string;
  readonly signal?: AbortSignal;
  /** An answer that goes on for as long as it likes, and is not compressed. */
  readonly isStream?: boolean;
}

/** Milliseconds without a byte. The API server itself gives up after 60 s. */
const SILENCE = 65_000;
/** Milliseconds for the connection and its TLS. */
const CONNECT = 15_000;
/** Waits that the server asks for in a 429 or 503 are kept up to this many times, and this long. */
const MAX_TRIES = 4;
const MAX_WAIT_SECONDS = 10;
const MAX_ERROR_BYTES = 64 * 1024;

/** Rejects with ApiError; with the signal's reason where that ended it. */
export async function send(transport: Transport, question: Question): Promise<Readable> {
  let hasForgotten = false;
  for (let tries = 1; ; tries++) {
    const answer = await sendOnce(transport, question);
    const status = answer.statusCode ?? 0;
    if (status >= 200 && status < 300) return decoded(answer);
    const body = (await readAll(decoded(answer), MAX_ERROR_BYTES)).toString('utf8');
    if (status === 401 && !hasForgotten && transport.credentials.forget()) {
      hasForgotten = true;
      continue;
    }
    const wait = Number(answer.headers['retry-after']);
    if ((status === 429 || status === 503) && wait >= 0 && tries < MAX_TRIES) {
      await sleep(Math.min(wait, MAX_WAIT_SECONDS) * 1000);
      question.signal?.throwIfAborted();
      continue;
    }
    throw refusalOf(status, body, { ...question, loginRemedy: transport.credentials.remedy });
  }
}

/** The answer as JSON; undefined where it is empty. */
export async function sendForJSON(
  transport: Transport,
  question: Question,
  parse: (json: Buffer) => unknown = (json) => JSON.parse(json.toString('utf8')),
): Promise<unknown> {
  const body = await sendForBody(transport, question);
  try {
    return body.length === 0 ? undefined : parse(body);
  } catch (error) {
    throw new ApiError(
      `the API server ${transport.url.host}: answered ${question.path} with something that is not JSON`,
      {
        problem: 'server',
        cause: error,
        remedy: 'Look whether the server of the kubeconfig is an API server.',
      },
    );
  }
}

async function sendForBody(transport: Transport, question: Question): Promise<Buffer> {
  const answer = await send(transport, question);
  try {
    return await readAll(answer);
  } catch (error) {
    if (question.signal?.aborted === true) throw question.signal.reason;
    throw transport.explain(error);
  }
}

async function readAll(stream: Readable, maxBytes = Number.POSITIVE_INFINITY): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes <= maxBytes) chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** `/prefix/api/v1/pods?limit=500`. */
export function pathWith(base: URL, path: string, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) parameters.append(name, String(value));
  const text = parameters.toString();
  return `${base.pathname.replace(/\/+$/, '')}${path}${text === '' ? '' : `?${text}`}`;
}

async function sendOnce(transport: Transport, question: Question): Promise<IncomingMessage> {
  const { request } = transport.url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { agent, headers } = await transport.prepare();
  const body = question.body === undefined ? undefined : JSON.stringify(question.body);
  const options: RequestOptions = {
    method: question.method,
    host: transport.url.hostname.replace(/^\[|\]$/g, ''),
    port: transport.url.port === '' ? undefined : transport.url.port,
    path: pathWith(transport.url, question.path, question.query),
    agent,
    headers: {
      accept: question.accept ?? 'application/json',
      'user-agent': 'skoop',
      ...(question.isStream !== true && { 'accept-encoding': 'gzip' }),
      ...(body !== undefined && { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      ...headers,
    },
    ...(question.signal !== undefined && { signal: question.signal }),
  };
  const attempt = async (): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const sent = request(options);
      let limit: NodeJS.Timeout | undefined;
      let isReused = false;
      // It may have waited for a connection that another request had: Node's own `reusedSocket` does not say so.
      sent.on('socket', (socket) => {
        isReused = used.has(socket);
        used.add(socket);
        if (isReused || !isConnecting(socket)) return;
        limit = setTimeout(() => sent.destroy(timeOut()), CONNECT);
        socket.once(transport.url.protocol === 'https:' ? 'secureConnect' : 'connect', () => clearTimeout(limit));
      });
      if (question.isStream !== true) sent.setTimeout(SILENCE, () => sent.destroy(timeOut()));
      sent.on('response', (answer) => {
        clearTimeout(limit);
        answer.on('error', () => {});
        resolve(answer);
      });
      sent.on('error', (error) => {
        clearTimeout(limit);
        reject(isReused && isReset(error) ? new StaleConnection(error.message, { cause: error }) : error);
      });
      sent.end(body);
    });
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (question.signal?.aborted === true) throw question.signal.reason;
      // The server closed the connection while nobody used it. What makes something is not sent twice.
      if (error instanceof StaleConnection && question.method !== 'POST') continue;
      throw transport.explain(error);
    }
  }
}

class StaleConnection extends Error {}

/** Connections that had a request. */
const used = new WeakSet<Socket>();

function isConnecting(socket: Socket): boolean {
  return socket.connecting || ('secureConnecting' in socket && socket.secureConnecting === true);
}

function isReset(error: Error): boolean {
  return 'code' in error && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
}

function timeOut(): Error {
  return Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' });
}

function decoded(answer: IncomingMessage): Readable {
  if (answer.headers['content-encoding'] !== 'gzip') return answer;
  // The error comes out of the stream that is read.
  return pipeline(answer, createGunzip({ chunkSize: 64 * 1024 }), () => {});
}
