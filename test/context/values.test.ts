import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { defineFlags, parseDuration, parseFlagValue } from '../../src/context/index.ts';
import { Context } from '../../src/context/index.ts';
import type { Flag } from '../../src/context/index.ts';

describe('Go durations', () => {
  it.each([
    ['2s', 2000],
    ['2m0s', 120_000],
    ['1h30m', 5_400_000],
    ['1.5h', 5_400_000],
    ['.5s', 500],
    ['1.s', 1000],
    ['300ms', 300],
    ['1us', 0.001],
    ['1µs', 0.001],
    ['-1m', -60_000],
    ['+1m', 60_000],
    ['0', 0],
    ['-0', -0],
  ])('%s is %d ms', (text, expected) => {
    expect(parseDuration(text)).toBeCloseTo(expected, 9);
  });

  it.each(['', '2', 's', '2 s', '2d', '2s ', 'm2', '.', '.s', '1..s', '--1s', '1e3s'])('%j is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('reads back whole seconds as Go prints them', () => {
    fc.assert(
      fc.property(fc.nat(1e6), (seconds) => {
        const text = `${Math.floor(seconds / 3600)}h${Math.floor(seconds / 60) % 60}m${seconds % 60}s`;
        expect(parseDuration(text)).toBe(seconds * 1000);
      }),
    );
  });
});

describe('values of flags', () => {
  const integer: Flag = { type: 'integer', help: '', min: 1, max: 65_535 };
  const boolean: Flag = { type: 'boolean', help: '' };
  const protocol: Flag = { type: 'string', help: '', choices: ['tcp', 'udp'] };

  it.each<readonly [Flag, string, unknown]>([
    [integer, '80', 80],
    [integer, '0x50', 80],
    [integer, '0o120', 80],
    [integer, '0120', 80],
    [integer, '0b1010000', 80],
    [integer, '1_000', 1000],
    [integer, '+80', 80],
    [boolean, 'true', true],
    [boolean, 'T', true],
    [boolean, '1', true],
    [boolean, 'False', false],
    [boolean, '0', false],
    [protocol, 'udp', 'udp'],
    [protocol, 'UDP', 'udp'],
    [{ type: 'duration', help: '' }, '2m0s', 120_000],
    [{ type: 'strings', help: '' }, 'a,b', ['a', 'b']],
    [{ type: 'strings', help: '', isVariadic: true }, 'a,b.json', ['a,b.json']],
  ])('%j %s', (flag, text, value) => {
    expect(parseFlagValue(flag, text)).toEqual({ ok: true, value });
  });

  it.each<readonly [Flag, string, string]>([
    [integer, '0', 'a number from 1 to 65535'],
    [integer, '65536', 'a number from 1 to 65535'],
    [integer, '80a', 'a number from 1 to 65535'],
    [integer, '', 'a number from 1 to 65535'],
    [integer, '8__0', 'a number from 1 to 65535'],
    [integer, '089', 'a number from 1 to 65535'],
    [{ type: 'integer', help: '' }, 'x', 'a whole number'],
    [boolean, 'yes', 'true or false'],
    [boolean, 'toString', 'true or false'],
    [protocol, 'tcpp', 'one of tcp, udp'],
    [{ type: 'duration', help: '' }, '2', 'a duration such as 2s or 1m30s'],
  ])('%j refuses %j', (flag, text, expected) => {
    expect(parseFlagValue(flag, text)).toEqual({ ok: false, expected });
  });
});

describe('Context', () => {
  const flannel = defineFlags('Flannel', {
    'flannel-bridge': { type: 'string', default: 'cni0', help: '' },
    'flannel-ip-masq': { type: 'boolean', default: true, help: '' },
    'flannel-pod-mtu': { type: 'integer', help: '' },
    'wait-timeout': { type: 'duration', default: '2m', help: '' },
    names: { type: 'strings', help: '' },
  });

  it('gives the defaults where nothing was given, durations in milliseconds', () => {
    expect(new Context().values(flannel)).toEqual({
      'flannel-bridge': 'cni0',
      'flannel-ip-masq': true,
      'flannel-pod-mtu': undefined,
      'wait-timeout': 120_000,
      names: [],
    });
  });

  it('gives what was given, even where that is the default', () => {
    const context = new Context(
      new Map<string, string | boolean>([
        ['flannel-bridge', 'br0'],
        ['flannel-ip-masq', true],
      ]),
    );
    expect(context.values(flannel)['flannel-bridge']).toBe('br0');
    expect([context.isGiven('flannel-ip-masq'), context.isGiven('flannel-pod-mtu')]).toEqual([true, false]);
  });
});
