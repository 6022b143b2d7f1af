/** What targets leave behind for later rules, and what local packets look like: rules counted by the real kernel are those stepped through. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Family } from '../../../src/model/address.ts';
import { ip } from '../../../src/model/address.ts';
import type { Hook } from '../../../src/model/step.ts';
import { evaluateTable, parseIptablesSave } from '../../../src/netstack/iptables/index.ts';
import type { NetfilterInput } from '../../../src/netstack/netfilter/types.ts';
import { ADDRESS, Lab } from './kernel/lab.ts';
import { describeOnKernel } from './kernel/on-kernel.ts';
import { PACKETS } from './kernel/packets.ts';
import { questionOf } from './kernel/question.ts';

interface Row {
  readonly name: string;
  readonly table: 'raw' | 'mangle';
  readonly chain: 'PREROUTING' | 'OUTPUT' | 'POSTROUTING';
  /** In a chain of its own that packets of the test alone get to; HOPS stands for TTL or HL. */
  readonly rules: readonly string[];
  /** For IPv6, where it differs. */
  readonly rules6?: readonly string[];
}

/** For both families. */
const QUIET: readonly string[] = [
  '-j LOG --log-prefix probe',
  '-j NFLOG --nflog-group 7',
  '-j AUDIT --type accept',
  '-j CONNSECMARK --save',
  '-j RATEEST --rateest-name probe --rateest-interval 250ms --rateest-ewmalog 500ms',
  '-p tcp -m tcp --tcp-flags SYN,RST SYN -j TCPMSS --set-mss 1200',
  '-p tcp -m tcp -j TCPOPTSTRIP --strip-options sack-permitted',
];

const ROWS: readonly Row[] = [
  {
    name: 'before tracking a packet is INVALID, then what CT makes of it',
    table: 'raw',
    chain: 'PREROUTING',
    rules: [
      '-m conntrack --ctstate INVALID',
      '-m conntrack --ctproto 6',
      '-m connmark ! --mark 5',
      '-j CONNMARK --set-mark 5',
      '-m connmark --mark 5',
      '-j CT --notrack',
      '-m conntrack --ctstate UNTRACKED',
      '-m conntrack --ctstate INVALID',
      '-m conntrack ! --ctstate NEW',
      '-j CT --zone 7',
      '-m conntrack --ctstate UNTRACKED',
    ],
  },
  {
    name: "a zone's template counts as NEW",
    table: 'raw',
    chain: 'PREROUTING',
    rules: [
      '-j CT --zone 7',
      '-m conntrack --ctstate NEW',
      '-m conntrack --ctstate INVALID',
      '-m conntrack --ctstate UNTRACKED',
      '-m state --state NEW',
      '-j CT --notrack',
      '-m conntrack --ctstate NEW',
    ],
  },
  {
    name: 'marks',
    table: 'mangle',
    chain: 'PREROUTING',
    rules: [
      '-j MARK --set-xmark 0x4000/0x4000',
      '-m mark --mark 0x4000/0x4000',
      '-j MARK --set-mark 0x80000001',
      '-m mark --mark 0x80000001',
      '-m mark --mark 0x80000000/0xf0000000',
      '-j MARK --and-mark 0xf0000000',
      '-m mark --mark 0x80000000',
      '-j MARK --xor-mark 0x80000002',
      '-m mark --mark 2',
      '-j CONNMARK --save-mark',
      '-m connmark --mark 2',
      '-j MARK --set-mark 0xff',
      '-j CONNMARK --restore-mark --nfmask 0xf --ctmask 0xff',
      '-m mark --mark 0xf2',
      '-j CONNMARK --set-xmark 0xf0/0x2',
      '-m connmark --mark 0xf0',
      '-j CONNMARK --save-mark --nfmask 0xff --ctmask 0xf0',
      '-m connmark --mark 0xf2',
      '-m connmark --mark 0x2',
    ],
  },
  {
    name: 'header fields',
    table: 'mangle',
    chain: 'PREROUTING',
    rules: [
      '-j DSCP --set-dscp 46',
      '-m dscp --dscp 46',
      '-m tos --tos 0xb8/0xff',
      '-j TOS --set-tos 0x10/0x3f',
      '-m tos --tos 0x90/0xff',
      '-j TOS --or-tos 0x03',
      '-m tos --tos 0x93/0xff',
      '-j TTL --ttl-dec 70',
      '-m ttl --ttl-eq 0',
      '-j TTL --ttl-inc 255',
      '-m ttl --ttl-eq 255',
      '-j TTL --ttl-set 9',
      '-m ttl --ttl-lt 10',
    ],
    rules6: [
      '-j DSCP --set-dscp 46',
      '-m dscp --dscp 46',
      '-m tos --tos 0xb8/0xff',
      '-j TOS --set-tos 0x10/0x3f',
      '-m tos --tos 0x90/0xff',
      '-j TOS --or-tos 0x03',
      '-m tos --tos 0x93/0xff',
      '-j HL --hl-dec 70',
      '-m hl --hl-eq 0',
      '-j HL --hl-inc 255',
      '-m hl --hl-eq 255',
      '-j HL --hl-set 9',
      '-m hl --hl-lt 10',
    ],
  },
  {
    name: 'what counts, logs, copies or touches nothing that is asked for',
    table: 'mangle',
    chain: 'PREROUTING',
    rules: [
      ...QUIET,
      '-p tcp -m tcp -j ECN --ecn-tcp-remove',
      `-j TEE --gateway ${ADDRESS[4].near}`,
      '-m mark --mark 0',
    ],
    rules6: [...QUIET, `-j TEE --gateway ${ADDRESS[6].near}`, '-m mark --mark 0'],
  },
  {
    name: 'what is done on the way out',
    table: 'mangle',
    chain: 'POSTROUTING',
    rules: ['-j CLASSIFY --set-class 1:2', '-p udp -m udp -j CHECKSUM --checksum-fill', '-m mark --mark 0'],
  },
  ...(['OUTPUT', 'POSTROUTING'] as const).map((chain): Row => ({
    name: `a local packet in ${chain}`,
    table: 'mangle',
    chain,
    rules: [
      '-o eth7',
      '! -o eth7',
      '-o eth+',
      '-i eth7',
      '! -i eth7',
      '! -i lo',
      '-i lo',
      '-p udp -m udp --sport 41000 --dport 53',
      '-m conntrack --ctstate NEW',
      '-m addrtype --src-type LOCAL',
      '-m addrtype --dst-type UNICAST',
      '-m addrtype --dst-type LOCAL',
      '-m owner --socket-exists',
      '-m owner ! --socket-exists',
      '-m pkttype --pkt-type unicast',
      '-m length --length 33',
      '-m physdev ! --physdev-is-in',
      '-m conntrack --ctdir ORIGINAL',
      '-m conntrack --ctstatus CONFIRMED',
      '-m ttl --ttl-eq 64',
    ],
    rules6: [
      '-o eth7',
      '! -o eth7',
      '-i eth7',
      '! -i eth7',
      '! -i lo',
      '-i lo',
      '-p udp -m udp --sport 41000 --dport 53',
      '-m conntrack --ctstate NEW',
      '-m addrtype --src-type LOCAL',
      '-m addrtype --dst-type UNICAST',
      '-m addrtype --dst-type LOCAL',
      '-m owner --socket-exists',
      '-m owner ! --socket-exists',
      '-m pkttype --pkt-type unicast',
      '-m length --length 53',
      '-m physdev ! --physdev-is-in',
      '-m hl --hl-eq 64',
    ],
  })),
  {
    name: 'a raw OUTPUT',
    table: 'raw',
    chain: 'OUTPUT',
    rules: [
      '-o eth7',
      '-m conntrack --ctstate INVALID',
      '-j CT --notrack',
      '-m conntrack --ctstate UNTRACKED',
      '-m owner --socket-exists',
    ],
  },
];

describeOnKernel('effects', () => {
  let lab: Lab;
  beforeAll(() => {
    lab = new Lab('effect');
  });
  afterAll(() => lab.close());

  for (const backEnd of ['legacy', 'nft'] as const) {
    for (const family of [4, 6] as const) {
      it.each(ROWS)(`iptables-${backEnd} IPv${family}: $name`, (row) => {
        const isLocal = row.chain !== 'PREROUTING';
        const rules = family === 6 ? (row.rules6 ?? row.rules) : row.rules;
        lab.flush();
        lab.restore(
          backEnd,
          family,
          [
            `*${row.table}`,
            ':PROBE - [0:0]',
            `-A ${row.chain} -s ${ADDRESS[family][isLocal ? 'far' : 'near']} -p ${isLocal ? 'udp' : 'tcp'} -j PROBE`,
            ...rules.map((rule) => `-A PROBE ${rule}`),
            'COMMIT',
            '',
          ].join('\n'),
        );
        if (isLocal) sendLocal(lab, family);
        else lab.send([PACKETS[family]['syn']!]);
        const saved = parseIptablesSave(lab.save(backEnd, family), `iptables-${backEnd}`, family);
        const kernel = saved.tables
          .get(row.table)!
          .chains.get('PROBE')!
          .rules.filter(({ counters }) => !counters!.startsWith('0:'))
          .map(({ raw }) => raw);
        const outcomes = evaluateTable(
          saved,
          row.table,
          isLocal ? localQuestion(row, family) : receivedQuestion(row, family),
        );
        expect(kernel.length).toBeGreaterThan(1);
        expect(
          outcomes.map(({ steps }) => steps.filter(({ chain }) => chain === 'PROBE').map(({ raw }) => raw)),
        ).toEqual([kernel]);
      });
    }
  }
});

function receivedQuestion(row: Row, family: Family): NetfilterInput {
  const asked = questionOf(PACKETS[family]['syn']!, 'prerouting');
  return row.table === 'raw' ? { ...asked, ct: { ...asked.ct, state: 'INVALID' } } : asked;
}

function localQuestion(row: Row, family: Family): NetfilterInput {
  const { near, far } = ADDRESS[family];
  const asked = questionOf(
    { family, src: far, dst: near, protocol: 17, sport: 41_000, dport: 53, ttl: 64, tos: 0, payload: 5 },
    row.chain.toLowerCase() as Hook,
  );
  return {
    ...asked,
    packet: { ...asked.packet, src: ip(far), ttl: 64 },
    meta: { oif: 'eth7', isBridged: false, pkttype: 'host', isLocal: true },
    ct: row.table === 'raw' ? { ...asked.ct, state: 'INVALID' } : asked.ct,
  };
}

function sendLocal(lab: Lab, family: Family): void {
  const { near, far } = ADDRESS[family];
  lab.far(`conntrack -F 2>/dev/null; python3 -c "
import socket
s = socket.socket(socket.${family === 4 ? 'AF_INET' : 'AF_INET6'}, socket.SOCK_DGRAM)
s.bind(('${far}', 41000))
s.sendto(b'hello', ('${near}', 53))"`);
}
