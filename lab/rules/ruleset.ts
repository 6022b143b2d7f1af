/** iptables rules collected from several programs, and the text that iptables-restore takes. */

export type TableName = 'raw' | 'mangle' | 'nat' | 'filter' | 'security';

/** What one program puts into one table: its own chains, and rules in the order of insertion (`-A CHAIN …`). */
export interface Rules {
  readonly table: TableName;
  readonly chains: readonly string[];
  readonly rules: readonly string[];
}

const BUILT_IN: Readonly<Record<TableName, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

/** One restore file of all parts; parts of the same table follow each other as given. */
export function restoreText(parts: readonly Rules[]): string {
  const tables = [...new Set(parts.map((part) => part.table))];
  return tables
    .map((table) => {
      const mine = parts.filter((part) => part.table === table);
      const chains = [...new Set(mine.flatMap((part) => part.chains))];
      return [
        `*${table}`,
        ...BUILT_IN[table].map((chain) => `:${chain} ACCEPT [0:0]`),
        ...chains.map((chain) => `:${chain} - [0:0]`),
        ...mine.flatMap((part) => part.rules),
        'COMMIT',
        '',
      ].join('\n');
    })
    .join('');
}
