import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openBundle } from '../../../src/bundle/index.ts';
import { progressOf } from '../../../src/cmd/live/progress.ts';
import { Context } from '../../../src/context/index.ts';
import type { NodeNetworkStackDump } from '../../../src/model/dump.ts';
import { fakeTerminal } from '../fake-terminal.ts';

/** The host and one pod of a real node, on which one tool is missing and another one hangs. */
function dumpOf(): NodeNetworkStackDump {
  const dump = openBundle(join(import.meta.dirname, '../../../examples/two-nodes.skoop')).dump('kl-node2')!;
  const [host, pod] = dump.netns;
  const sections = { ...host!.sections };
  sections.sockets = { command: 'ss -Htunl', exitCode: 127, stdout: '', stderr: 'there is no ss\n', milliseconds: 0 };
  sections['ipset-save'] = { command: 'ipset save', exitCode: 124, stdout: '', stderr: '', milliseconds: 10_000 };
  return { ...dump, netns: [{ ...host!, sections }, pod!] };
}

const STEPS = ['node-b: starting a collector pod', 'node-b: collecting', 'node-b: collected in 1.5 s, 2 KiB'] as const;
const FAILED = [
  'node-b: no namespace here is or has 10.0.0.1',
  'node-b: the host: `ipset save` took too long',
  'node-b: the host: `ss -Htunl` ended with 127: there is no ss',
] as const;
const ALL = [
  ...STEPS,
  FAILED[0],
  expect.stringMatching(/^node-b: the host: \d+ commands, 1\d\.\d\d s$/),
  FAILED[1],
  FAILED[2],
  expect.stringMatching(/^node-b: namespace cni-shop_client-b of the pod with UID [0-9a-f-]{36}: 20 commands, /),
];

describe('what is said of the work itself', () => {
  it.each([
    ['nothing, where nobody watches', {}, false, []],
    ['each step, where somebody does', {}, true, STEPS],
    ['with -v 1 also what failed, whoever watches', { v: 1 }, false, [...STEPS, ...FAILED]],
    ['with -v 2 also each namespace', { v: 2 }, false, ALL],
    ['with -v 1 and --quiet what failed', { v: 1, quiet: true }, true, FAILED],
  ] as const)('%s', (_what, given, isWatched, expected) => {
    const terminal = fakeTerminal({ isWatched });
    const progress = progressOf({ context: new Context(new Map(Object.entries(given))), args: [], terminal });
    const at = { node: 'node-b', by: 'pod', milliseconds: 1500 } as const;
    progress.onEvent({ ...at, state: 'starting' });
    progress.onEvent({ ...at, state: 'collecting' });
    const warnings = ['no namespace here is or has 10.0.0.1'];
    progress.onEvent({ ...at, state: 'done', result: { dump: dumpOf(), raw: Buffer.of(), warnings, bytes: 2000 } });
    expect(terminal.notes).toEqual(expected);
  });
});
