/** Matches on what the lab's packets are not: replies, translated connections, histories. */
import { describe, expect, it } from 'vitest';
import { ip } from '../../../src/model/address.ts';
import type { CtInfo, Tuple } from '../../../src/model/flow.ts';
import { port } from '../../../src/model/packet.ts';
import type { Asked } from './ask.ts';
import { ask } from './ask.ts';

const original: Tuple = {
  src: ip('10.244.1.7'),
  dst: ip('10.96.0.10'),
  protocol: 6,
  sport: { min: 32_768, max: 60_999 },
  dport: port(80),
};
const reply: Tuple = {
  src: ip('10.244.2.9'),
  dst: ip('10.244.1.7'),
  protocol: 6,
  sport: port(8080),
  dport: { min: 32_768, max: 60_999 },
};

/** A connection to a service, after its destination was translated. */
const translated: Partial<CtInfo> = { state: 'NEW', direction: 'original', original, reply, isDnat: true };
const answered: Partial<CtInfo> = { ...translated, state: 'ESTABLISHED', direction: 'reply' };

/** As it comes in from outside: a host out there may have sent it with any TTL. */
const FROM_OUTSIDE: Asked = { packet: { ttl: 63, ttls: { min: 1, max: 255 } } };

const NODE_NAME: Asked = { meta: { isLocal: true, iif: 'lo' } };

describe('matches', () => {
  it.each<[rule: string, what: string, asked: Asked, answer: 'matches' | 'misses' | 'unknown']>([
    ['-m conntrack --ctstate DNAT', 'a translated connection', { ct: translated }, 'matches'],
    ['-m conntrack --ctstate SNAT', 'a translated connection', { ct: translated }, 'misses'],
    ['-m conntrack ! --ctstate RELATED,ESTABLISHED,DNAT', 'a translated connection', { ct: translated }, 'misses'],
    ['-m conntrack --ctstate RELATED,ESTABLISHED', 'a reply', { ct: answered }, 'matches'],
    ['-m conntrack --ctstate NEW', 'a reply', { ct: answered }, 'misses'],
    ['-m conntrack --ctdir REPLY', 'a reply', { ct: answered }, 'matches'],
    ['-m conntrack --ctstatus SEEN_REPLY', 'a reply', { ct: answered }, 'matches'],
    ['-m conntrack --ctstatus ASSURED', 'a first reply', { ct: answered }, 'misses'],
    ['-m conntrack --ctstatus ASSURED', 'what follows', { ct: { ...answered, direction: 'original' } }, 'unknown'],
    ['-m conntrack --ctorigdst 10.96.0.10', 'a reply', { ct: answered }, 'matches'],
    ['-m conntrack --ctreplsrc 10.244.2.0/24', 'a translated connection', { ct: translated }, 'matches'],
    [
      '-m conntrack --ctorigdst 10.96.0.10 --ctorigdstport 80',
      'a translated connection',
      { ct: translated },
      'matches',
    ],
    ['-m conntrack --ctreplsrcport 80', 'a translated connection', { ct: translated }, 'misses'],
    ['-m conntrack --ctorigsrcport 1024:65535', 'a port that may be any', { ct: translated }, 'matches'],
    ['-m conntrack --ctorigsrcport 40000', 'a port that may be any', { ct: translated }, 'unknown'],
    ['-m conntrack --ctstate INVALID --ctproto 6', 'no connection', { ct: { state: 'INVALID' } }, 'matches'],
    ['-m conntrack --ctproto 6', 'no connection', { ct: { state: 'INVALID' } }, 'misses'],
    ['-m conntrack ! --ctproto 6', 'no connection', { ct: { state: 'UNTRACKED' } }, 'misses'],
    ['-m ttl --ttl-eq 64', 'a packet of the outside', FROM_OUTSIDE, 'unknown'],
    ['-m ttl ! --ttl-eq 64', 'a packet of the outside', FROM_OUTSIDE, 'unknown'],
    ['-m ttl --ttl-lt 64', 'a packet of the outside', FROM_OUTSIDE, 'unknown'],
    ['-m ttl --ttl-gt 0', 'a packet of the outside', FROM_OUTSIDE, 'matches'],
    ['-m ttl --ttl-lt 1', 'a packet of the outside', FROM_OUTSIDE, 'misses'],
    ['-m connlimit --connlimit-above 0', 'a first packet', { ct: translated }, 'matches'],
    [
      '-m connbytes --connbytes 2: --connbytes-mode packets --connbytes-dir original',
      'the next packet of a flow without replies',
      { ct: { ...translated, isOld: true } },
      'unknown',
    ],
    ['-m connmark ! --mark 0x1', 'no connection', { ct: { state: 'UNTRACKED' } }, 'misses'],
    [
      '-m connbytes --connbytes 2: --connbytes-mode packets --connbytes-dir both',
      'a reply',
      { ct: answered },
      'unknown',
    ],
    [
      '-m recent --rcheck --seconds 10800 --reap --name KUBE-SEP-AAAABBBBCCCCDDDD --mask 255.255.255.255 --rsource',
      'a client of kube-proxy without history',
      {},
      'misses',
    ],
    ['-m recent --set --name KUBE-SEP-AAAABBBBCCCCDDDD --mask 255.255.255.255 --rsource', 'any client', {}, 'matches'],
    ['-m recent --update --seconds 60 --hitcount 4 --name ssh --rsource', 'any client', {}, 'unknown'],
    ['-m nfacct --nfacct-name  ct_state_invalid_dropped_pkts', "kube-proxy's counter", {}, 'matches'],
    ['-m nfacct --nfacct-name mine', 'a counter that may have a quota', {}, 'unknown'],
    ['-m addrtype --dst-type LOCAL', 'routes that are not known', {}, 'unknown'],
    ['-m addrtype --dst-type LOCAL', 'a local address', { env: { addressType: () => 'LOCAL' } }, 'matches'],
    [
      '-m addrtype ! --dst-type LOCAL --src-type LOCAL',
      'an address of its own on one side',
      { env: { addressType: (address) => (address.text === '10.244.1.7' ? 'LOCAL' : 'UNICAST') } },
      'matches',
    ],
    ['-m set ! --match-set clients src', 'a set that is not known', {}, 'unknown'],
    ['-m set ! --match-set clients src', 'a set without the address', { env: { testSet: () => false } }, 'matches'],
    ['-m rpfilter --invert', 'no way back', { hook: 'prerouting', env: { hasReversePath: () => false } }, 'matches'],
    ['-m rpfilter --invert', 'loopback', { hook: 'prerouting', meta: { iif: 'lo' } }, 'misses'],
    [
      '-m socket --nowildcard',
      'a socket',
      { hook: 'prerouting', env: { hasSocket: (_packet, { nowildcard }) => nowildcard } },
      'matches',
    ],
    [
      '-m socket --restore-skmark',
      'a socket, with a mark that is not known',
      { hook: 'prerouting', env: { hasSocket: () => true } },
      'unknown',
    ],
    ['-m mac --mac-source 02:00:00:00:00:0A', 'a frame', { meta: { srcMac: '02:00:00:00:00:0a' } }, 'matches'],
    ['-m mac ! --mac-source 02:00:00:00:00:0A', 'no Ethernet', NODE_NAME, 'misses'],
    ['-m owner --uid-owner 0', 'a local packet', { meta: { isLocal: true } }, 'unknown'],
    ['-m owner --socket-exists', 'a local packet', { meta: { isLocal: true } }, 'matches'],
    ['-m owner ! --uid-owner 0 ! --gid-owner 0', 'a forwarded packet', {}, 'matches'],
    [
      '-m pkttype --pkt-type multicast',
      'its own echo to a group',
      { meta: { pkttype: 'loopback' }, packet: { dst: ip('224.0.0.5') } },
      'matches',
    ],
    [
      '-p icmp -m icmp --icmp-type 3/4',
      'a fragmentation-needed',
      { packet: { protocol: 1, icmpType: 3, icmpCode: 4 } },
      'matches',
    ],
    [
      '-p icmp -m icmp ! --icmp-type 3/4',
      'a port-unreachable',
      { packet: { protocol: 1, icmpType: 3, icmpCode: 3 } },
      'matches',
    ],
    ['-p esp -m esp --espspi 5', 'an ESP packet', { packet: { protocol: 50 } }, 'unknown'],
    ['-p tcp --dport 80', 'port 80, without -m tcp', {}, 'matches'],
    ['-p tcp ! --dport 80', 'port 80, without -m tcp', {}, 'misses'],
  ])('%s: %s', (rule, _what, asked, answer) => {
    const outcomes = ask(`-A ${(asked.hook ?? 'forward').toUpperCase()} ${rule} -j DROP`, {
      ...asked,
      table: 'mangle',
    });
    const verdicts = outcomes.map(({ verdict }) => verdict.kind);
    expect(verdicts).toEqual({ matches: ['drop'], misses: ['accept'], unknown: ['drop', 'accept'] }[answer]);
  });

  it('connlimit may itself drop a reply, before a later match is asked', () => {
    const rule = '-A FORWARD -p tcp -m connlimit --connlimit-above 0 -m tcp --dport 1 -j RETURN';
    const outcomes = ask(rule, { ct: answered, table: 'mangle' });
    expect(outcomes.map(({ verdict }) => verdict.kind)).toContain('drop');
    expect(outcomes.map(({ verdict }) => verdict.kind)).toContain('accept');
  });
});
