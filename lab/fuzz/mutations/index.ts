/** Every kind of mutation. A new kind is a file beside this one and a line here. */
import { addresses } from './addresses.ts';
import { chains } from './chains.ts';
import { iptables } from './iptables.ts';
import { ipsets } from './ipsets.ts';
import { links } from './links.ts';
import type { Mutation } from './mutation.ts';
import { nat } from './nat.ts';
import { neighbours } from './neighbours.ts';
import { nftables } from './nftables.ts';
import { policyRules } from './policy-rules.ts';
import { routes } from './routes.ts';
import { sysctls } from './sysctls.ts';

export const MUTATIONS: readonly Mutation[] = [
  addresses,
  chains,
  ipsets,
  iptables,
  links,
  nat,
  neighbours,
  nftables,
  policyRules,
  routes,
  sysctls,
];
