/** Whether this machine can run the laboratory, and if not, why. */
import { startEngine, type Engine } from './engine.ts';

/** Undefined where it can; else one sentence. Tries it: makes a namespace, a veth and a rule, and lets them go. */
export async function unavailable(start: () => Engine | Promise<Engine> = startEngine): Promise<string | undefined> {
  const engine = await start();
  try {
    await engine.create(['trial', 'peer']);
    const failures = await engine.run([
      {
        ns: 'trial',
        commands: [
          { argv: ['ip', 'link', 'add', 'veth0', 'type', 'veth', 'peer', 'name', 'eth0', 'netns', '@ns:peer@'] },
          ...['iptables-nft', 'iptables-legacy', 'ip6tables-nft', 'ip6tables-legacy'].map((tool) => ({
            argv: [tool, '-A', 'INPUT', '-m', 'conntrack', '--ctstate', 'INVALID', '-j', 'DROP'],
          })),
          { argv: ['ipset', 'create', 'trial', 'hash:ip'] },
          { argv: ['bridge', 'link'] },
        ],
      },
    ]);
    await engine.nodes([{ name: 'trial', ns: 'trial', pods: [] }]);
    return failures.length === 0
      ? undefined
      : failures.map((failure) => `${failure.command}: ${failure.stderr.trim()}`).join('; ');
  } catch (error) {
    return `it needs root, or user namespaces, and python3, iproute2, iptables and ipset (${error instanceof Error ? error.message : String(error)})`;
  } finally {
    await engine.close();
  }
}
