/** What the last run of `npm run corpus -- --write` gave. */
import { fileURLToPath } from 'node:url';
import type { IpsetResult } from './ipset.ts';
import type { IptablesResult } from './iptables.ts';
import type { TwinsResult } from './twins/run.ts';

export interface CorpusResults {
  readonly iptables: readonly IptablesResult[];
  readonly ipset: IpsetResult;
  readonly twins: TwinsResult;
}

export const RESULTS_FILE = fileURLToPath(new URL('results.json', import.meta.url));
