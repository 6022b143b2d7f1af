/** The nouns of the project; imports nothing from outside this folder. */
export * from './address.ts';
export * from './assert-never.ts';
export * from './dump.ts';
export * from './endpoint.ts';
export * from './evidence.ts';
export * from './flow.ts';
export * from './fork.ts';
export * from './packet.ts';
export * from './path.ts';
export * from './step.ts';
export * from './suspicion.ts';
export * from './suspicion-codes.ts';
