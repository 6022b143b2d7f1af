export * from './context.ts';
export * from './flags.ts';
