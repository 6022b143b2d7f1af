import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../src/cmd/question.ts';

describe('a line of --queries', () => {
  it.each([
    ['{"src":"web/client","dst":"api","port":80}', { ask: { src: 'web/client', dst: 'api', port: 80 } }],
    [
      '{"src":"a","dst":"b","port":"http","protocol":"UDP"}',
      { ask: { src: 'a', dst: 'b', port: 'http', protocol: 'udp' } },
    ],
    [
      '{"id":7,"src":"a","dst":"b","family":6,"namespace":"web"}',
      { ask: { src: 'a', dst: 'b', family: 6, namespace: 'web' }, id: 7 },
    ],
  ])('%s', (line, query) => {
    expect(parseQuery(line)).toEqual(query);
  });

  it.each([
    ['[]', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['{"src":"a"}', '"dst" is missing'],
    ['{"src":"","dst":"b"}', '"src" must be text'],
    ['{"src":"a","dst":"b","port":0}', '"port" must be a number from 1 to 65535 or a name'],
    ['{"src":"a","dst":"b","port":80.5}', '"port" must be a number from 1 to 65535 or a name'],
    ['{"src":"a","dst":"b","protocol":"gre"}', '"protocol" must be tcp, udp, icmp or sctp'],
    [
      '{"src":"a","dst":"b","dport":80}',
      'unknown key "dport"; known are src, dst, port, protocol, namespace, family, size, via, id',
    ],
    [
      '{"src":"a","dst":"b","__proto__":1}',
      'unknown key "__proto__"; known are src, dst, port, protocol, namespace, family, size, via, id',
    ],
  ])('%s is refused', (line, message) => {
    expect(() => parseQuery(line)).toThrow(expect.objectContaining({ name: 'UsageError', message }));
  });

  it('says where a line is no JSON', () => {
    expect(() => parseQuery('{"src":')).toThrow(/^not JSON: /);
  });
});
