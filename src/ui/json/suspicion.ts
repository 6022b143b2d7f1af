/** A suspicion in JSON: KubeSkoop's level and message, with our code, evidence and remedy. */
import type { Suspicion } from '../../model/suspicion.ts';
import { remedyOf } from '../findings/remedy.ts';
import type { DiagnoseResult } from '../json-schema.ts';

export function suspicionJson(suspicion: Suspicion): DiagnoseResult['cluster']['suspicions'][number] {
  const { level, message, code, evidence } = suspicion;
  return { level, message, code, evidence: [...evidence], remedy: remedyOf(suspicion) };
}
