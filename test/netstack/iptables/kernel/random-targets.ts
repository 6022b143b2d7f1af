/** Targets for random rules: ways through the chains, endings, and changes that later matches see. */

export function jumpTargets(later: readonly string[], chain: string): readonly string[] {
  const ways = later.flatMap((name) => [`-j ${name}`, `-j ${name}`, `-g ${name}`]);
  return [
    ...ways,
    '',
    '-j RETURN',
    '-j ACCEPT',
    ...(chain === 'PREROUTING' ? [] : ['-j DROP']),
    '-j MARK --set-xmark 0x1/0x1',
    '-j MARK --set-xmark 0x3/0x0',
    '-j MARK --and-mark 0xfffffffe',
    '-j MARK --or-mark 0x2',
    '-j CONNMARK --set-xmark 0x1/0x3',
    '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0x0f',
    '-j CONNMARK --restore-mark --nfmask 0x1 --ctmask 0x3',
  ];
}
