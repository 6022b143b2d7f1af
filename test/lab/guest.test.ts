/** A few scenarios in a guest with Debian's kernel: one for each kind of device that the machine's own may lack. */
import { describe, expect, it } from 'vitest';
import { collectorCommand } from '../../lab/collector-command.ts';
import { startGuest } from '../../lab/guest/index.ts';
import { runCases } from '../../lab/laboratory.ts';
import { expand } from '../../lab/scenario.ts';
import { GUEST_SCENARIOS } from '../../lab/scenarios/index.ts';
import { summaryLine } from '../../lab/summary.ts';
import { hasTool, isLinux, isRoot } from '../../scripts/run/lab-packages.mjs';

/** The rest is run by `npm run lab -- --guest`. */
const CASES = [
  'vlan-filtering-tagged-egress/v6/nft',
  'vlan-uplink/v4/nft',
  'vlan-on-bridge/v6/nft',
  'bond-active-backup-second/v4/nft',
  'ipvlan-l2/v4/nft',
  'wireguard/v6/nft',
  'wireguard-not-allowed/v4/nft',
  'tunnel-ipip/v4/nft',
  'geneve/v6/nft',
  'vrf-node-accepts/v4/nft',
  'ipset-hash-ip-mac/v6/nft',
];
const MINUTES = 60_000;
const SECONDS_PER_TOOL = 60;

const tool = ['qemu-system-x86_64', 'setpriv', 'wg', 'busybox', 'apt-get', 'dpkg-deb'].find((name) => !hasTool(name));
const why = !isLinux
  ? 'needs linux'
  : !isRoot
    ? 'needs root'
    : tool === undefined
      ? undefined
      : `needs the tool ${tool}`;

describe('the laboratory in a guest', () => {
  it('finds skoop to say what its kernel does', { timeout: 20 * MINUTES }, async (ctx) => {
    // `why` names what the machine lacks: Linux, root, or the first tool that is missing
    if (why !== undefined) ctx.skip(why);
    const cases = expand(GUEST_SCENARIOS).filter((one) => CASES.includes(one.name));
    expect(cases.map((one) => one.name).toSorted()).toEqual(CASES.toSorted());
    const guest = await startGuest();
    try {
      const results = await runCases(cases, {
        collector: collectorCommand(SECONDS_PER_TOOL),
        guest,
        onResult: () => {},
      });
      process.stderr.write(`in a guest: ${summaryLine(results)}\n`);
      expect(results.flatMap((one) => one.disagreements.map((line) => `${one.name}: ${line}`))).toEqual([]);
      expect(results.reduce((sum, one) => sum + one.agreements, 0)).toBeGreaterThan(cases.length * 30);
    } finally {
      await guest.close();
    }
  });
});
