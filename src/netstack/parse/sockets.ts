/** Reads `ss -Htunl` (with or without `-p`). */
import { ip as address, isUnspecified, parseIP } from '../../model/address.ts';
import type { Family, IP } from '../../model/address.ts';
import type { ListeningSocket } from '../state.ts';
import { refuseNul, SectionError } from './section-error.ts';

/**
 * Sockets in the order of the listing. `*` is a v6 socket that takes v4 too, `[::]` one that does not; where the
 * tool is so old that it prints `:::80`, `*` is v4. Throws SectionError.
 */
export function parseSockets(text: string): readonly ListeningSocket[] {
  refuseNul('sockets', text);
  const isOld = /\s:::(\d|\*)/.test(text);
  const out: ListeningSocket[] = [];
  const lines = text.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i]!.trim();
    if (line === '' || line.startsWith('Netid')) continue;
    const socket = parseSocket(line, isOld);
    if (socket === undefined) throw new SectionError('sockets', i + 1, `not a socket: ${line.slice(0, 80)}`);
    if (socket !== 'other') out.push(socket);
  }
  return out;
}

const PROTOCOLS = { tcp: 'tcp', udp: 'udp', icmp6: 'icmp', icmp: 'icmp', raw: 'raw' } as const;

/** Socket types that ss lists and that no packet of ours reaches. */
const OTHERS = new Set([
  'u_str',
  'u_dgr',
  'u_seq',
  'nl',
  'p_raw',
  'p_dgr',
  'v_str',
  'v_dgr',
  'xdp',
  'ti',
  'dccp',
  'sctp',
  'mptcp',
]);

function parseSocket(line: string, isOld: boolean): ListeningSocket | 'other' | undefined {
  const [protocolWord = '', state = '', received = '', queue = '', localText = '', peerText = ''] = line.split(
    /\s+/,
    6,
  );
  if (OTHERS.has(protocolWord)) return 'other';
  const protocol = Object.hasOwn(PROTOCOLS, protocolWord)
    ? PROTOCOLS[protocolWord as keyof typeof PROTOCOLS]
    : undefined;
  const local = parseEnd(localText, isOld);
  const peer = parseEnd(peerText.split(/\s/, 1)[0] ?? '', isOld);
  if (protocol === undefined || local === undefined || peer === undefined) return undefined;
  if (!/^[A-Z0-9-]+$/.test(state) || !/^\d+$/.test(received) || !/^\d+$/.test(queue)) return undefined;
  return {
    protocol,
    ...(local.ip !== undefined && { ip: local.ip }),
    family: local.family,
    port: local.port,
    ...(local.dev !== undefined && { dev: local.dev }),
    ...(peer.ip !== undefined && !isUnspecified(peer.ip) && { peer: { ip: peer.ip, port: peer.port } }),
    state,
    isFull: state === 'LISTEN' && Number(received) > Number(queue),
    raw: line,
  };
}

interface End {
  readonly ip?: IP;
  readonly family: Family | 'dual';
  readonly port: number;
  readonly dev?: string;
}

/** `127.0.0.1%lo:53`, `[::]:80`, `[fe80::1]%eth0:546`, `*:80`, `*%eth0:80`; a port of `*` is 0. */
function parseEnd(text: string, isOld: boolean): End | undefined {
  const match = /^(.*):(\d+|\*)$/.exec(text);
  if (match === null) return undefined;
  const [, host = '', portText = ''] = match;
  const port = portText === '*' ? 0 : Number(portText);
  if (port > 65_535) return undefined;
  const percent = host.indexOf('%');
  const bare = percent < 0 ? host : host.slice(0, percent);
  // `[fe80::1%eth0]` is how some versions print a scoped address.
  const dev = percent < 0 ? undefined : host.slice(percent + 1).replace(/\]$/, '');
  const at = { port, ...(dev !== undefined && dev !== '' && { dev }) };
  if (bare === '*') return isOld ? { ...at, ip: ANY4, family: 4 } : { ...at, family: 'dual' };
  // The old tool does not say whether such a socket takes v4: most do.
  if (isOld && bare === '::') return { ...at, family: 'dual' };
  const ip = parseIP(bare.replace(/^\[/, '').replace(/\]$/, ''));
  return ip === undefined ? undefined : { ...at, ip, family: ip.family };
}

const ANY4 = address('0.0.0.0');
