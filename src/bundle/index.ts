/** Bundles: one file with a cluster's objects and its nodes' dumps. */
export { InputError } from '../collector/input-error.ts';
export { checkBundle } from './check.ts';
export { createBundle } from './create.ts';
export type { CreateOptions, InputFile, NewBundle } from './create.ts';
export { describeBundle } from './describe.ts';
export type { Manifest } from './manifest.ts';
export { openBundle } from './open.ts';
export type { Bundle } from './open.ts';
export { redactBundle } from './redact.ts';
