#!/usr/bin/env node
/** The process: argv in, exit code out. */
import { keepCompiledCode } from './compiled-code.ts';

keepCompiledCode(process.env);
// CommonJS has no await at the top.
void import('./run.ts').then(async ({ run }) => run(process));
