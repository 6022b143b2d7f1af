/** Who has the next hop's address: the link is asked, and the walk goes on with each that may have answered. */
import type { Branch, Ending } from '../model/path.ts';
import type { Outcome } from '../netstack/walk/index.ts';
import type { NetNodeAction } from '../nodemanager/net-node-action.ts';
import { askLink } from './ask-link.ts';
import type { LinkAnswers } from './ask-link.ts';
import { withHop } from './journey.ts';
import type { Journey } from './journey.ts';
import { toldOf } from './told.ts';
import { finish, hopOf } from './walk.ts';
import type { Forks, Visit, Walk } from './walk.ts';

/** Asks the link for the next hop's MAC address, then goes on where the walk stopped. */
export async function resolved(
  walk: Walk,
  outcome: Outcome & { kind: 'resolve' },
  visit: Visit,
  journey: Journey,
): Promise<readonly Branch[]> {
  const { at } = visit;
  const { resolve, byEntry } = outcome;
  const { known: mac } = resolve;
  if (mac !== undefined && byEntry !== undefined && !(await walk.nodes.staysFleeting(at, { ...resolve, mac })))
    return walk.handleAll(byEntry(), visit);
  const heard = await askLink(walk.nodes, at, resolve);
  const answers = walk.nodes.isAnsweredAstray(at, resolve) ? notForGood(heard, at) : heard;
  const fail = async (ending: Ending, forks = outcome.forks): Promise<readonly Branch[]> => [
    finish(
      walk,
      withHop({ ...journey, forks }, hopOf(outcome, visit)),
      await toldOf(walk, ending, { outcome, visit, journey }),
    ),
  ];
  const macs = [...answers.macs];
  const learned = resolve.known === undefined || answers.macs.has(resolve.known) ? undefined : resolve.known;
  if (learned !== undefined && macs.length > 0) macs.push([learned, `what ${at.id} has learned`]);
  // what nobody confirms stays for a while
  const barred =
    learned === undefined || macs.length > 0 || answers.barred.has(learned)
      ? answers.barred
      : new Map([...answers.barred, [learned, unconfirmed(at, answers)] as const]);
  const isOpen = macs.length === 0 && barred.size === 0;
  const [program] = isOpen ? answers.programs : [];
  if (answers.unknown.length > 0 || program !== undefined) {
    return fail({
      node: at.id,
      reason: 'unknown-state',
      message: `it is not known who answers for ${resolve.ip.text} on ${resolve.dev} of ${at.id}: ${answers.unknown[0] ?? `${program} may do so`}`,
      verdict: 'undetermined',
      evidence: [],
    });
  }
  if (macs.length === 0 && barred.size > 0) return maybeLearned(walk, outcome, barred, { visit, fail });
  if (macs.length === 0) {
    const why = answers.silent.length === 0 ? 'the question reaches nobody' : answers.silent.slice(0, 2).join('; ');
    const message = `nobody answers for ${resolve.ip.text} on ${resolve.dev} of ${at.id}: ${why}`;
    const { evidence } = answers;
    if (resolve.hasOtherRoute === true)
      return fail({
        node: at.id,
        reason: 'unknown-state',
        verdict: 'undetermined',
        evidence,
        message: `${message}; once that has failed, ${at.id} takes another route`,
      });
    return fail({
      node: at.id,
      reason: 'no-neighbour',
      verdict: 'unreachable',
      evidence,
      notice: 'EHOSTUNREACH',
      message,
    });
  }
  if (macs.length === 1) return walk.handleAll(outcome.resume(macs[0]![0]), visit);
  const id = walk.forkIds.next();
  const branches: Branch[] = [];
  for (const [option, [mac, by]] of macs.entries()) {
    const forked = outcome.resume(mac).map((each) =>
      insertFork(each, outcome.forks.length, {
        cause: 'ignorance',
        id,
        option,
        label: `${by} (${mac}) is who last answered for ${resolve.ip.text}`,
      }),
    );
    branches.push(...(await walk.handleAll(forked, visit)));
  }
  return branches;
}

/** Who answers now, and does not when he is asked from another address. */
function notForGood(heard: LinkAnswers, { id }: NetNodeAction): LinkAnswers {
  const reason = `answers to another address of ${id} go astray`;
  const barred = [...heard.macs].map(([mac, by]) => [mac, { by, reason }] as const);
  return { ...heard, macs: new Map(), barred: new Map([...barred, ...heard.barred]) };
}

/** An entry that the link does not bear out. */
function unconfirmed({ id }: NetNodeAction, { silent }: LinkAnswers): { readonly by: string; readonly reason: string } {
  return { by: `what ${id} has learned`, reason: silent[0] ?? 'the question reaches nobody' };
}

/** Rules drop the question or its answer: the asker knows the address if the other has asked it, else it does not. */
async function maybeLearned(
  walk: Walk,
  outcome: Outcome & { kind: 'resolve' },
  barred: LinkAnswers['barred'],
  {
    visit,
    fail,
  }: { readonly visit: Visit; readonly fail: (ending: Ending, forks: Forks) => Promise<readonly Branch[]> },
): Promise<readonly Branch[]> {
  const id = walk.forkIds.next();
  const { resolve, forks } = outcome;
  const { ip, dev } = resolve;
  const branches: Branch[] = [];
  for (const [option, [mac, { by, reason }]] of [...barred].entries()) {
    const label = `${ip.text} is known as ${mac} (${by}), though ${reason}`;
    const forked = outcome
      .resume(mac)
      .map((each) => insertFork(each, forks.length, { cause: 'ignorance', id, option, label }));
    branches.push(...(await walk.handleAll(forked, visit)));
  }
  const { at } = visit;
  const why = [...barred.values()].map(({ reason }) => reason)[0] ?? '';
  const lost = await fail(
    {
      node: at.id,
      reason: 'no-neighbour',
      message: `nobody answers for ${ip.text} on ${dev} of ${at.id}: ${why}`,
      verdict: 'unreachable',
      evidence: resolve.failed === undefined ? [] : [resolve.failed],
      notice: 'EHOSTUNREACH',
    },
    [...forks, { cause: 'ignorance', id, option: barred.size, label: `${ip.text} is not known` }],
  );
  return [...branches, ...lost];
}

function insertFork(outcome: Outcome, at: number, fork: Outcome['forks'][number]): Outcome {
  const forks = [...outcome.forks.slice(0, at), fork, ...outcome.forks.slice(at)];
  return outcome.kind === 'flood'
    ? { ...outcome, forks, copies: outcome.copies.map((copy) => insertFork(copy, at, fork)) }
    : { ...outcome, forks };
}
