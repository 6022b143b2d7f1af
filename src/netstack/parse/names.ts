/** The names that iproute2 gives to numbers, read and written whether `-N` was asked for or not. */
import type { RouteType } from '../state.ts';

export const TABLE = { default: 253, main: 254, local: 255 } as const;

const tableNames = new Map<number, string>(Object.entries(TABLE).map(([name, id]) => [id, name]));

/** rt_scopes. Smaller is wider. */
const SCOPES: Readonly<Record<string, number>> = { global: 0, site: 200, link: 253, host: 254, nowhere: 255 };
const scopeNames = new Map<number, string>(Object.entries(SCOPES).map(([name, id]) => [id, name]));

/** rt_protos, as Debian and the kernel name them. */
const PROTOCOLS: Readonly<Record<string, number>> = {
  unspec: 0,
  redirect: 1,
  kernel: 2,
  boot: 3,
  static: 4,
  gated: 8,
  ra: 9,
  mrt: 10,
  zebra: 11,
  bird: 12,
  dnrouted: 13,
  xorp: 14,
  ntk: 15,
  dhcp: 16,
  keepalived: 18,
  babel: 42,
  openr: 99,
  bgp: 186,
  isis: 187,
  ospf: 188,
  rip: 189,
  eigrp: 192,
};
const protocolNames = new Map<number, string>(Object.entries(PROTOCOLS).map(([name, id]) => [id, name]));

/** RTN_* of rtnetlink.h, in its order. */
const TYPES = [
  undefined,
  'unicast',
  'local',
  'broadcast',
  'anycast',
  'multicast',
  'blackhole',
  'unreachable',
  'prohibit',
  'throw',
  'nat',
] as const satisfies readonly (RouteType | undefined)[];

/** The table's number; a name that only this host's rt_tables knows is undefined. */
export function tableId(text: string): number | undefined {
  return byName(TABLE, text);
}

/** `main`, `local`, `default`, or the number. */
export function tableName(id: number): string {
  return tableNames.get(id) ?? String(id);
}

/** `global`, `site`, `link`, `host`, `nowhere`, or a number, from either. */
export function scopeName(text: string): string {
  return isNumber(text) ? (scopeNames.get(Number(text)) ?? String(Number(text))) : text;
}

/** The scope's number; 0 (global) for a name that is not known. */
export function scopeId(name: string): number {
  return byName(SCOPES, name) ?? 0;
}

/** rt_dsfield: classes of service. */
const DSFIELDS: Readonly<Record<string, number>> = {
  default: 0,
  CS1: 0x20,
  AF11: 0x28,
  AF12: 0x30,
  AF13: 0x38,
  CS2: 0x40,
  AF21: 0x48,
  AF22: 0x50,
  AF23: 0x58,
  CS3: 0x60,
  AF31: 0x68,
  AF32: 0x70,
  AF33: 0x78,
  CS4: 0x80,
  AF41: 0x88,
  AF42: 0x90,
  AF43: 0x98,
  CS5: 0xa0,
  EF: 0xb8,
  CS6: 0xc0,
  CS7: 0xe0,
};
const dsfieldNames = new Map<number, string>(Object.entries(DSFIELDS).map(([name, value]) => [value, name]));

/** The DS byte; undefined for a name that is not known. */
export function dsfieldId(text: string): number | undefined {
  return byName(DSFIELDS, text);
}

export function dsfieldWord(text: string): string {
  return isNumber(text) ? (dsfieldNames.get(Number(text)) ?? text) : text;
}

export function protocolWord(text: string): string {
  return isNumber(text) ? (protocolNames.get(Number(text)) ?? String(Number(text))) : text;
}

export function routeType(text: string): RouteType | undefined {
  if (isNumber(text)) return TYPES[Number(text)];
  return (TYPES as readonly (string | undefined)[]).includes(text) ? (text as RouteType) : undefined;
}

function byName(names: Readonly<Record<string, number>>, text: string): number | undefined {
  return isNumber(text) ? Number(text) : Object.hasOwn(names, text) ? names[text] : undefined;
}

function isNumber(text: string): boolean {
  const first = text.charCodeAt(0);
  return first >= 48 && first <= 57 && Number.isSafeInteger(Number(text));
}
