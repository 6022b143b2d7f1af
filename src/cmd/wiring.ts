/** The one place that knows every command and every module's flags. The work itself is imported when it is asked for. */
import type { FlagGroup } from '../context/flags.ts';
import { clusterFlags } from '../k8s/flags.ts';
import { flannelFlags } from '../plugin/flannel/flags.ts';
import { calicoFlags, pluginFlags } from '../plugin/flags.ts';
import type { Command } from './command.ts';
import { aliyunFlags, cloudFlags } from './compat-flags.ts';
import { bundleFlags, logFlags, miscFlags, taskFlags, uiFlags } from './flags.ts';
import { collectFlags } from './collect-flags.ts';
import { collectorFlags, imageFlags, liveClusterFlags, namespaceFlags, progressFlags } from './live-flags.ts';
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

const explain: Command = {
  name: 'explain',
  summary: 'what a finding means, how to confirm it and how to mend it',
  args: [{ name: 'code', isRequired: false, help: 'such as NO_ROUTE; all codes where absent' }],
  groups: everywhere,
  run: async (input) => (await import('./explain.ts')).runExplain(input),
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
  commands: [collect, bundle, explain, version],
  examples: [
    'skoop -s web/client -d api -p 80',
    'skoop -s web/client -d api -p 80 --bundle incident.skoop',
    'skoop -s 203.0.113.9 -d svc/web -p http --bundle incident.skoop --format svg --output path.svg',
    'skoop --queries questions.ndjson --bundle incident.skoop',
  ],
  run: async (input) => (await import('./diagnose.ts')).runDiagnose(input),
};
