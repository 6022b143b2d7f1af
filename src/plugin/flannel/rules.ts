/** flannel's rules, judged by what they do: pod traffic passes FORWARD, and what leaves the pod network is masqueraded. */
import { contains, isMulticast } from '../../model/address.ts';
import type { IP } from '../../model/address.ts';
import { PROTOCOL } from '../../model/packet.ts';
import { LEVEL } from '../../model/suspicion.ts';
import type { Suspicion } from '../../model/suspicion.ts';
import { complain, firstPacket, RuleProbe } from '../../assertions/index.ts';
import type { ProbeEnd } from '../../assertions/index.ts';
import type { Scene } from './scene.ts';

/** Any port will do: flannel's rules do not look at ports. */
const PORT = 80;

/** Only where the chain's policy stops pod traffic: a rule that stops it was meant by somebody. */
export function checkForwardRules(scene: Scene): readonly Suspicion[] {
  const { host, family, config, check } = scene;
  const held = [...check.view.pods.values()].flatMap((ns) => (ns.addresses.ok ? ns.addresses.value : []));
  const local = held.find((one) => isPodAddress(scene, one.ip))?.ip;
  const remote = scene.peers.flatMap((peer) => peer.peer.addresses).find((ip) => isPodAddress(scene, ip));
  if (local === undefined || remote === undefined) return [];
  for (const [src, dst] of [
    [local, remote],
    [remote, local],
  ] as const) {
    const stop = probe(scene, src, dst, { table: 'filter', hook: 'forward' }).ended.find(
      (end) => (end.kind === 'drop' || end.kind === 'reject') && end.by?.kind === 'policy',
    );
    if (stop === undefined) continue;
    const networks = config.networks.filter((block) => block.ip.family === family).map((block) => block.text);
    const tool = family === 4 ? 'iptables' : 'ip6tables';
    return [
      complain(
        host,
        {
          code: 'FORWARD_RULES_MISSING',
          level: LEVEL.critical,
          message: `the policy of FORWARD on ${host.id} drops packets from ${src.text} to ${dst.text}: flannel's rules that accept pod traffic are missing`,
          remedy: `restart flannel on ${host.id}; until then: ${networks.map((block) => `${tool} -I FORWARD -s ${block} -j ACCEPT; ${tool} -I FORWARD -d ${block} -j ACCEPT`).join('; ')}`,
        },
        stop.by === undefined ? [] : [stop.by],
      ),
    ];
  }
  return [];
}

export function checkMasquerade(scene: Scene): readonly Suspicion[] {
  const { host, family, config, check } = scene;
  const flow = check.leaving;
  if (flow === undefined || flow.src.family !== family || !config.ipMasq.value || config.isNftables) return [];
  if (
    !isPodAddress(scene, flow.src) ||
    isPodAddress(scene, flow.dst) ||
    isMulticast(flow.dst) ||
    host.ns.owner(flow.dst) !== undefined
  )
    return [];
  const { ended, passed, isKnown } = probe(scene, flow.src, flow.dst, { table: 'nat', hook: 'postrouting' });
  if (!isKnown || !passed || ended.some((end) => end.kind === 'nat' || end.kind === 'unknown')) return [];
  return [
    complain(
      host,
      {
        code: 'MASQUERADE_MISSING',
        level: LEVEL.critical,
        message: `${host.id} does not masquerade packets from ${flow.src.text} to ${flow.dst.text}: nobody outside knows the way back to a pod`,
        remedy: `restart flannel on ${host.id}, which writes its masquerade rules (--ip-masq is on)`,
      },
      [{ kind: 'object', raw: 'ip-masq: true', where: config.ipMasq.from }],
    ),
  ];
}

interface Probed {
  readonly ended: readonly ProbeEnd[];
  readonly passed: boolean;
  readonly isKnown: boolean;
}

function probe({ host }: Scene, src: IP, dst: IP, at: Parameters<RuleProbe['run']>[0]): Probed {
  const rules = host.ns.iptables(dst.family);
  if (!rules.ok) return { ended: [], passed: false, isKnown: false };
  const asked = new RuleProbe({
    host: host.ns,
    rules: rules.value,
    packet: firstPacket({ src, dst, protocol: PROTOCOL.tcp, port: PORT }),
    isLocal: false,
    ...(at.table === 'filter' ? { isIptablesAlone: true as const } : {}),
  });
  const ended: ProbeEnd[] = [];
  const left = asked.run(at, [asked.first()], ended);
  return { ended, passed: left.length > 0, isKnown: true };
}

function isPodAddress({ config, family }: Scene, ip: IP): boolean {
  return ip.family === family && config.networks.some((block) => contains(block, ip));
}
