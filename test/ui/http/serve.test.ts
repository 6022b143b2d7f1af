/** The page of `--http`, fetched over a real socket on loopback. */
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { parseListenAddress } from '../../../src/ui/http/address.ts';
import { resultPage } from '../../../src/ui/http/page.ts';
import { serveResult, type Served } from '../../../src/ui/http/serve.ts';
import { hostilePath } from '../hostile-path.ts';
import { droppedByRule } from '../paths.ts';

const path = droppedByRule();

let served: Served | undefined;
afterEach(async () => served?.close());

describe('parseListenAddress', () => {
  it.each([
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['[::1]:8080', { host: '::1', port: 8080 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
    [':8080', { host: undefined, port: 8080 }],
    ['8080', undefined],
    ['127.0.0.1', undefined],
    ['127.0.0.1:70000', undefined],
    ['::1:8080', undefined],
  ])('%s', (text, wanted) => {
    expect(parseListenAddress(text)).toEqual(wanted);
  });
});

describe('serveResult', () => {
  it.each([
    ['', 'text/html; charset=utf-8', '<svg'],
    ['result.json', 'application/json', `"verdict": "${path.verdict}"`],
    ['path.svg', 'image/svg+xml', '<svg'],
    ['path.d2', 'text/plain; charset=utf-8', path.question.src.id],
  ])('/%s', async (file, type, part) => {
    served = await serveResult(path, { host: '127.0.0.1', port: 0 });
    const response = await fetch(`${served.url}${file}`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(await response.text()).toContain(part);
  });

  it.each([
    ['GET', 'nothing', 404],
    ['POST', '', 405],
  ])('%s /%s', async (method, file, status) => {
    served = await serveResult(path, { host: '127.0.0.1', port: 0 });
    expect((await fetch(`${served.url}${file}`, { method })).status).toBe(status);
  });

  it('answers no name that was made to lead here', async () => {
    served = await serveResult(path, { host: '127.0.0.1', port: 0 });
    const { port } = new URL(served.url);
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(Number(port), '127.0.0.1', () => {
        socket.end('GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n');
      });
      let text = '';
      socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      socket.on('close', () => resolve(text)).on('error', reject);
    });
    expect(answer).toMatch(/^HTTP\/1.1 404 /);
  });

  it('lets no text of the cluster become markup', async () => {
    await fc.assert(
      fc.asyncProperty(hostilePath, async (hostile) => {
        const page = resultPage({ path: hostile, svg: '', text: hostile.summary });
        // what stands in the page of any result
        const own = resultPage({ path, svg: '', text: '' });
        const tags = (html: string): readonly string[] => html.match(/<[a-z!/][^>]*>/gi) ?? [];
        expect(tags(page)).toEqual(tags(own));
      }),
      { numRuns: 100 },
    );
  });
});
