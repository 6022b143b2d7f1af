/** Faults of rules, on a node and in a pod. */
import { commands, far, type Fault, type Line } from './fault.ts';

const IPTABLES = ['iptables -w', 'ip6tables -w'] as const;
const SERVER = 'shop/solo';

function rule(place: Parameters<typeof commands>[0], line: Line): Pick<Fault, 'make' | 'mend'> {
  return commands(
    place,
    (scene, at) => `${IPTABLES[at]} -I ${line(scene, at)}`,
    (scene, at) => `${IPTABLES[at]} -D ${line(scene, at)}`,
  );
}

export const RULES: readonly Fault[] = [
  {
    name: 'a rule of the node drops what it forwards to the pod',
    ...rule(far, ({ solo }, at) => `FORWARD -d ${solo[at]} -p tcp --dport 8080 -j DROP`),
    finds: 'PACKET_DROPPED',
  },
  {
    name: 'a rule of the node refuses what it forwards to the pod',
    ...rule(far, ({ solo }, at) => `FORWARD -d ${solo[at]} -p tcp --dport 8080 -j REJECT`),
    finds: 'PACKET_REJECTED',
  },
  {
    name: 'a rule of the node resets connections to the pod',
    ...rule(far, ({ solo }, at) => `FORWARD -d ${solo[at]} -p tcp --dport 8080 -j REJECT --reject-with tcp-reset`),
    finds: 'PACKET_REJECTED',
  },
  {
    name: 'a rule in the pod drops what comes in',
    ...rule(
      () => SERVER,
      () => 'INPUT -p tcp --dport 8080 -j DROP',
    ),
    finds: 'PACKET_DROPPED',
  },
  {
    name: 'a rule in the pod drops its answers',
    ...rule(
      () => SERVER,
      () => 'OUTPUT -p tcp --sport 8080 -j DROP',
    ),
    finds: 'REPLY_LOST',
  },
];
