/** Runs a command in a container over a WebSocket (KEP-4006): its streams, its exit code, and what went wrong. */
import type { WebSocket } from 'ws';
import { fields, text } from '../fields.ts';
import { ApiError } from './api-error.ts';
import type { ExecOptions, ExecResult, PodContainer } from './api-server.ts';
import { exitCodeOf } from './refusal.ts';
import type { Transport } from './transport.ts';
import { openWebSocket, V5 } from './web-socket.ts';

/** The first byte of each message (k8s.io/apimachinery/pkg/util/remotecommand). */
const CHANNEL = { stdin: 0, stdout: 1, stderr: 2, status: 3, close: 255 } as const;
const MAX_STDERR = 64 * 1024;
const STDIN_CHUNK = 32 * 1024;
/** Milliseconds between pings; a whole turn without a sign of life ends it. */
const PING = 15_000;

export async function exec(
  transport: Transport,
  at: PodContainer,
  command: readonly string[],
  options: ExecOptions,
): Promise<ExecResult> {
  options.signal?.throwIfAborted();
  const what = `${command[0] ?? 'the command'} in ${at.namespace}/${at.pod}`;
  const tooLong = (): ApiError =>
    new ApiError(`${what} did not end in ${options.timeLimit / 1000} s`, { problem: 'unreachable' });
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(tooLong()), options.timeLimit);
  const signal = AbortSignal.any([limit.signal, ...(options.signal === undefined ? [] : [options.signal])]);
  try {
    const path = `/api/v1/namespaces/${at.namespace}/pods/${at.pod}/exec`;
    const query = new URLSearchParams({ container: at.container, stdout: 'true', stderr: 'true' });
    if (options.stdin !== undefined) query.set('stdin', 'true');
    for (const word of command) query.append('command', word);
    const socket = await openWebSocket(transport, `${path}?${query.toString()}`, signal).catch((error: unknown) => {
      throw isReset(error) ? broken(what, 'before it began') : error;
    });
    return await converse(socket, { what, options, signal });
  } finally {
    clearTimeout(timer);
  }
}

interface Conversation {
  readonly what: string;
  readonly options: ExecOptions;
  readonly signal: AbortSignal;
}

/** Until the server closes: the status may come before the last of the output. */
async function converse(socket: WebSocket, { what, options, signal }: Conversation): Promise<ExecResult> {
  return new Promise((resolve, reject) => {
    const stderr: Buffer[] = [];
    let [stderrBytes, isAlive, fault] = [0, true, undefined as Error | undefined];
    let status: unknown;
    const end = (error: Error): void => {
      fault ??= error;
      socket.terminate();
    };
    const onAbort = (): void => end(signal.reason instanceof Error ? signal.reason : new Error('aborted'));
    const pinger = setInterval(() => {
      if (!isAlive) end(broken(what, 'no sign of life'));
      isAlive = false;
      socket.ping();
    }, PING);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('pong', () => (isAlive = true));
    socket.on('message', (message: Buffer) => {
      isAlive = true;
      const rest = message.subarray(1);
      if (rest.length === 0) return;
      switch (message[0]) {
        case CHANNEL.stdout:
          try {
            options.onStdout(rest);
          } catch (error) {
            end(error instanceof Error ? error : new Error(String(error)));
          }
          return;
        case CHANNEL.stderr:
          if (stderrBytes < MAX_STDERR) stderr.push(rest);
          stderrBytes += rest.length;
          return;
        case CHANNEL.status:
          status = parseStatus(rest);
          return;
        default:
      }
    });
    socket.on('error', (error) => end(broken(what, error.message)));
    socket.on('close', (code: number) => {
      clearInterval(pinger);
      signal.removeEventListener('abort', onAbort);
      const said = Buffer.concat(stderr).subarray(0, MAX_STDERR).toString('utf8');
      if (fault !== undefined) return reject(fault);
      // Without the server's own end of the conversation the output may be cut off, whatever the status says.
      if (status === undefined || (code !== 1000 && code !== 1005)) return reject(broken(what, `code ${code}`));
      const exitCode = exitCodeOf(status);
      if (exitCode === undefined) return reject(notRun(what, status));
      resolve({ exitCode, stderr: said });
    });
    socket.resume();
    if (signal.aborted) onAbort();
    else if (options.stdin !== undefined) void writeStdin(socket, options.stdin).catch(() => {});
  });
}

/** Waits for each piece to be on its way, so that a big input is not held twice. What fails here closes the socket too. */
async function writeStdin(socket: WebSocket, input: Uint8Array): Promise<void> {
  for (let from = 0; from < input.length; from += STDIN_CHUNK) {
    const piece = input.subarray(from, from + STDIN_CHUNK);
    await sendBytes(socket, Buffer.concat([Buffer.of(CHANNEL.stdin), piece]));
  }
  if (socket.protocol === V5) await sendBytes(socket, Buffer.of(CHANNEL.close, CHANNEL.stdin));
}

async function sendBytes(socket: WebSocket, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(bytes, (error) => (error === undefined || error === null ? resolve() : reject(error)));
  });
}

function parseStatus(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return { status: 'Failure', message: bytes.toString('utf8').slice(0, 300) };
  }
}

function broken(what: string, how: string): ApiError {
  return new ApiError(`the connection broke while ${what} ran (${how})`, { problem: 'broken' });
}

/** Of a server that is there, or something on the way to it: another connection may do. */
function isReset(error: unknown): boolean {
  if (!(error instanceof ApiError) || !(error.cause instanceof Error)) return false;
  return 'code' in error.cause && (error.cause.code === 'ECONNRESET' || error.cause.code === 'EPIPE');
}

/** The container runtime could not start it: no such program, no such container. */
function notRun(what: string, status: unknown): ApiError {
  const message = text(fields(status), 'message') ?? 'the server says no more';
  return new ApiError(`${what} could not be run: ${message}`, { problem: 'server' });
}
