#!/usr/bin/env node
/** The process: argv in, exit code out. */
import { keepCompiledCode } from './compiled-code.ts';
import { optimiseLate } from './optimise-late.ts';

optimiseLate(process.versions.node);
keepCompiledCode(process.env);
// CommonJS has no await at the top.
void import('./run.ts').then(async ({ run }) => run(process));
