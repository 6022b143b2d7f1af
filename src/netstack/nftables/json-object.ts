/** Words of nft for the JSON of named objects: what stands between their braces. */
import { limit, unsigned } from './json-quiet.ts';
import { asList, asNumber, asText, isJson } from './json-shape.ts';
import type { Json } from './json-shape.ts';
import { printTime } from './print-time.ts';
import type { NamedObject } from './types.ts';

/** Undefined for kinds that are not known. */
export function jsonObject(kind: string, json: Json): NamedObject | undefined {
  const lines = Object.hasOwn(LINES, kind) ? LINES[kind]!(json) : undefined;
  if (lines === undefined) return undefined;
  const { name, handle, comment } = json;
  return {
    kind,
    name: asText(name),
    ...(typeof handle === 'number' ? { handle } : {}),
    lines: comment === undefined ? lines : [`comment "${asText(comment)}"`, ...lines],
  };
}

const LINES: Readonly<Record<string, (json: Json) => readonly string[]>> = {
  counter: ({ packets, bytes }) => [`packets ${unsigned(packets)} bytes ${unsigned(bytes)}`],
  quota: ({ bytes, used, inv }) => {
    const spent = used === undefined || used === 0 ? '' : ` used ${amount(asNumber(used))}`;
    return [`${inv === true ? 'over ' : ''}${amount(asNumber(bytes))}${spent}`];
  },
  limit: (json) => [limit(json).replace(/^limit /, '')],
  'ct helper': ({ type, protocol, l3proto }) => [
    `type "${asText(type)}" protocol ${asText(protocol)}`,
    `l3proto ${asText(l3proto)}`,
  ],
  'ct timeout': ({ protocol, l3proto, policy }) => [
    `protocol ${asText(protocol)}`,
    `l3proto ${asText(l3proto)}`,
    `policy = { ${Object.entries(isJson(policy) ? policy : {})
      .map(([state, seconds]) => `${state} : ${asNumber(seconds)}`)
      .join(', ')} }`,
  ],
  'ct expectation': ({ protocol, dport, timeout, size, l3proto }) => [
    `protocol ${asText(protocol)}`,
    `dport ${asNumber(dport)}`,
    // Milliseconds here.
    `timeout ${printTime(asNumber(timeout) / 1000)}`,
    `size ${asNumber(size)}`,
    `l3proto ${asText(l3proto)}`,
  ],
  synproxy: ({ mss, wscale, flags }) => [
    `mss ${asNumber(mss)}`,
    `wscale ${asNumber(wscale)}`,
    ...(flags === undefined ? [] : [asList(flags).map(asText).join(' ')]),
  ],
  secmark: ({ context }) => [`"${asText(context)}"`],
  flowtable: ({ hook, prio, dev }) => [
    `hook ${asText(hook)} priority ${asNumber(prio)}`,
    `devices = { ${asList(dev).map(asText).join(', ')} }`,
  ],
};

function amount(bytes: number): string {
  if (bytes > 0 && bytes % (1024 * 1024) === 0) return `${bytes / (1024 * 1024)} mbytes`;
  return bytes > 0 && bytes % 1024 === 0 ? `${bytes / 1024} kbytes` : `${bytes} bytes`;
}
