/** A running cluster as something that can be asked. */
import type { CommandInput } from '../command.ts';
import { cloudFlags } from '../compat-flags.ts';
import { bundleFlags, taskFlags } from '../flags.ts';
import type { Asker } from '../open-asker.ts';
import { LiveAsker } from './asker.ts';
import { saveSession } from './save.ts';
import { openSession } from './session.ts';

export async function openLiveAsker(input: CommandInput): Promise<Asker> {
  const file = input.context.values(bundleFlags)['save-bundle'];
  const isProbing = input.context.values(taskFlags).probe;
  const session = await openSession(input);
  const provider = input.context.values(cloudFlags)['cloud-provider'];
  if (provider !== 'generic') session.say(`--cloud-provider ${provider} changes nothing: no cloud is asked`);
  const asker = new LiveAsker(session, input.context);
  return {
    diagnose: async (ask) => {
      const path = await asker.diagnose(ask);
      return isProbing ? (await import('./probe.ts')).withProbe(path, session, input.terminal.signal) : path;
    },
    save: async () => {
      if (file !== undefined) await saveSession(session, input, { file, isRedacted: false });
    },
    end: async () => session.end(),
  };
}
