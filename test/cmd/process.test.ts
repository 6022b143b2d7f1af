import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import { afterAll, describe, expect, it } from 'vitest';
import { answerSchema, querySchema } from '../../src/ui/json-schema-page.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUNDLE = join(ROOT, 'examples/two-nodes.skoop');
const folder = mkdtempSync(join(tmpdir(), 'skoop-cmd-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line as a process of its own, from source. */
function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const loader = import.meta.resolve('tsx');
  return spawn(process.execPath, ['--import', loader, join(ROOT, 'src/cmd/main.ts'), ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1', SKOOP_DEBUG: '', ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
}

async function skoop(
  args: readonly string[],
  { stdin = '', env = {} }: { stdin?: string; env?: Record<string, string> } = {},
): Promise<Result> {
  const child = start(args, env);
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  child.stdout.on('data', (chunk: Buffer) => chunks.stdout.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => chunks.stderr.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(stdin);
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, stdout: Buffer.concat(chunks.stdout).toString(), stderr: Buffer.concat(chunks.stderr).toString() };
}

const HEALTHY = ['-s', 'shop/client-a', '-d', 'web.shop', '-p', '80', '--bundle', BUNDLE];
const DROPPED = ['-s', 'shop/client-a', '-d', '203.0.113.82', '-p', '80', '--bundle', BUNDLE];

describe('what cannot be carried out', () => {
  it.each([
    [['--dprt=80'], /^skoop: unknown flag --dprt; did you mean --dport\?\n$/],
    [[], /^skoop: -s SOURCE and -d DESTINATION missing; try skoop --help\n$/],
    [['-s', 'shop/client-a'], /^skoop: -d DESTINATION missing; try skoop --help\n$/],
    [['-s', 'a', '-d', 'b', '-p', '80', '--kube-config', '/no/such/config'], /^skoop: [^\n]*\/no\/such\/config/],
    [['-s', 'a', '-d', 'b', '-p', '80', '--probe', '--bundle', BUNDLE], /^skoop: --probe is for a running cluster/],
    [['bundle', 'capture', '-o', 'x.skoop'], /^skoop: bundle capture: say --nodes NAME,… or --all\n$/],
    [['-s', 'a', '-d', 'b', '-p', '80', '--bundle', '/no/such.skoop'], /^skoop: [^\n]*\/no\/such\.skoop[^\n]*\n/],
    [['-s', 'shop/client-aa', '-d', 'web.shop', '-p', '80', '--bundle', BUNDLE], /^skoop: [^\n]*client-a[^\n]*\n$/],
    [
      ['-s', 'shop/client-a', '-d', 'web.shop', '-p', '80', '--http', '--http-address', '8080', '--bundle', BUNDLE],
      /^skoop: --http-address: "8080" is not HOST:PORT/,
    ],
    [['explain', 'NO_ROTUE'], /^skoop: [^\n]*NO_ROUTE[^\n]*\n$/],
    [['bundle', 'show', 'package.json'], /^skoop: [^\n]*package\.json[^\n]*\n/],
    [['bundle'], /^skoop: bundle: say what to do/],
  ])('%j', async (args, message) => {
    const { status, stdout, stderr } = await skoop(args);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect({ status, stdout }).toEqual({ status: 3, stdout: '' });
  });
});

describe('one question', () => {
  it('answers on standard output and says nothing else', async () => {
    const { status, stdout, stderr } = await skoop(HEALTHY);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/reachable/i);
  });

  it.each([
    [HEALTHY, 0],
    [DROPPED, 1],
  ])('%j with --exit-code ends with %d', async (args, code) => {
    expect((await skoop([...args, '--exit-code'])).status).toBe(code);
    expect((await skoop(args)).status).toBe(0);
  });

  it('--format json writes output.json in the working directory, and the text to the console', async () => {
    const { status, stdout, stderr } = await skoop([...DROPPED, '--format=json']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'wrote output.json\n' });
    expect(stdout).toMatch(/unreachable/i);
    expect(readdirSync(folder)).toEqual(['output.json']);
    rmSync(join(folder, 'output.json'));
  });

  it('--output - gives that format and nothing else', async () => {
    const { stdout, stderr } = await skoop([...DROPPED, '--format', 'json', '--output', '-']);
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toMatchObject({
      verdict: 'unreachable',
      cluster: { suspicions: expect.any(Array) as unknown },
    });
  });

  it('takes the format from the name of the file', async () => {
    await skoop([...HEALTHY, '--output', 'path.svg']);
    expect(readdirSync(folder)).toEqual(['path.svg']);
    rmSync(join(folder, 'path.svg'));
  });
});

describe('--queries', () => {
  const lines = [
    '{"id":1,"src":"shop/client-a","dst":"web.shop","port":"http"}',
    'nonsense',
    '',
    '{"src":"shop/client-a","dst":"nobody-knows","port":80}',
    '{"id":"last","src":"shop/client-a","dst":"203.0.113.82","port":80}',
  ];

  it('answers line by line, in order, with an error in the place of a bad line', async () => {
    const { status, stdout, stderr } = await skoop(['--queries', '-', '--bundle', BUNDLE], { stdin: lines.join('\n') });
    const results = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(results.map(({ id, verdict, line }) => ({ id, verdict, line }))).toEqual([
      { id: 1, verdict: 'reachable' },
      { line: 2 },
      { line: 4 },
      { id: 'last', verdict: 'unreachable' },
    ]);
    expect(results[1]?.['error']).toMatch(/^not JSON/);
    expect(results[2]?.['error']).toMatch(/nobody-knows/);
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'skoop: 2 of the lines could not be answered\n' });
    const ajv = new Ajv2020.default({ strictTypes: false });
    const [isAnswer, isQuery] = [ajv.compile(answerSchema() as object), ajv.compile(querySchema() as object)];
    for (const result of results) expect(isAnswer(result), JSON.stringify([result, isAnswer.errors])).toBe(true);
    expect(isAnswer({ line: 2 }) || isAnswer({ verdict: 'reachable' })).toBe(false);
    for (const at of [0, 3, 4]) expect(isQuery(JSON.parse(lines[at]!)), lines[at]).toBe(true);
    expect(isQuery({ src: 'a', dst: 'b', prot: 'tcp' })).toBe(false);
  });

  it('reads a file, and gives the worst verdict with --exit-code', async () => {
    writeFileSync(join(folder, 'q.ndjson'), `${lines[0]}\n${lines[4]}\n`);
    expect((await skoop(['--queries', 'q.ndjson', '--bundle', BUNDLE, '--exit-code'])).status).toBe(1);
    rmSync(join(folder, 'q.ndjson'));
  });

  it('answers a line before the next one is there', async () => {
    const child = start(['--queries=-', '--bundle', BUNDLE]);
    child.stdin.write(`${lines[0]}\n`);
    const [first] = (await once(child.stdout, 'data')) as [Buffer];
    expect(first.toString()).toContain('"reachable"');
    child.stdin.end();
    expect(await once(child, 'close')).toEqual([0, null]);
  });

  it('fails where not one line could be answered', async () => {
    expect((await skoop(['--queries', '-', '--bundle', BUNDLE], { stdin: '{}\n' })).status).toBe(3);
  });
});

describe('--http', () => {
  it('serves the result until it is interrupted', async () => {
    const child = start([...DROPPED, '--http', '--http-address', '127.0.0.1:0']);
    child.stdin.end();
    child.stdout.resume();
    let said = '';
    for await (const chunk of child.stderr) {
      said += String(chunk);
      if (said.includes('\n')) break;
    }
    const url = /serving the result at (http:\S+)/.exec(said)?.[1];
    expect(await (await fetch(`${url}`)).text()).toContain('UNREACHABLE');
    child.kill('SIGINT');
    expect(await once(child, 'close')).toEqual([130, null]);
  });

  it('says that the address is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { status, stderr } = await skoop([...DROPPED, '--http', '--http-address', `127.0.0.1:${port}`]);
    other.close();
    expect([status, stderr]).toEqual([
      3,
      `skoop: --http-address: can't listen on 127.0.0.1:${port}: something else listens there\n`,
    ]);
  });
});

describe('the process', () => {
  it.each([
    ['SIGHUP', 129],
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends on %s with %d', async (signal, code) => {
    const child = start(['--queries=-', '--bundle', BUNDLE]);
    // The first answer says that it is up and waits for more.
    child.stdin.write('{"src":"shop/client-a","dst":"web.shop","port":80}\n');
    await once(child.stdout, 'data');
    child.kill(signal);
    expect(await once(child, 'close')).toEqual([code, null]);
  });

  it('takes a reader that goes away for no failure', async () => {
    const child = start([...DROPPED, '--format=json', '--output=-']);
    let stderr = '';
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    child.stdout.destroy();
    const [status] = (await once(child, 'close')) as [number];
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  it.each([[['--version']], [['version']]])('%j', async (args) => {
    expect(await skoop(args)).toEqual({ status: 0, stdout: 'skoop 0.1.0\n', stderr: '' });
  });

  it('shows where it failed with SKOOP_DEBUG=1', async () => {
    expect((await skoop(['--dprt'], { env: { SKOOP_DEBUG: '1' } })).stderr).toMatch(/\n\s+at /);
  });
});
