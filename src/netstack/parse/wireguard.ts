/** Reads `wg show all dump`: a line of five fields for each device, one of nine for each of its peers. */
import { parseIP, parsePrefix, type IP, type Prefix } from '../../model/address.ts';
import { SectionError } from './section-error.ts';

export interface WireguardPeer {
  readonly publicKey: string;
  /** Whether a preshared key is set; which one is not collected. */
  readonly hasPresharedKey: boolean;
  /** Where packets for it are sent; absent until it is configured or was heard from. */
  readonly endpoint?: { readonly ip: IP; readonly port: number };
  readonly allowed: readonly Prefix[];
  readonly hasShakenHands: boolean;
  readonly raw: string;
}

export interface WireguardDevice {
  readonly name: string;
  /** Undefined where no key is set: then it sends and takes nothing. */
  readonly publicKey?: string;
  readonly port: number;
  /** Of the packets that it sends. */
  readonly fwmark: number;
  readonly peers: readonly WireguardPeer[];
  readonly raw: string;
}

const NONE = '(none)';
const DEVICE_FIELDS = 5;
const PEER_FIELDS = 9;

/** Throws SectionError. */
export function parseWireguard(text: string): readonly WireguardDevice[] {
  const devices = new Map<string, WireguardDevice>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const fields = line.split('\t');
    const name = fields[0]!;
    const device = devices.get(name);
    if (fields.length === DEVICE_FIELDS) devices.set(name, readDevice(fields, line));
    else if (fields.length === PEER_FIELDS && device !== undefined)
      devices.set(name, { ...device, peers: [...device.peers, readPeer(fields, line)] });
    else throw new SectionError('wireguard', index + 1, 'neither a device nor a peer of the device above');
  }
  return [...devices.values()];
}

function readDevice(fields: readonly string[], line: string): WireguardDevice {
  const [name, , publicKey, port, fwmark] = fields;
  return {
    name: name!,
    ...(publicKey === NONE ? {} : { publicKey: publicKey! }),
    port: Number(port),
    fwmark: fwmark === 'off' ? 0 : Number(fwmark),
    peers: [],
    raw: line.replaceAll('\t', ' '),
  };
}

function readPeer(fields: readonly string[], line: string): WireguardPeer {
  const [, publicKey, presharedKey, endpoint, allowed, handshake] = fields;
  const match = /^\[?([^\]]*?)\]?:(\d+)$/.exec(endpoint!);
  const ip = match === null ? undefined : parseIP(match[1]!);
  return {
    publicKey: publicKey!,
    hasPresharedKey: presharedKey !== NONE,
    ...(ip === undefined ? {} : { endpoint: { ip, port: Number(match![2]) } }),
    allowed: allowed === NONE ? [] : allowed!.split(',').flatMap((each) => parsePrefix(each) ?? []),
    hasShakenHands: handshake !== '0',
    raw: line.replaceAll('\t', ' '),
  };
}
