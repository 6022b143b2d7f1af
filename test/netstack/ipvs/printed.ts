/** What Linux 6.1 and ipvsadm 1.31 printed of the same virtual services: `ipvsadm -A -u 10.96.0.10:53 -s sh -b sh-fallback,sh-port -p 300` and so on. */

export const PROC = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  [fd96:0000:0000:0000:0000:0000:0000:0010]:0050 wrr persistent 2700000 80000000
  -> [fd00:0000:0000:0000:0000:0000:0000:0002]:1F90      Masq    1      0          0         
TCP  0A60000A:0050 rr  
  -> 0A000003:1F90      Masq    0      0          0         
  -> 0A000002:1F90      Masq    1      0          2         
UDP  0A60000A:0036 mh ops  
UDP  0A60000A:0035 sh  persistent 75000 FFFFFFFF
  -> 0A000003:0035      Route   7      0          0         
  -> 0A000002:0035      Tunnel  1      0          0         
UDP  [fd96:0000:0000:0000:0000:0000:0000:0010]:0035 wlc 
TCP  0A60000B:00C1 lblcr  
SCTP  0A60000A:0063 fo  
FWM  00000007 lc persistent 5000 FFFF0000
  -> 0A000002:0000      Tunnel  1      0          0         
FWM  00000008 sed 
  -> [fd00:0000:0000:0000:0000:0000:0000:0002]:0000      Tunnel  1      0          0         
`;

export const SAVE = `-A -t 10.96.0.10:80 -s rr
-a -t 10.96.0.10:80 -r 10.0.0.2:8080 -m -w 1
-a -t 10.96.0.10:80 -r 10.0.0.3:8080 -m -w 0
-A -t 10.96.0.11:193 -s lblcr
-A -u 10.96.0.10:53 -s sh -p 300 -b sh-fallback,sh-port
-a -u 10.96.0.10:53 -r 10.0.0.2:53 -i -w 1 --tun-type ipip
-a -u 10.96.0.10:53 -r 10.0.0.3:53 -g -w 7
-A -u 10.96.0.10:54 -s mh -o -b mh-port
-A --sctp-service 10.96.0.10:99 -s fo
-A -t [fd96::10]:80 -s wrr -p 10800
-a -t [fd96::10]:80 -r [fd00::2]:8080 -m -w 1
-A -u [fd96::10]:53 -s wlc -o
-A -f 7 -s lc -p 20 -M 255.255.0.0
-a -f 7 -r 10.0.0.2:0 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum
-A -f 8 -6 -s sed
-a -f 8 -6 -r [fd00::2]:0 -i -w 1 --tun-type gre --tun-nocsum
`;

/** \`grep ' 0000 ' /proc/net/ip_vs_conn\`: what a persistent service remembers, and a connection that came with the port 0. */
export const TEMPLATES = `TCP 0A4D0002 0000 0A60000A 0050 0A000002 1F90 NONE        298
TCP 0A4D0002 A32D 0A60000A 0000 0A000002 1F90 SYN_RECV         58
IP  0A4D0000 0000 00000007 0000 0A000002 0000 NONE         20
`;
