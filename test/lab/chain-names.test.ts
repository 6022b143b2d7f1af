import { describe, expect, it } from 'vitest';
import { endpointChain, externalChain, firewallChain, localChain, serviceChain } from '../../lab/rules/chain-names.ts';

// as a real kube-proxy named them, see test/fixtures/captures/iptables-vxlan.skoop
const rows = [
  ['a service', serviceChain('shop/web:http', 'tcp'), 'KUBE-SVC-67NZLRHBNDSAWJRO'],
  ['its UDP port', serviceChain('shop/web:dns', 'udp'), 'KUBE-SVC-UDAYG4HHTBF7BYCC'],
  ['local endpoints', localChain('shop/solo-local:http', 'tcp'), 'KUBE-SVL-5UVSP2DNXDK4K4IB'],
  ['external addresses', externalChain('shop/web-lb:http', 'tcp'), 'KUBE-EXT-AKPB56V6DIC5CJT2'],
  ['source ranges', firewallChain('shop/web-lb:http', 'tcp'), 'KUBE-FW-AKPB56V6DIC5CJT2'],
  ['an IPv4 endpoint', endpointChain('shop/web:http', 'tcp', '10.77.1.2:8080'), 'KUBE-SEP-4HMC5SA777ZH54XA'],
  ['an IPv6 endpoint', endpointChain('shop/web:http', 'tcp', '[fd77::3]:8080'), 'KUBE-SEP-5Y22TLM2GPPBEGZT'],
] as const;

describe("names of kube-proxy's chains", () => {
  it.each(rows)('%s', (_, name, real) => {
    expect(name).toBe(real);
  });
});
