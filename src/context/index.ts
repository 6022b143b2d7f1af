export * from './context.ts';
export * from './flags.ts';
export * from './values.ts';
