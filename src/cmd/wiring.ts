/** The one place that knows every command and every module's flags. The work itself is imported when it is asked for. */
import type { FlagGroup } from '../context/flags.ts';
import { clusterFlags } from '../k8s/flags.ts';
import { flannelFlags } from '../plugin/flannel/flags.ts';
import { calicoFlags, pluginFlags } from '../plugin/flags.ts';
import type { Command } from './command.ts';
import { aliyunFlags, cloudFlags } from './compat-flags.ts';
import { bundleFlags, logFlags, miscFlags, taskFlags, uiFlags } from './flags.ts';
import { collectFlags } from './collect-flags.ts';
import {
  cleanupFlags,
  collectorFlags,
  imageFlags,
  liveClusterFlags,
  namespaceFlags,
  progressFlags,
} from './live-flags.ts';
import { captureFlags } from './capture-flags.ts';
import { createFlags, redactFlags } from './bundle-flags.ts';

/** Flags that every command takes. */
const everywhere: readonly FlagGroup[] = [logFlags, miscFlags];

/** Flags of the modules that take part in a diagnosis. */
const modules: readonly FlagGroup[] = [
  clusterFlags,
  pluginFlags,
  cloudFlags,
  flannelFlags,
  calicoFlags,
  liveClusterFlags,
  namespaceFlags,
  imageFlags,
  collectorFlags,
  progressFlags,
  aliyunFlags,
];

/** What finds a cluster and the place of the collector in it. */
const live: readonly FlagGroup[] = [liveClusterFlags, namespaceFlags, progressFlags, ...everywhere];

const collect: Command = {
  name: 'collect',
  summary: "take this machine's network state",
  groups: [collectFlags, ...everywhere],
  examples: [
    'sudo skoop collect -o node-a.dump',
    'skoop collect --print-script | ssh node-a sudo sh -s -- -n node-a > node-a.dump',
  ],
  run: async (input) => (await import('./collect.ts')).runCollect(input),
};

const bundle: Command = {
  name: 'bundle',
  summary: 'make a bundle, or look into one',
  groups: everywhere,
  commands: [
    {
      name: 'create',
      summary: "one file from a cluster's objects and its nodes' dumps",
      groups: [createFlags, redactFlags, ...everywhere],
      examples: ['skoop bundle create --objects objects.json --dump node-a.dump node-b.dump -o incident.skoop'],
      run: async (input) => (await import('./bundle.ts')).runBundleCreate(input),
    },
    {
      name: 'capture',
      summary: 'a running cluster, or some of its nodes',
      groups: [captureFlags, redactFlags, imageFlags, collectorFlags, ...live],
      examples: ['skoop bundle capture --nodes node-a,node-b -o incident.skoop'],
      run: async (input) => (await import('./live/capture.ts')).runCapture(input),
    },
    {
      name: 'show',
      summary: 'what is inside',
      args: [{ name: 'file', isRequired: true, help: 'the bundle' }],
      groups: everywhere,
      run: async (input) => (await import('./bundle.ts')).runBundleShow(input),
    },
    {
      name: 'check',
      summary: 'whether all of it can be read',
      args: [{ name: 'file', isRequired: true, help: 'the bundle' }],
      groups: everywhere,
      run: async (input) => (await import('./bundle.ts')).runBundleCheck(input),
    },
  ],
};

const agent: Command = {
  name: 'agent',
  summary: 'a pod on every node that sleeps until it is asked: diagnoses start at once',
  groups: everywhere,
  commands: [
    {
      name: 'install',
      summary: 'put it up, or replace it by this version',
      groups: [imageFlags, ...live],
      run: async (input) => (await import('./live/agent.ts')).runAgentInstall(input),
    },
    {
      name: 'status',
      summary: 'where it runs',
      groups: live,
      run: async (input) => (await import('./live/agent.ts')).runAgentStatus(input),
    },
    {
      name: 'uninstall',
      summary: 'take it down',
      groups: live,
      run: async (input) => (await import('./live/agent.ts')).runAgentUninstall(input),
    },
  ],
};

const cleanup: Command = {
  name: 'cleanup',
  summary: 'remove collector pods that a run left behind',
  groups: [cleanupFlags, ...live],
  run: async (input) => (await import('./live/cleanup.ts')).runCleanup(input),
};

const doctor: Command = {
  name: 'doctor',
  summary: 'whether a running cluster can be diagnosed, and what is missing',
  groups: [imageFlags, collectorFlags, ...live],
  run: async (input) => (await import('./live/doctor.ts')).runDoctor(input),
};

const explain: Command = {
  name: 'explain',
  summary: 'what a finding means, how to confirm it and how to mend it',
  args: [{ name: 'code', isRequired: false, help: 'such as NO_ROUTE; all codes where absent' }],
  groups: everywhere,
  run: async (input) => (await import('./explain.ts')).runExplain(input),
};

const completion: Command = {
  name: 'completion',
  summary: 'a script for a shell, so that Tab knows flags, namespaces, pods and services',
  args: [{ name: 'shell', isRequired: true, help: 'bash, zsh or fish' }],
  groups: everywhere,
  examples: ['source <(skoop completion bash)'],
  run: async (input) => (await import('./completion/index.ts')).runCompletion(input),
};

const version: Command = {
  name: 'version',
  summary: 'print the version',
  groups: everywhere,
  run: async (input) => (await import('./version.ts')).runVersion(input),
};

/** `skoop` itself: the diagnosis. */
export const skoop: Command = {
  name: 'skoop',
  summary: 'Can A reach B on this port? If not, exactly where and why does the packet stop?',
  usage: '-s SOURCE -d DESTINATION -p PORT [--bundle FILE]',
  groups: [taskFlags, bundleFlags, uiFlags, ...modules, ...everywhere],
  commands: [collect, bundle, agent, doctor, cleanup, explain, completion, version],
  examples: [
    'skoop -s web/client -d api -p 80',
    'skoop -s web/client -d api -p 80 --bundle incident.skoop',
    'skoop -s 203.0.113.9 -d svc/web -p http --bundle incident.skoop --format svg --output path.svg',
    'skoop --queries questions.ndjson --bundle incident.skoop',
  ],
  run: async (input) => (await import('./diagnose.ts')).runDiagnose(input),
};
