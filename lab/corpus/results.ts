/** What the last run of `npm run corpus -- --write` gave. */
import { fileURLToPath } from 'node:url';
import type { IpsetResult } from './ipset.ts';
import type { IptablesResult } from './iptables.ts';

export interface CorpusResults {
  readonly iptables: readonly IptablesResult[];
  readonly ipset: IpsetResult;
}

export const RESULTS_FILE = fileURLToPath(new URL('results.json', import.meta.url));
