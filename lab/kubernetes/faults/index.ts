/** Every fault that is made in a running cluster. */
import type { Fault } from './fault.ts';
import { NODES } from './nodes.ts';
import { ROUTING } from './routing.ts';
import { RULES } from './rules.ts';
import { SERVICES } from './services.ts';

export const FAULTS: readonly Fault[] = [...ROUTING, ...RULES, ...SERVICES, ...NODES];

export type { Fault } from './fault.ts';
export { runFault, isMended, type Diagnosed } from './run-fault.ts';
export { openScene, type Scene } from './scene.ts';
