/** The holder of namespaces as a process of the guest: the same program, with a port of the guest for its pipes. */
import { HOLDER, overHolder, type Engine } from '../engine.ts';
import type { Guest } from './machine.ts';

/** Longer than any request takes: whoever does not end by then holds the port for ever. */
const PATIENCE_MS = 60_000;

/** Seconds without any event in any socket: how long an answer takes depends on what else the machine has to do. */
const QUIET = 1.5;

export async function guestEngine(guest: Guest): Promise<Engine> {
  const port = await guest.take();
  let onLine: (line: string) => void = () => {};
  const ended = port.start(HOLDER.join(' '), (line) => {
    // the end of a command is told on a line of its own, whatever the command wrote
    if (line !== '') onLine(line);
  });
  const engine = overHolder({
    write: (text) => port.write(text),
    onLine: (listen) => (onLine = listen),
    ended: ended.then(
      (code) => new Error(`the namespace holder in the guest ended: ${code}`),
      (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
    ),
    kill: async () => {
      port.write(`${JSON.stringify({ op: 'quit' })}\n`);
      const timer = setTimeout(() => void guest.close(), PATIENCE_MS);
      await ended.catch(() => {});
      clearTimeout(timer);
      port.giveBack();
    },
  });
  return { ...engine, probe: (probes, timeout) => engine.probe(probes, timeout, QUIET) };
}
