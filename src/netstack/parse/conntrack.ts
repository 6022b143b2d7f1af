/** Reads `conntrack -L -o extended`: connections that the kernel tracked when the dump was taken. */
import { parseIP } from '../../model/address.ts';
import type { TrackedConnection, TrackedTuple } from '../state.ts';
import { refuseNul, SectionError } from './section-error.ts';

/** In the order of the listing. Throws SectionError for a line that is no connection. */
export function parseConntrack(text: string): readonly TrackedConnection[] {
  refuseNul('conntrack', text);
  const out: TrackedConnection[] = [];
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '' || line.startsWith('conntrack v')) continue;
    const connection = parseLine(line);
    if (connection === undefined) throw new SectionError('conntrack', index + 1, `no connection: ${line.slice(0, 80)}`);
    out.push(connection);
  }
  return out;
}

/** `ipv4 2 udp 17 29 src=A dst=B sport=1 dport=2 [UNREPLIED] src=B dst=A sport=2 dport=1 mark=0 use=1` */
function parseLine(raw: string): TrackedConnection | undefined {
  const [l3 = '', , , protocol = '', ...words] = raw.trim().split(/\s+/);
  const family = l3 === 'ipv4' ? 4 : l3 === 'ipv6' ? 6 : undefined;
  const second = words.findIndex((word, index) => word.startsWith('src=') && index > words.findIndex(isSource));
  const original = parseTuple(words.slice(0, second));
  const reply = parseTuple(words.slice(second));
  if (family === undefined || !/^\d+$/.test(protocol) || second < 0 || original === undefined || reply === undefined)
    return undefined;
  const isUnreplied = words.includes('[UNREPLIED]');
  return { family, protocol: Number(protocol), original, reply, isUnreplied, raw: raw.trim() };
}

const isSource = (word: string): boolean => word.startsWith('src=');

function parseTuple(words: readonly string[]): TrackedTuple | undefined {
  const value = (key: string): string | undefined =>
    words.find((word) => word.startsWith(`${key}=`))?.slice(key.length + 1);
  const src = parseIP(value('src') ?? '');
  const dst = parseIP(value('dst') ?? '');
  if (src === undefined || dst === undefined) return undefined;
  const [sport, dport] = [value('sport'), value('dport')];
  return {
    src,
    dst,
    ...(sport === undefined ? {} : { sport: Number(sport) }),
    ...(dport === undefined ? {} : { dport: Number(dport) }),
  };
}
