/** Names and labels of what a diagnosis makes in a cluster, so that it is found, told apart and removed again. */

export const LABELS = {
  name: 'app.kubernetes.io/name',
  component: 'app.kubernetes.io/component',
  managedBy: 'app.kubernetes.io/managed-by',
  version: 'app.kubernetes.io/version',
  /** One run of skoop; people who diagnose at the same time have different ones. */
  run: 'skoop.io/run',
  /** Who started it: the same for all runs of one account on one machine, and no name. */
  starter: 'skoop.io/starter',
} as const;

const APP = 'skoop';

export type Component = 'collector' | 'agent';

export function labelsOf(component: Component): Readonly<Record<string, string>> {
  return { [LABELS.name]: APP, [LABELS.component]: component, [LABELS.managedBy]: APP };
}

/** A label selector of the API; `of` narrows it. */
export function selectorOf(component: Component, of: Readonly<Record<string, string>> = {}): string {
  return Object.entries({ [LABELS.name]: APP, [LABELS.component]: component, ...of })
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

export const CONTAINER = 'collector';
export const AGENT_NAME = 'skoop-agent';
