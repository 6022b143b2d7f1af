/** The steps of ipset's own tests on this kernel: what `ipset save` prints is parsed, and `ipset test` is asked of both. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseIP } from '../../src/model/address.ts';
import { parseIpsetSave, printIpsetSave, testSet } from '../../src/netstack/ipset/index.ts';
import type { IpSet } from '../../src/netstack/ipset/index.ts';
import { protocolNumber } from '../../src/netstack/iptables/protocols.ts';
import type { SetQuery } from '../../src/netstack/netfilter/types.ts';
import { inNamespace } from './namespace.ts';

export interface IpsetResult {
  /** Steps that test an element. */
  readonly tests: number;
  /** Those whose set the kernel does not have here. */
  readonly withoutSet: number;
  readonly parsed: number;
  readonly printed: number;
  /** Elements that no packet can be (a whole network, a name of a set). */
  readonly noPacket: number;
  readonly agreed: number;
  readonly undetermined: number;
  readonly exceptions: readonly string[];
}

interface Step {
  readonly place: string;
  readonly command: string;
  /** What is tested: set and element. */
  readonly asked?: { readonly set: string; readonly element: string };
}

const MARK = '#### ';

export function runIpset(source: string): IpsetResult {
  const folder = join(source, 'tests');
  const files = readdirSync(folder).filter((file) => file.endsWith('.t'));
  const result = { tests: 0, withoutSet: 0, parsed: 0, printed: 0, noPacket: 0, agreed: 0, undetermined: 0 };
  const exceptions: string[] = [];
  for (const file of files.sort()) {
    const steps = stepsOf(file, readFileSync(join(folder, file), 'utf8'));
    for (const part of inNamespace(`cd ${folder}\n${steps.map(script).join('')}`)
      .split(MARK)
      .slice(1)) {
      const [head = '', ...rest] = part.split('\n');
      const [number = '', status = ''] = head.split(' ');
      const exception = judge(steps[Number(number)]!, { text: rest.join('\n'), isIn: status === '0' }, result);
      if (exception !== undefined) exceptions.push(`${steps[Number(number)]!.place}: ${exception}`);
    }
  }
  return { ...result, exceptions };
}

/** `0 ipset -T test 10.0.0.1`: the expected exit code, then the command. Other tools' steps are left out. */
function stepsOf(file: string, text: string): readonly Step[] {
  return text.split('\n').flatMap((line, i): Step[] => {
    const found = /^\d+ (ipset [^>|&;`$]+)$/.exec(line);
    if (found === null) return [];
    const [, command = ''] = found;
    const asked = /^ipset (?:-T|--test|test|t) (\S+) (\S+)$/.exec(command.trim());
    const step = { place: `${file}:${i + 1}`, command };
    return [asked === null ? step : { ...step, asked: { set: asked[1]!, element: asked[2]! } }];
  });
}

const script = ({ command, asked }: Step, i: number): string =>
  asked === undefined
    ? `${command} >/dev/null 2>&1 </dev/null\n`
    : `saved=$(ipset save); ${command} >/dev/null 2>&1; printf '${MARK}%s %s\\n%s\\n' ${i} $? "$saved"\n`;

type Counts = { -readonly [K in Exclude<keyof IpsetResult, 'exceptions'>]: number };

function judge(
  { asked }: Step,
  { text, isIn }: { readonly text: string; readonly isIn: boolean },
  result: Counts,
): string | undefined {
  const { set: name, element } = asked!;
  result.tests++;
  try {
    const sets = parseIpsetSave(text);
    const set = sets.sets.get(name);
    if (set === undefined) {
      result.withoutSet++;
      return undefined;
    }
    result.parsed++;
    if (printIpsetSave(sets) !== text) return 'prints back as something else';
    result.printed++;
    const query = queryOf(set, element);
    if (query === undefined) {
      result.noPacket++;
      return undefined;
    }
    const answer = testSet(sets, name, query);
    if (answer === undefined) result.undetermined++;
    else if (answer === isIn) result.agreed++;
    else return `${set.type} ${element}: the kernel has it ${isIn ? 'in' : 'not in'} the set`;
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const PACKET = { tcpFlags: 2, tos: 0, ttl: 64, length: 60, df: false };

/** A packet that has the element's parts: the first address is its source, the second its destination, ports are the destination's. */
function queryOf(set: IpSet, element: string): SetQuery | undefined {
  const parts = element.split(',');
  if (set.type === 'list:set' || parts.length > set.dimensions.length) return undefined;
  const nowhere = parseIP(set.family === 6 ? '::' : '0.0.0.0')!;
  let [src, dst, protocol, port, mark] = [nowhere, nowhere, 6, 0, 0];
  let [iif, srcMac]: (string | undefined)[] = [];
  const flags: ('src' | 'dst')[] = [];
  for (const [i, dimension] of set.dimensions.entries()) {
    const part = parts[i];
    const isSecond = dimension === 'port' || (i > 0 && (dimension === 'ip' || dimension === 'net'));
    flags.push(isSecond ? 'dst' : 'src');
    if (part === undefined) return undefined;
    if (dimension === 'ip' || dimension === 'net') {
      const address = parseIP(part);
      if (address === undefined || address.family !== nowhere.family) return undefined;
      if (isSecond) dst = address;
      else src = address;
    } else if (dimension === 'port') {
      const found = /^(?:([a-z]+):)?(\d+|0x[0-9a-f]+)$/i.exec(part);
      const known = found?.[1] === undefined ? 6 : protocolNumber(found[1].toLowerCase());
      if (found === null || known === undefined || known === 1 || known === 58) return undefined;
      [protocol, port] = [known, Number(found[2])];
    } else if (dimension === 'mark') mark = Number(part);
    else if (dimension === 'iface') iif = part;
    else if (dimension === 'mac') srcMac = part.toLowerCase().replaceAll(/\b[0-9a-f]\b/g, '0$&');
    else return undefined;
  }
  const ports = { min: port, max: port };
  return {
    packet: { ...PACKET, family: nowhere.family, src, dst, protocol, sport: ports, dport: ports, mark },
    meta: { iif, srcMac, isBridged: false, pkttype: 'host', isLocal: false },
    flags,
    returnNomatch: false,
  };
}
