/** What is said of a device whose kind is not modelled: who decides what becomes of its packets. */
import type { NetLink } from './state.ts';

const DECIDED_BY: Readonly<Record<string, string>> = {
  openvswitch: 'the flows of Open vSwitch decide what it does',
  tun: 'a program holds its other end',
  tap: 'a program holds its other end',
  macvtap: 'a program holds its other end',
  ipvtap: 'a program holds its other end',
  netkit: 'BPF programs decide what it does',
  xfrm: 'IPsec decides what it does',
  vti: 'IPsec decides what it does',
  vti6: 'IPsec decides what it does',
  ovpn: 'OpenVPN decides what it does',
  team: 'a daemon decides what it does',
  macsec: 'its keys decide what it does',
};

/** `kind`: as the link has it. The sentence goes on after the device's name and place. */
export function sayUnsupported({ kind }: NetLink): string {
  const name = kind.kind === 'unsupported' ? kind.name : kind.kind;
  const article = /^[aeiox]/.test(name) ? 'an' : 'a';
  return `is ${article} ${name} device, which is not modelled (${DECIDED_BY[name] ?? 'this version does not know its kind'})`;
}
