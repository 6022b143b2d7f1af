/** The built command line of skoop, asked as a person or a program would. */
import { join } from 'node:path';
import type { Verdict } from '../../../src/model/index.ts';
import { TOOLS } from '../build/images.ts';
import { output } from '../process.ts';
import type { RunningCluster } from '../running-cluster.ts';
import type { ClusterQuestion } from './questions.ts';

/** What is read of an answer; the rest is in `line`. */
export interface Answer {
  readonly verdict?: Verdict;
  readonly reason?: string;
  /** Why there is none. */
  readonly error?: string;
  readonly line: string;
}

const PROGRAM = join(import.meta.dirname, '../../../dist/skoop.cjs');

/** Asks the running cluster through collector pods, and saves what was collected as a bundle. */
export async function askLive(
  cluster: RunningCluster,
  asked: readonly ClusterQuestion[],
  bundle: string,
): Promise<readonly Answer[]> {
  const live = ['--kubeconfig', cluster.kubeconfig, '--collector-image', TOOLS, '--save-bundle', bundle];
  return answers([...live], asked);
}

export async function askBundle(asked: readonly ClusterQuestion[], bundle: string): Promise<readonly Answer[]> {
  return answers(['--bundle', bundle], asked);
}

async function answers(args: readonly string[], asked: readonly ClusterQuestion[]): Promise<readonly Answer[]> {
  const stdin = asked.map(({ question }) => `${JSON.stringify(queryOf(question))}\n`).join('');
  const { code, stdout, stderr } = await output([process.execPath, PROGRAM, '--queries', '-', ...args], { stdin });
  if (code !== 0) throw new Error(`skoop ${args.join(' ')}: exit code ${code}: ${stderr}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => ({ ...(JSON.parse(line) as Omit<Answer, 'line'>), line }));
}

/** ICMP has no port. */
function queryOf({ port, ...question }: ClusterQuestion['question']): unknown {
  return question.protocol === 'icmp' ? question : { ...question, port };
}
