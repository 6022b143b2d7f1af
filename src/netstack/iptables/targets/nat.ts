/** DNAT, SNAT, MASQUERADE, REDIRECT and NETMAP: what they ask the connection core for. */
import { isUnspecified, parseIP, parsePrefix } from '../../../model/address.ts';
import type { IP } from '../../../model/address.ts';
import type { PortRange } from '../../../model/packet.ts';
import { natRequest } from '../../netfilter/nat-request.ts';
import type { NatRequest } from '../../netfilter/types.ts';
import type { Options } from '../options.ts';
import { value } from '../options.ts';
import type { CompiledTarget, TargetModule } from '../target.ts';
import { ending } from '../target.ts';
import { parseNumber } from '../numbers.ts';

const RANDOM = { '--random': 0, '--random-fully': 0, '--persistent': 0 } as const;

export const DNAT: TargetModule = {
  options: { '--to-destination': 1, ...RANDOM },
  compile: (options) => toRange(options, '--to-destination', 'dst', 'DNAT'),
};

export const SNAT: TargetModule = {
  options: { '--to-source': 1, ...RANDOM },
  compile: (options) => toRange(options, '--to-source', 'src', 'SNAT'),
};

export const MASQUERADE: TargetModule = {
  options: { '--to-ports': 1, ...RANDOM },
  compile: (options) => toPorts(options, 'src', 'MASQUERADE'),
};

export const REDIRECT: TargetModule = {
  options: { '--to-ports': 1, ...RANDOM },
  compile: (options) => toPorts(options, 'dst', 'REDIRECT'),
};

/** Maps the destination before routing, the source after it (xt_NETMAP). */
export const NETMAP: TargetModule = {
  options: { '--to': 1 },
  compile(options) {
    const text = value(options, '--to') ?? '';
    const block = parsePrefix(text);
    if (block === undefined) return undefined;
    const request = {
      how: 'NETMAP',
      first: block.ip,
      last: block.ip,
      prefixLength: block.length,
      random: 'no',
      isPersistent: false,
    } as const;
    const before = { kind: 'nat', request: natRequest({ ...request, manip: 'dst' }) } as const;
    const after = { kind: 'nat', request: natRequest({ ...request, manip: 'src' }) } as const;
    return {
      target: {
        kind: 'verdict-at',
        verdictAt: (hook) => (hook === 'prerouting' || hook === 'output' ? before : after),
      },
      effect: `NETMAP ${text}`,
    };
  },
};

function toRange(
  options: Options,
  name: string,
  manip: NatRequest['manip'],
  how: NatRequest['how'],
): CompiledTarget | undefined {
  const text = value(options, name);
  const range = text === undefined ? undefined : parseNatRange(text);
  if (range === undefined) return undefined;
  return ending({ kind: 'nat', request: natRequest({ manip, how, ...range, ...manner(options) }) }, `${how} ${text}`);
}

function toPorts(options: Options, manip: NatRequest['manip'], how: NatRequest['how']): CompiledTarget | undefined {
  const text = value(options, '--to-ports');
  const range = text === undefined ? {} : parsePortPart(text);
  if (range === undefined) return undefined;
  return ending(
    { kind: 'nat', request: natRequest({ manip, how, ...range, ...manner(options) }) },
    text === undefined ? how : `${how} ports ${text}`,
  );
}

function manner(options: Options): Pick<NatRequest, 'random' | 'isPersistent'> {
  return {
    random: options.has('--random-fully') ? 'random-fully' : options.has('--random') ? 'random' : 'no',
    isPersistent: options.has('--persistent'),
  };
}

type Range = Partial<Pick<NatRequest, 'first' | 'last' | 'ports' | 'basePort'>>;

/** `10.0.0.1`, `10.0.0.1-10.0.0.9:80-90/1000`, `:80`, `[fd00::1]:80`, `fd00::1-fd00::2`. An unspecified address keeps what the packet has. */
export function parseNatRange(text: string): Range | undefined {
  const { addressText, portText } = splitPorts(text);
  const addresses = addressText === '' ? undefined : parseAddresses(addressText);
  const ports = portText === undefined ? {} : parsePortPart(portText);
  if (ports === undefined || (addressText !== '' && addresses === undefined)) return undefined;
  return addresses === undefined || isUnspecified(addresses.first) ? ports : { ...addresses, ...ports };
}

function splitPorts(text: string): { readonly addressText: string; readonly portText: string | undefined } {
  if (text.startsWith('[')) {
    const [, addressText, portText] = /^\[([^\]]*)\](?::(.*))?$/.exec(text) ?? [];
    return { addressText: addressText ?? '?', portText };
  }
  const colon = text.indexOf(':');
  if (colon < 0 || text.includes(':', colon + 1)) return { addressText: text, portText: undefined };
  return { addressText: text.slice(0, colon), portText: text.slice(colon + 1) };
}

function parseAddresses(text: string): { readonly first: IP; readonly last: IP } | undefined {
  const [firstText = '', lastText = firstText] = text.split('-');
  const first = parseIP(firstText);
  const last = parseIP(lastText);
  return first === undefined || last === undefined || first.family !== last.family ? undefined : { first, last };
}

/** `80`, `80-90`, `80-90/1000`. */
function parsePortPart(text: string): { readonly ports: PortRange; readonly basePort?: number } | undefined {
  const [, minText, maxText, baseText] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(\d{1,5}))?$/.exec(text) ?? [];
  const min = parseNumber(minText);
  const max = maxText === undefined ? min : parseNumber(maxText);
  const base = parseNumber(baseText);
  if (min === undefined || max === undefined || max > 65535 || min > max) return undefined;
  return { ports: { min, max }, ...(base !== undefined && { basePort: base }) };
}
