/** Rules with targets, IPv4 and where it differs IPv6; an empty text where a family has none. */

type Texts = readonly (readonly [four: string, six?: string])[];

export const TARGETS: Texts = [
  ['-A PREROUTING -j WEB-FRONT'],
  ['-A PREROUTING -g WEB-FRONT'],
  ['-A WEB-FRONT -j RETURN'],
  [
    '-A FORWARD ! -s 10.0.0.0/8 ! -d 10.1.0.0/16 ! -i eth0 ! -o cali+ ! -p udp -j DROP',
    '-A FORWARD ! -s fd00::/8 ! -d fd01::/16 ! -i eth0 ! -o cali+ ! -p udp -j DROP',
  ],
  ['-A PREROUTING -j MARK --set-mark 0x4000/0x4000'],
  ['-A PREROUTING -j MARK --or-mark 1'],
  ['-A PREROUTING -j MARK --and-mark 0xff'],
  ['-A PREROUTING -j MARK --xor-mark 3'],
  ['-A PREROUTING -j CONNMARK --save-mark'],
  ['-A PREROUTING -j CONNMARK --restore-mark --nfmask 0xff --ctmask 0xff00'],
  ['-A PREROUTING -j CONNMARK --set-xmark 0x1/0xf'],
  ['-A PREROUTING -j DSCP --set-dscp-class EF'],
  ['-A PREROUTING -j TOS --set-tos 0x10'],
  ['-A PREROUTING -j TOS --and-tos 0xf0'],
  ['-A PREROUTING -j TTL --ttl-set 64', '-A PREROUTING -j HL --hl-set 64'],
  ['-A PREROUTING -j TTL --ttl-dec 1', '-A PREROUTING -j HL --hl-inc 1'],
  ['-A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu'],
  ['-A POSTROUTING -j CLASSIFY --set-class 1:2'],
  ['-A POSTROUTING -p udp -j CHECKSUM --checksum-fill'],
  ['-A FORWARD -j LOG --log-prefix "it\'s \\"dropped\\" \\\\ -j x" --log-level 4 --log-uid'],
  ['-A FORWARD -j NFLOG --nflog-group 3 --nflog-prefix "a b"'],
  [
    '-A PREROUTING -p tcp -j TPROXY --on-port 15001 --tproxy-mark 1/0xff',
    '-A PREROUTING -p udp -j TPROXY --on-port 15001 --on-ip ::1 --tproxy-mark 1',
  ],
  ['-A FORWARD -j SET --add-set clients src --exist', '-A FORWARD -j SET --del-set clients6 dst'],
  ['-A FORWARD -j NFQUEUE --queue-num 2 --queue-bypass'],
  ['-A FORWARD -j NFQUEUE --queue-balance 0:3'],
];

export const NAT_TARGETS: Texts = [
  [
    '-A PREROUTING -p tcp -j DNAT --to-destination 10.244.0.5:8080',
    '-A PREROUTING -p tcp -j DNAT --to-destination [fd00::5]:8080',
  ],
  [
    '-A OUTPUT -j DNAT --to-destination 10.244.0.5-10.244.0.9 --random --persistent',
    '-A OUTPUT -j DNAT --to-destination fd00::5-fd00::9 --persistent',
  ],
  ['-A PREROUTING -p udp -j DNAT --to-destination :53', '-A PREROUTING -p udp -j DNAT --to-destination :53'],
  ['-A POSTROUTING -j SNAT --to-source 192.168.0.1', '-A POSTROUTING -j SNAT --to-source fd00::1'],
  [
    '-A POSTROUTING -p tcp -j SNAT --to-source 192.168.0.1:1024-2048 --random-fully',
    '-A POSTROUTING -p tcp -j SNAT --to-source [fd00::1]:1024-2048 --random-fully',
  ],
  ['-A INPUT -j SNAT --to-source 192.168.0.1', '-A INPUT -j SNAT --to-source fd00::1'],
  ['-A POSTROUTING -j MASQUERADE'],
  ['-A POSTROUTING -p tcp -j MASQUERADE --to-ports 2000-3000 --random'],
  ['-A POSTROUTING -j MASQUERADE --random-fully'],
  ['-A PREROUTING -p tcp -j REDIRECT --to-ports 15001'],
  ['-A OUTPUT -j REDIRECT'],
  ['-A PREROUTING -j NETMAP --to 192.168.4.0/24', '-A PREROUTING -j NETMAP --to fd00:4::/64'],
];
