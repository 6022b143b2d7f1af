/** Bridged packets in the IP hooks (br_netfilter): which devices rules see, asked of the real kernel. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import type { Hook } from '../../../src/model/step.ts';
import { parseIpsetSave } from '../../../src/netstack/ipset/index.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import type { NetfilterInput, PacketMeta } from '../../../src/netstack/netfilter/types.ts';
import { ADDRESS, Lab, MAC, tool } from './kernel/lab.ts';
import { describeOnKernel } from './kernel/on-kernel.ts';
import { PACKETS } from './kernel/packets.ts';
import { environmentOf, questionOf } from './kernel/question.ts';

const SETS = `create plain hash:net,iface
add plain 10.99.0.0/24,br0
create port hash:net,iface
add port 10.99.0.0/24,eth7
create physical hash:net,iface
add physical 10.99.0.0/24,physdev:eth7
`;

/** Each is asked about packets from near alone: the bridge has others of its own. */
const RULES = [
  '-i br0',
  '-i eth7',
  '-o br0',
  '! -o br0',
  '-m physdev --physdev-in eth7',
  '-m physdev --physdev-in eth+',
  '-m physdev ! --physdev-in eth8',
  '-m physdev --physdev-in eth8',
  '-m physdev --physdev-out eth8',
  '-m physdev ! --physdev-out eth8',
  '-m physdev --physdev-is-in',
  '-m physdev ! --physdev-is-in',
  '-m physdev --physdev-is-out',
  '-m physdev --physdev-is-bridged',
  '-m physdev ! --physdev-is-bridged',
  '-m physdev --physdev-in eth7 --physdev-out eth8',
  '-m physdev --physdev-in eth7 ! --physdev-out eth8',
  '-m pkttype --pkt-type unicast',
  `-m mac --mac-source ${MAC.near}`,
  '-m conntrack --ctstate NEW',
  '-m set --match-set plain src,src',
  '-m set --match-set port src,src',
  '-m set --match-set physical src,src',
  '-m set --match-set plain src,dst',
];

const HOOKS = {
  prerouting: { iif: 'br0', physIn: 'eth7' },
  forward: { iif: 'br0', oif: 'br0', physIn: 'eth7', physOut: 'eth8' },
  postrouting: { oif: 'br0', physIn: 'eth7', physOut: 'eth8' },
} as const;

describeOnKernel('bridged packets', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab('bridge');
    lab.far(
      `ip link add br0 type bridge && ip link set eth7 master br0 && ip link set eth8 master br0 && ip link set br0 up
      echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables; echo 1 > /proc/sys/net/bridge/bridge-nf-call-ip6tables
      bridge fdb add 02:00:00:00:98:09 dev eth8 master static; ipset restore`,
      SETS,
    );
  });
  afterAll(() => lab.close());

  for (const backEnd of ['legacy', 'nft'] as const) {
    for (const family of [4, 6] as const) {
      it.each(Object.keys(HOOKS) as (keyof typeof HOOKS)[])(`iptables-${backEnd} IPv${family}, %s`, (hook) => {
        lab.flush();
        const rules = RULES.filter((rule) => isTaken(rule, hook, family));
        const chain = hook.toUpperCase();
        for (const rule of rules)
          lab.far(`${tool(backEnd, family)} -t mangle -A ${chain} -s ${ADDRESS[family].near} ${rule}`);
        lab.send([PACKETS[family]['syn']!], '02:00:00:00:98:09');
        const text = lab.save(backEnd, family);
        const list = parseIptablesSave(text, `iptables-${backEnd}`, family)
          .tables.get('mangle')!
          .chains.get(chain)!.rules;
        const kernel = list.filter(({ counters }) => !counters!.startsWith('0:')).map(({ raw }) => raw);
        const sets = parseIpsetSave(lab.far('ipset save'));
        const rest = questionOf(PACKETS[family]['syn']!, 'prerouting', sets);
        const asked: NetfilterInput = {
          ...rest,
          hook: hook satisfies Hook,
          meta: metaAt(hook),
          env: environmentOf(sets),
        };
        const [outcome] = evaluateTable(parseIptablesSave(text, `iptables-${backEnd}`, family), 'mangle', asked);
        expect(kernel.length).toBeGreaterThan(5);
        expect(outcome!.steps.filter(({ number }) => number > 0).map(({ raw }) => raw)).toEqual(kernel);
      });
    }
  }
});

function metaAt(hook: keyof typeof HOOKS): PacketMeta {
  return { ...HOOKS[hook], isBridged: true, srcMac: MAC.near, pkttype: 'host', isLocal: false };
}

function isTaken(rule: string, hook: keyof typeof HOOKS, family: Family): boolean {
  if (rule.includes('--match-set') && family === 6) return false;
  if (/-i |--mac-source/.test(rule)) return hook !== 'postrouting';
  if (/-o |src,dst/.test(rule)) return hook !== 'prerouting';
  if (rule.includes('src,src')) return hook !== 'postrouting';
  // iptables takes these in the forward and postrouting chains alone.
  return !/physdev-(out|is-out|is-bridged)/.test(rule) || hook !== 'prerouting';
}
