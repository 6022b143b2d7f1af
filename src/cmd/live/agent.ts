/** `skoop agent install|status|uninstall`. */
import { setTimeout as sleep } from 'node:timers/promises';
import { agentState, installAgent, removeAgent } from '../../collector/live/agent-set.ts';
import type { AgentState } from '../../collector/live/agent-set.ts';
import { explainRefusal } from '../../collector/live/index.ts';
import type { ApiServer } from '../../k8s/client/api-server.ts';
import type { CommandInput } from '../command.ts';
import { DONE, FAILED } from '../exit-code.ts';
import { imageFlags, namespaceFlags } from '../live-flags.ts';
import { VERSION } from '../version.ts';
import { collectorImage } from './identity.ts';
import { progressOf } from './progress.ts';
import { connectTo } from './session.ts';

export async function runAgentInstall(input: CommandInput): Promise<number> {
  return withCluster(input, async (api, namespace) => {
    const { context, terminal } = input;
    const how = await installAgent(api, namespace, { image: collectorImage(context), version: VERSION }).catch(
      (error: unknown) => {
        throw explainRefusal(error, namespace);
      },
    );
    progressOf(input).say(`${how}; waiting for its pods`);
    const state = await untilReady(api, namespace, context.values(imageFlags)['collector-pod-wait-timeout']);
    await terminal.write(describe(state, namespace));
    return isWhole(state) ? DONE : FAILED;
  });
}

export async function runAgentStatus(input: CommandInput): Promise<number> {
  return withCluster(input, async (api, namespace) => {
    const state = await agentState(api, namespace);
    await input.terminal.write(describe(state, namespace));
    return DONE;
  });
}

export async function runAgentUninstall(input: CommandInput): Promise<number> {
  return withCluster(input, async (api, namespace) => {
    const isThere = (await agentState(api, namespace)) !== undefined;
    await removeAgent(api, namespace);
    await input.terminal.write(
      isThere ? `removed the agent from namespace ${namespace}\n` : `no agent in namespace ${namespace}\n`,
    );
    return DONE;
  });
}

async function withCluster(
  { context, terminal }: CommandInput,
  work: (api: ApiServer, namespace: string) => Promise<number>,
): Promise<number> {
  const api = await connectTo(context, terminal);
  try {
    return await work(api, context.values(namespaceFlags)['collector-namespace']);
  } finally {
    api.close();
  }
}

/** Looks twice a second: there is no hurry, and the pods of a replaced agent go while the new ones come. */
async function untilReady(api: ApiServer, namespace: string, timeLimit: number): Promise<AgentState | undefined> {
  const began = performance.now();
  for (;;) {
    const state = await agentState(api, namespace);
    if (isWhole(state) || performance.now() - began > timeLimit) return state;
    await sleep(500);
  }
}

function isWhole(state: AgentState | undefined): boolean {
  return state !== undefined && state.ready >= state.wanted && state.pods.every(({ isReady }) => isReady);
}

function describe(state: AgentState | undefined, namespace: string): string {
  if (state === undefined) return `no agent in namespace ${namespace}; skoop agent install puts it up\n`;
  const of = Number.isNaN(state.wanted) ? '' : ` of ${state.wanted}`;
  const lines = [
    `agent ${state.version} in namespace ${namespace}, image ${state.image}: runs on ${state.ready}${of} nodes`,
    ...state.pods.flatMap(({ node, why }) => (why === undefined ? [] : [`  ${node}: ${why}`])),
  ];
  return `${lines.join('\n')}\n`;
}
