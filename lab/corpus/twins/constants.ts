/** What a pair of rules names: addresses, numbers, devices, states; each with its neighbours. */
import { addOffset, makePrefix, maskTo, parseIP } from '../../../src/model/address.ts';
import type { Family, IP } from '../../../src/model/address.ts';

export interface Constants {
  readonly addresses: readonly IP[];
  /** With the ones before and after. */
  readonly numbers: readonly number[];
  readonly devices: readonly string[];
  readonly macs: readonly string[];
}

export function constantsOf(texts: readonly string[], family: Family): Constants {
  const words = texts.flatMap((text) => text.split(/[\s,"{}()[\]]+/));
  const numbers = words.flatMap((word) => word.split(/[-:/]/)).flatMap(numberOf);
  return {
    addresses: distinct(
      words.flatMap((word) => addressesOf(word, family)),
      ({ text }) => text,
    ),
    numbers: distinct(numbers.flatMap((n) => [n, n - 1, n + 1]).filter((n) => n >= 0)),
    devices: distinct(texts.flatMap(devicesOf)),
    macs: distinct(words.filter((word) => /^([0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(word))),
  };
}

function numberOf(word: string): readonly number[] {
  return /^(0x[0-9a-f]{1,8}|\d{1,10})$/i.test(word) ? [Number(word)].filter((n) => n <= 0xffffffff) : [];
}

/** The first and the last of a block or a run, and those beside them. */
function addressesOf(word: string, family: Family): readonly IP[] {
  return word.split('-').flatMap((part) => {
    const [text, length] = part.replace(/\]:.*$/, '').split('/');
    const plain = family === 4 ? text!.replace(/:\d+$/, '') : text!;
    const address = parseIP(plain);
    if (address === undefined || address.family !== family) return [];
    const bits = family === 4 ? 32 : 128;
    const long = length !== undefined && /^\d+$/.test(length) ? Number(length) : bits;
    const first = maskTo(address, long);
    const last = lastOf(first, long, bits);
    return [address, first, last, addOffset(first, -1), addOffset(last, 1)];
  });
}

function lastOf(first: IP, length: number, bits: number): IP {
  // Far enough in to stand for the end of a large IPv6 block.
  return makePrefix(addOffset(first, bits - length > 31 ? 2 ** 31 : 2 ** (bits - length) - 1), bits).ip;
}

/** The name itself, a longer one, and what a wildcard stands for. */
function devicesOf(text: string): readonly string[] {
  const names = [...text.matchAll(/-[io] (\S+)|--(?:in|out)-interface +(\S+)|[io]ifname (?:!= )?"([^"]+)"/g)];
  return names
    .map(([, option, long, name]) => option ?? long ?? name!)
    .flatMap((name) => {
      const stem = name.replace(/[*+]$/, '');
      return [stem, `${stem}0`, `${name}x`, name].filter((one) => /^[^/]{1,15}$/.test(one));
    });
}

export function distinct<T>(values: readonly T[], key: (value: T) => unknown = (value) => value): readonly T[] {
  return [...new Map(values.map((value) => [key(value), value])).values()];
}
