/** Opens a WebSocket to the API server, as the same user and through the same proxy as every request. */
import type { IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import { ApiError } from './api-error.ts';
import { pathWith } from './request.ts';
import { refusalOf, statusText } from './refusal.ts';
import type { Transport } from './transport.ts';

export const V5 = 'v5.channel.k8s.io';
/** Can't say that standard input ends. */
const V4 = 'v4.channel.k8s.io';

/** Milliseconds for the connection, and for kubelet and the container runtime behind it. */
const HANDSHAKE = 30_000;
const MAX_MESSAGE = 64 * 1024 * 1024;

/** Rejects with ApiError, or with the signal's reason. It is paused, so that nothing is lost before the caller listens. */
export async function openWebSocket(transport: Transport, path: string, signal: AbortSignal): Promise<WebSocket> {
  let hasForgotten = false;
  for (;;) {
    const answer = await attempt(transport, path, signal);
    if (answer instanceof WebSocket) return answer;
    if (answer.status === 401 && !hasForgotten && transport.credentials.forget()) {
      hasForgotten = true;
      continue;
    }
    const unable = noWebSocket(answer);
    if (unable !== undefined) throw unable;
    throw refusalOf(answer.status, answer.body, {
      method: 'GET',
      path: path.split('?', 1)[0]!,
      loginRemedy: transport.credentials.remedy,
    });
  }
}

interface Refused {
  readonly status: number;
  readonly body: string;
}

const WITHOUT =
  'It has to be passed on by all that is between here and there, such as a load balancer or a proxy that people log in to. Without: skoop collect on the nodes, and --dump FILE.';

/** No refusal of what was asked, but of the way to ask it; undefined where it is another answer. */
function noWebSocket({ status, body }: Refused): ApiError | undefined {
  const because = (why: string): ApiError =>
    new ApiError(`commands in pods go over a WebSocket, and ${why}`, { problem: 'refused', status, remedy: WITHOUT });
  // What the API server says to a request without the header, which somebody on the way took out.
  if (status === 426 || (status === 400 && statusText(body) === 'Upgrade request required'))
    return because(`the request for one came to the API server as an ordinary request (${status})`);
  // Of a handshake in which both know no protocol (golang.org/x/net/websocket, by which kubelet and container runtimes speak v4, says no more).
  if (status === 403 && body.trim() === '')
    return because(`what answers for the pod knows none of Kubernetes' protocols for it (403, without a word)`);
  return status < 400 ? because(`what answers for the API server opens none (${status})`) : undefined;
}

async function attempt(transport: Transport, path: string, signal: AbortSignal): Promise<WebSocket | Refused> {
  const { agent, headers } = await transport.prepare();
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const { url } = transport;
    const address = `${url.protocol === 'https:' ? 'wss' : 'ws'}://${url.host}${pathWith(url, path)}`;
    const socket = new WebSocket(address, [V5, V4], {
      agent,
      headers: { 'user-agent': 'skoop', ...headers },
      perMessageDeflate: false,
      handshakeTimeout: HANDSHAKE,
      maxPayload: MAX_MESSAGE,
    });
    const onAbort = (): void => socket.terminate();
    const settle = (): void => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const onError = (error: Error): void => {
      settle();
      // An error comes also after it was ended.
      socket.on('error', () => {});
      reject(signal.aborted ? (signal.reason as Error) : transport.explain(error));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.once('open', () => {
      settle();
      socket.pause();
      resolve(socket);
    });
    socket.once('unexpected-response', (_request: unknown, response: IncomingMessage) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', onError);
      response.on('end', () => {
        settle();
        socket.on('error', () => {});
        socket.terminate();
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') });
      });
    });
  });
}
