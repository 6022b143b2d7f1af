/** Bundles: one file with a cluster's objects and its nodes' dumps. */
export { InputError } from '../collector/input-error.ts';
export { createBundle } from './create.ts';
export type { CreateOptions, InputFile, NewBundle } from './create.ts';
export { BUNDLE_SCHEMA } from './manifest.ts';
export type { Manifest } from './manifest.ts';
export { openBundle } from './open.ts';
export type { Bundle } from './open.ts';
export { checkBundle } from './check.ts';
export { describeBundle } from './describe.ts';
export { surveyBundle } from './survey.ts';
export type { BundleSurvey, DumpSurvey, FailedSection, KindSurvey, NamespaceSurvey, NodeSurvey } from './survey.ts';
export { redactBundle } from './redact.ts';
