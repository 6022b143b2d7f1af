import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { kubeProxyRules } from '../../scripts/bench/kube-proxy.ts';

describe("the benchmark's rules", () => {
  it('are the same for the same seed, and others for another', () => {
    const first = kubeProxyRules({ services: 50, seed: 7 });
    expect(kubeProxyRules({ services: 50, seed: 7 })).toEqual(first);
    expect(kubeProxyRules({ services: 50, seed: 8 }).text).not.toBe(first.text);
    expect(first.rules).toBe(first.text.match(/^\[/gm)?.length);
  });

  it('are what iptables-nft-save prints after the kernel took them', (test) => {
    const canLoad = spawnSync('unshare', ['--net', 'iptables-nft-restore', '-V']).status === 0;
    if (!canLoad) test.skip(process.getuid?.() === 0 ? 'needs the tool iptables-nft-restore' : 'needs root');
    const { text } = kubeProxyRules({ services: 200, seed: 1 });
    const script = 'iptables-nft-restore -c && iptables-nft-save -c -t filter && iptables-nft-save -c -t nat';
    const { stdout, stderr } = spawnSync('unshare', ['--net', 'sh', '-c', script], { input: text, encoding: 'utf8' });
    const withoutComments = (save: string): string => save.replaceAll(/^#.*\n/gm, '');
    expect(stderr).toBe('');
    expect(withoutComments(stdout)).toBe(withoutComments(text));
  });
});
