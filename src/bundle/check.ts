/** What `skoop bundle check` does: reads all of it, and the sections as far as the frame goes. */
import type { Bundle } from './open.ts';
import { surveyBundle } from './survey.ts';
import type { BundleSurvey } from './survey.ts';

/** Throws the first InputError that any member has; else what is inside. */
export function checkBundle(bundle: Bundle): BundleSurvey {
  const survey = surveyBundle(bundle);
  for (const { damage } of survey.kinds) if (damage !== undefined) throw damage;
  for (const { state } of survey.nodes) if (state.kind === 'damaged') throw state.error;
  return survey;
}
