/** The lines of iptables' own translation tests, `iptables-translate RULE` and the nft commands expected of it, as pairs that can be loaded. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TARGETS } from '../../../src/netstack/iptables/targets/index.ts';

export interface Twin {
  /** `libxt_mark.txlate:1`. */
  readonly place: string;
  readonly family: 4 | 6;
  readonly table: string;
  readonly chain: string;
  /** As a shell would read it, without table and chain. */
  readonly rule: string;
  /** A chain of the user's own that the rule leads to; it drops. */
  readonly leadsTo?: string;
  /** Of the base chain: the opposite of what the rule does, so that it tells whether it matched; nat tables have none. */
  readonly policy: 'accept' | 'drop';
  /** nft's commands, without `nft`. */
  readonly nft: readonly string[];
}

/** ebtables has rule sets of its own. */
const COMMAND = /^(ip6?)tables(?:-translate)? (.*)$/;

/** Commands that are no rule (`-F`) are left out. */
export function twinSuite(source: string): readonly Twin[] {
  const folder = join(source, 'extensions');
  return readdirSync(folder)
    .filter((file) => file.endsWith('.txlate'))
    .sort()
    .flatMap((file) => twinsOf(file, readFileSync(join(folder, file), 'utf8')));
}

function twinsOf(file: string, text: string): readonly Twin[] {
  const lines = text.split('\n');
  return lines.flatMap((line, i): readonly Twin[] => {
    const [, tool, words] = COMMAND.exec(line) ?? [];
    const [, chain] = / ?-[AI] (\S+)/.exec(words ?? '') ?? [];
    if (words === undefined || chain === undefined) return [];
    const nft: string[] = [];
    for (let next = i + 1; lines[next]?.startsWith('nft '); next++) nft.push(/^nft '(.*)'$/.exec(lines[next]!)![1]!);
    const table = /-t (\S+)/.exec(words)?.[1] ?? 'filter';
    const rule = words.replace(/-t \S+/, '').replace(/-[AI] \S+/, '');
    const place = `${file}:${i + 1}`;
    return [placed({ place, family: tool === 'ip6' ? 6 : 4, table, chain, rule: rule.trim(), policy: 'accept', nft })];
  });
}

/** Options that the kernel takes for one protocol only, which some of the rules leave out. */
const OF_PROTOCOL: readonly (readonly [option: RegExp, protocol: string])[] = [
  [/-m icmp /, 'icmp'],
  [/-m icmp6 /, 'icmpv6'],
  [/-m tcpmss |--ecn-tcp/, 'tcp'],
  [/-m ipcomp /, 'ipcomp'],
];

/**
 * Where the kernel takes it and a packet comes to it, with an end that tells whether it matched: the tests write rules
 * for chains of the user's own (`prerouting`), many only count, and they were never loaded.
 */
function placed(twin: Twin): Twin {
  const asked = twin.chain.toUpperCase();
  // A packet has no output device before it is routed.
  const chain = asked === 'PREROUTING' && / -o /.test(` ${twin.rule}`) ? 'OUTPUT' : asked;
  const [, target] = /-[jg] (\S+)/.exec(twin.rule) ?? [];
  const table = twin.table === 'nat' && target === undefined ? 'mangle' : tableOf(target, twin.table);
  const protocol = OF_PROTOCOL.find(([option]) => option.test(twin.rule) && !/-p /.test(twin.rule))?.[1];
  const words = protocol === undefined ? twin.rule : `-p ${protocol} ${twin.rule}`;
  const rule = target === undefined ? `${words} -j DROP` : words;
  const nft = twin.nft.map((command) => {
    const moved = command.replace(/^((?:add|insert) rule ip6?) \S+ \S+/, `$1 ${table} ${chain}`);
    return target === undefined ? telling(moved) : moved;
  });
  const leadsTo = target === undefined || Object.hasOwn(TARGETS, target) ? {} : { leadsTo: target };
  return {
    ...twin,
    table,
    chain,
    rule,
    nft,
    policy: target === 'ACCEPT' && table !== 'nat' ? 'drop' : 'accept',
    ...leadsTo,
  };
}

function tableOf(target: string | undefined, table: string): string {
  return target === 'DSCP' || target === 'TOS' ? 'mangle' : table;
}

function telling(command: string): string {
  if (!/^(add|insert) rule /.test(command)) return command;
  return command.replace(/( comment "[^"]*")?$/, ' drop$1');
}
