/** `skoop doctor`: whether this cluster can be diagnosed by this account, before anything is started. */
import { findAgents } from '../../collector/live/index.ts';
import type { ApiServer } from '../../k8s/client/api-server.ts';
import { ApiError } from '../../k8s/client/api-error.ts';
import { at, flag, text } from '../../k8s/fields.ts';
import { readMeta } from '../../k8s/object-meta.ts';
import { describeFacts, detectCluster, IPCache } from '../../k8s/index.ts';
import { choosePlugin } from '../../plugin/index.ts';
import type { CommandInput } from '../command.ts';
import { DONE } from '../exit-code.ts';
import { namespaceFlags } from '../live-flags.ts';
import { collectorImage } from './identity.ts';
import { RIGHTS, describeRight } from './rights.ts';
import type { Right } from './rights.ts';
import { connectTo } from './session.ts';

/** `ok`, `note`: works, with less; `bad`: does not. */
interface Finding {
  readonly state: 'ok' | 'note' | 'bad';
  readonly text: string;
  readonly remedy?: string;
}

const MARKS = { ok: '✓', note: '!', bad: '✗' } as const;

/** 0 where a diagnosis can be made, 1 where something that it needs is missing. */
export async function runDoctor(input: CommandInput): Promise<number> {
  const { context, terminal } = input;
  let isBad = false;
  const say = async ({ state, text: line, remedy }: Finding): Promise<void> => {
    isBad ||= state === 'bad';
    await terminal.write(`${MARKS[state]} ${line}\n${remedy === undefined ? '' : `    ${remedy}\n`}`);
  };
  const api = await connectTo(context, terminal);
  try {
    const namespace = context.values(namespaceFlags)['collector-namespace'];
    const answers = await serverOf(api);
    await say(answers);
    if (answers.state === 'bad') return 1;
    for (const finding of await rightsOf(api, namespace)) await say(finding);
    for (const finding of await namespaceOf(api, namespace)) await say(finding);
    const { image, pullPolicy } = collectorImage(context);
    await say({
      state: 'ok',
      text: `collector image ${image}, pulled ${pullPolicy}: each node must be able to get it`,
    });
    for (const finding of await clusterOf(api, input)) await say(finding);
    await terminal.write(isBad ? 'A diagnosis will not be complete here.\n' : 'Ready to diagnose.\n');
    return isBad ? 1 : DONE;
  } finally {
    api.close();
  }
}

async function serverOf(api: ApiServer): Promise<Finding> {
  const { server, context, user } = api.about;
  const who = context === undefined ? '' : ` (context ${context}${user === undefined ? '' : `, user ${user}`})`;
  try {
    const version = text(at(await api.get('/version')), 'gitVersion') ?? 'of unknown version';
    return { state: 'ok', text: `API server ${server} answers${who}: Kubernetes ${version}` };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { state: 'bad', text: error.message, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) };
  }
}

/** One question for each right: that is what every account may ask about itself. */
async function rightsOf(api: ApiServer, namespace: string): Promise<readonly Finding[]> {
  const asked = await Promise.all(
    RIGHTS.map(async (right) => ({ right, isAllowed: await isAllowed(api, right, namespace) })),
  );
  const missing = asked.filter(({ isAllowed: is }) => !is);
  const allowed = asked.length - missing.length;
  return [
    ...(allowed === 0 ? [] : [{ state: 'ok' as const, text: `${allowed} of ${asked.length} rights are there` }]),
    ...missing.map(({ right }): Finding => ({
      state: right.isNeeded ? 'bad' : 'note',
      text: `may not ${describeRight(right, namespace)}: ${right.reason}`,
      remedy: 'deploy/rbac.yaml has all rights that skoop needs.',
    })),
  ];
}

async function isAllowed(api: ApiServer, right: Right, namespace: string): Promise<boolean> {
  const [resource, subresource] = right.resource.split('/');
  const review = await api.create('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    apiVersion: 'authorization.k8s.io/v1',
    kind: 'SelfSubjectAccessReview',
    spec: {
      resourceAttributes: {
        verb: right.verb,
        group: right.group,
        resource,
        ...(subresource === undefined ? {} : { subresource }),
        ...(right.scope === 'collector' ? { namespace } : {}),
        ...(right.name === undefined ? {} : { name: right.name.name, namespace: right.name.namespace }),
      },
    },
  });
  return flag(at(review, 'status'), 'allowed') === true;
}

async function namespaceOf(api: ApiServer, namespace: string): Promise<readonly Finding[]> {
  try {
    // By the right that a diagnosis has a use for: to get a single one is another.
    const only = { fieldSelector: `metadata.name=${namespace}` };
    const [found] = await api.list('/api/v1/namespaces', readMeta, only);
    if (found === undefined)
      return [
        { state: 'note', text: `there is no namespace ${namespace} yet: the first diagnosis makes it, where it may` },
      ];
    const level = found.labels.get('pod-security.kubernetes.io/enforce');
    if (level === undefined || level === 'privileged')
      return [
        {
          state: 'ok',
          text: `namespace ${namespace} is there${level === undefined ? '' : ' and lets privileged pods run'}`,
        },
      ];
    return [
      {
        state: 'bad',
        text: `Pod Security of namespace ${namespace} is ${level}, which refuses collector pods`,
        remedy: `kubectl label --overwrite namespace ${namespace} pod-security.kubernetes.io/enforce=privileged, or --collector-namespace NAME`,
      },
    ];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [{ state: 'note', text: `namespace ${namespace} can not be looked at: ${error.message}` }];
  }
}

async function clusterOf(api: ApiServer, { context }: CommandInput): Promise<readonly Finding[]> {
  const { fetchClusterObjects } = await import('../../k8s/client/cluster-objects.ts');
  try {
    const { objects } = await fetchClusterObjects(api);
    const cache = new IPCache(objects);
    const cluster = detectCluster(cache, context);
    const { plugin, detection } = choosePlugin(cluster, context);
    const facts = [
      { what: 'network plugin', value: detection.plugin, from: detection.from },
      ...plugin.describe(cluster),
      ...describeFacts(cluster.facts),
    ];
    const hasMode = facts.some(({ what }) => what === 'proxy mode');
    const silent = cache.nodes.filter((node) => !node.isReady);
    const agents = findAgents(cache);
    return [
      ...facts.map(({ what, value, from }): Finding => ({ state: 'ok', text: `${what}: ${value} (${from})` })),
      ...(hasMode ? [] : [{ state: 'ok' as const, text: 'proxy mode: no object says it; the rules of each node do' }]),
      {
        state: silent.length === 0 ? 'ok' : 'note',
        text: `${cache.nodes.length - silent.length} of ${cache.nodes.length} nodes are ready${silent.length === 0 ? '' : `; not ${silent.map(({ name }) => name).join(', ')}`}`,
      },
      {
        state: 'ok',
        text:
          agents.size === 0
            ? 'no agent: collector pods are started for each diagnosis (skoop agent install makes them faster)'
            : `the agent runs on ${agents.size} of ${cache.nodes.length} nodes`,
      },
    ];
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return [{ state: 'bad', text: error.message, ...(error.remedy === undefined ? {} : { remedy: error.remedy }) }];
  }
}
