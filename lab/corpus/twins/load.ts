/** Loads each pair of the translation tests with the real tools, one after the other, and keeps what they list. */
import { inNamespace } from '../namespace.ts';
import type { Twin } from './suite.ts';

export interface Listed {
  /** What iptables-nft-save prints; undefined where the rule is not taken. */
  readonly saved?: string;
  /** What nft lists of the twin, as text and as JSON. */
  readonly text?: string;
  readonly json?: string;
  /** The tool's words about what it does not take. */
  readonly refusal?: string;
}

const MARK = '#### ';
const TYPES: Readonly<Record<string, string>> = { nat: 'nat', 'mangle OUTPUT': 'route' };
const PRIORITIES: Readonly<Record<string, number>> = { raw: -300, mangle: -150, filter: 0, security: 50 };

/** One for each pair, in order. */
export function loadTwins(twins: readonly Twin[]): readonly Listed[] {
  const printed = inNamespace(`set -f\nip link add eth0 type veth peer name eth1\n${twins.map(script).join('')}`);
  const listed: Record<string, string>[] = twins.map(() => ({}));
  for (const part of printed.split(MARK).slice(1)) {
    const end = part.indexOf('\n');
    const [i, what] = part.slice(0, end).split(' ');
    listed[Number(i)]![what!] = part.slice(end + 1);
  }
  return listed;
}

function script(twin: Twin, i: number): string {
  const { family, table, chain, rule, leadsTo, policy } = twin;
  const tool = family === 4 ? 'iptables' : 'ip6tables';
  const add = `${tool}-nft -t ${table} -A`;
  const own = leadsTo === undefined ? '' : `${tool}-nft -t ${table} -N ${leadsTo}; ${add} ${leadsTo} -j DROP`;
  return `nft flush ruleset
${tool}-nft -t ${table} -P ${chain} ${policy.toUpperCase()}
${own}
if words=$(${add} ${chain} ${rule} 2>&1); then echo '${MARK}${i} saved'; ${tool}-nft-save -t ${table}
else echo "${MARK}${i} refusal"; echo "${tool}-nft: $words"; fi
nft flush ruleset
if words=$(nft -f - 2>&1 <<'END'
${commands(twin)}
END
); then echo '${MARK}${i} text'; nft -a list ruleset; echo '${MARK}${i} json'; nft -j list ruleset
else echo "${MARK}${i} refusal"; echo "nft: $words"; fi
`;
}

function commands({ family, table, chain, leadsTo, policy, nft }: Twin): string {
  const place = `${family === 4 ? 'ip' : 'ip6'} ${table}`;
  const type = TYPES[table] ?? TYPES[`${table} ${chain}`] ?? 'filter';
  const isSource = chain === 'POSTROUTING' || chain === 'INPUT';
  const priority = PRIORITIES[table] ?? (isSource ? 100 : -100);
  return [
    `add table ${place}`,
    `add chain ${place} ${chain} { type ${type} hook ${chain.toLowerCase()} priority ${priority}; policy ${policy}; }`,
    ...(leadsTo === undefined ? [] : [`add chain ${place} ${leadsTo}`, `add rule ${place} ${leadsTo} drop`]),
    ...nft,
  ].join('\n');
}
