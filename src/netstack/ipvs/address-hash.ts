/** The tables of the schedulers that hash an address: sh and dh (ip_vs_sh.c, ip_vs_dh.c). */
import type { IP } from '../../model/address.ts';
import type { RealServer } from './types.ts';

/** CONFIG_IP_VS_SH_TAB_BITS and CONFIG_IP_VS_DH_TAB_BITS, which every distribution leaves as they are. */
const TABLE_BITS = 8;
const TABLE_SIZE = 2 ** TABLE_BITS;
/** GOLDEN_RATIO_32 of hash.h. */
const GOLDEN_RATIO = 0x61c88647;

/** The server for a source; undefined where the one that it falls to takes no connections. */
export function bySource(
  servers: readonly RealServer[],
  source: { readonly address: IP; readonly port: number },
  isFallingBack: boolean,
): RealServer | undefined {
  const table = sourceTable(servers);
  const first = bucketOf(source.address, source.port, 0);
  const chosen = table[first];
  if (chosen === undefined || chosen.weight > 0) return chosen;
  if (!isFallingBack) return undefined;
  for (let step = 0; step < TABLE_SIZE; step++) {
    const other = table[bucketOf(source.address, source.port, (step + first) % TABLE_SIZE)];
    if (other !== undefined && other.weight > 0) return other;
  }
  return undefined;
}

/** The server for a destination. Weights do not count but for 0, which takes nothing. */
export function byDestination(servers: readonly RealServer[], destination: IP): RealServer | undefined {
  const chosen = servers[bucketOf(destination, 0, 0) % Math.max(servers.length, 1)];
  return chosen !== undefined && chosen.weight > 0 ? chosen : undefined;
}

/** Each server fills as many buckets in a row as its weight says; one of weight 0 fills one. */
function sourceTable(servers: readonly RealServer[]): readonly (RealServer | undefined)[] {
  const table: (RealServer | undefined)[] = [];
  let at = 0;
  let filled = 0;
  for (let bucket = 0; bucket < TABLE_SIZE; bucket++) {
    const server = servers[at];
    table.push(server);
    if (server === undefined) continue;
    filled++;
    if (filled < server.weight) continue;
    at = (at + 1) % servers.length;
    filled = 0;
  }
  return table;
}

function bucketOf(address: IP, port: number, offset: number): number {
  const folded = address.a ^ address.b ^ address.c ^ address.d;
  const hashed = Math.imul((folded + port) | 0, GOLDEN_RATIO) >>> (32 - TABLE_BITS);
  return (offset + hashed) % TABLE_SIZE;
}
