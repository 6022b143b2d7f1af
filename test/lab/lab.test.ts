/** The whole laboratory as part of the tests: every scenario on this machine's kernel. */
import { describe, expect, it } from 'vitest';
import { collectorCommand } from '../../lab/collector-command.ts';
import { unavailable } from '../../lab/available.ts';
import { isCompared, ProxyComparison } from '../../lab/compare-proxies.ts';
import { runCases } from '../../lab/laboratory.ts';
import { buildable, expand } from '../../lab/scenario.ts';
import { SCENARIOS } from '../../lab/scenarios/index.ts';
import { summaryLine } from '../../lab/summary.ts';

const MINIMUM_CASES = 150;
const MINUTES = 60_000;

const why = await unavailable();
if (why !== undefined) process.stderr.write(`the laboratory is skipped: ${why}\n`);

describe('the laboratory', () => {
  const cases = expand(SCENARIOS);

  it(`has at least ${MINIMUM_CASES} cases, each with a name of its own`, () => {
    expect(new Set(cases.map((one) => one.name)).size).toBe(cases.length);
    expect(cases.length).toBeGreaterThanOrEqual(MINIMUM_CASES);
    for (const family of [4, 6])
      for (const backend of ['legacy', 'nft'])
        expect(cases.some((one) => one.family === family && one.backend === backend)).toBe(true);
  });

  it.skipIf(why !== undefined)('finds skoop to say what the kernel does', { timeout: 30 * MINUTES }, async () => {
    let unwatched: string | undefined;
    const proxies = new ProxyComparison();
    const results = await runCases(buildable(cases).cases, {
      collector: collectorCommand(),
      onResult: () => {},
      onJudged: async (recording, ask) => {
        if (isCompared(recording.site.scenario)) await proxies.add(recording, ask);
      },
      onUnwatched: (reason) => {
        unwatched = reason;
        process.stderr.write(`stopping places are not checked: ${reason}\n`);
      },
    });
    for (const result of results) {
      for (const line of result.undetermined) process.stderr.write(`undetermined ${result.name}: ${line}\n`);
      for (const line of result.unsteady) process.stderr.write(`unsteady ${result.name}: ${line}\n`);
    }
    process.stderr.write(`${summaryLine(results)}\n`);
    expect(results.flatMap((result) => result.disagreements.map((line) => `${result.name}: ${line}`))).toEqual([]);
    const { compared, wrong } = proxies.result();
    process.stderr.write(`kube-proxy in iptables and in nftables mode: ${compared} questions compared\n`);
    expect(wrong).toEqual([]);
    expect(compared).toBeGreaterThan(1000);
    expect(results.reduce((sum, result) => sum + result.agreements, 0)).toBeGreaterThan(cases.length * 50);
    if (unwatched === undefined) {
      const count = (what: 'failures' | 'stopsProven'): number => results.reduce((sum, one) => sum + one[what], 0);
      expect(count('stopsProven') / count('failures')).toBeGreaterThan(0.99);
    }
  });
});
