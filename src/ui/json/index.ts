/** A result as JSON: KubeSkoop's DiagnoseSummary, so that tools made for it read ours, and our additions beside it. */
import type { Endpoint } from '../../model/endpoint.ts';
import type { Branch, Leg, PacketPath } from '../../model/path.ts';
import type { Step } from '../../model/step.ts';
import type { DiagnoseResult } from '../json-schema.ts';
import { linksJson, nodesJson } from './graph.ts';
import { packetJson } from './packet.ts';
import { suspicionJson } from './suspicion.ts';

type LegJson = DiagnoseResult['branches'][number]['forward'];

/** Plain data of the shape in `schema/result.json`; equal paths give equal results, in the same order of keys. */
export function toJson(path: PacketPath): DiagnoseResult {
  const { question } = path;
  return {
    schema: 1,
    verdict: path.verdict,
    reason: path.reason,
    summary: path.summary,
    question: {
      src: endpointJson(question.src),
      dst: endpointJson(question.dst),
      port: question.port,
      protocol: question.protocol,
    },
    decidedBy: path.decidedBy.map(({ node, evidence }) => ({ node, evidence: { ...evidence } })),
    cluster: { suspicions: path.suspicions.map(suspicionJson) },
    nodes: nodesJson(path),
    ...linksJson(path),
    branches: path.branches.map(branchJson),
    ...(path.probe === undefined ? {} : { probe: { ...path.probe } }),
    assumptions: [...path.assumptions],
    detected: path.detected.map(({ what, value, from }) => ({ what, value, from })),
  };
}

function endpointJson({ type, id, ip, asked, note }: Endpoint): DiagnoseResult['question']['src'] {
  return { type, id, address: ip.text, asked, ...(note === undefined ? {} : { note }) };
}

function branchJson(branch: Branch): DiagnoseResult['branches'][number] {
  return {
    verdict: branch.verdict,
    reason: branch.reason,
    ...(branch.probability === undefined ? {} : { share: branch.probability }),
    forks: branch.forks.map((fork) => ({ ...fork })),
    forward: legJson(branch.forward),
    ...(branch.reply === undefined ? {} : { reply: legJson(branch.reply) }),
    ...(branch.established === undefined ? {} : { established: legJson(branch.established) }),
    ...(branch.seenByServer === undefined ? {} : { seenByServer: { ...branch.seenByServer } }),
  };
}

function legJson({ hops, ending }: Leg): LegJson {
  return {
    hops: hops.map((hop) => ({
      node: hop.node,
      type: hop.nodeType,
      action: hop.action,
      ...(hop.ingress === undefined ? {} : { ingress: hop.ingress }),
      ...(hop.egress === undefined ? {} : { egress: hop.egress }),
      packet: packetJson(hop.packet),
      steps: hop.steps.map(stepJson),
    })),
    ending: { ...ending, evidence: [...ending.evidence] },
  };
}

function stepJson(step: Step): LegJson['hops'][number]['steps'][number] {
  if (step.kind === 'rule') return { ...step };
  const { evidence, ...rest } = step;
  return { ...rest, ...(evidence === undefined ? {} : { evidence: [...evidence] }) };
}
