/**
 * `npm run corpus`: the test suites of iptables and ipset, fetched from Debian, run against skoop on this kernel.
 * `-- --write` keeps the numbers for docs/fidelity.md.
 */
import { writeFile } from 'node:fs/promises';
import { fetchSource } from './fetch.ts';
import { runIpset } from './ipset.ts';
import { iptablesSuite } from './iptables-suite.ts';
import { runIptables } from './iptables.ts';
import type { CorpusResults } from './results.ts';
import { RESULTS_FILE } from './results.ts';
import { runTwins } from './twins/run.ts';
import { twinSuite } from './twins/suite.ts';

const BACK_ENDS = ['legacy', 'nft'] as const;
const FAMILIES = [4, 6] as const;

async function main(): Promise<number> {
  const source = await fetchSource('iptables');
  const suite = iptablesSuite(source);
  const iptables = BACK_ENDS.flatMap((backEnd) => FAMILIES.map((family) => runIptables(suite, backEnd, family)));
  for (const one of iptables) {
    const taken = one.lines - one.refused;
    console.log(
      `${one.backEnd}: ${one.lines} rules, ${one.refused} not taken here; of ${taken}: ${one.parsed} parsed, ${one.printed} printed back, ${one.understood} understood`,
    );
    for (const line of one.exceptions) console.log(`  ${line}`);
  }
  const twins = runTwins(twinSuite(source));
  console.log(
    `twins: ${twins.pairs} pairs, ${twins.loaded} loaded here; ${twins.packets} packets; ${twins.same} the same, ${twins.open} left open on one side, ${twins.notTwins} no twins, ${twins.differences.length} different`,
  );
  for (const line of [...twins.differences, ...twins.exceptions]) console.log(`  ${line}`);
  const ipset = runIpset(await fetchSource('ipset'));
  console.log(
    `ipset: ${ipset.tests} tests, ${ipset.withoutSet} without their set here; ${ipset.parsed} parsed, ${ipset.printed} printed back; ${ipset.noPacket} ask for what no packet is; ${ipset.agreed} agreed, ${ipset.undetermined} undetermined`,
  );
  for (const line of ipset.exceptions) console.log(`  ${line}`);
  const results: CorpusResults = { iptables, ipset, twins };
  if (process.argv.includes('--write')) await writeFile(RESULTS_FILE, `${JSON.stringify(results, undefined, 2)}\n`);
  const isWrong =
    iptables.some((one) => one.printed < one.lines - one.refused) ||
    ipset.exceptions.length > 0 ||
    twins.differences.length > 0;
  return isWrong ? 1 : 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`corpus: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 2;
}
