/** Which tc filters of clsact let every packet go on: those that only classify, or whose actions let it pass. */
import { entriesOf, field, word, type Listed } from './json-list.ts';

/** What they match chooses a class, and ingress and egress have none (tcf_classify, TC_ACT_OK). */
const CLASSIFIERS: ReadonlySet<string> = new Set(['u32', 'flower', 'matchall', 'fw', 'basic', 'bpf']);
const PASSING: ReadonlySet<string> = new Set(['pass', 'continue', 'pipe']);

/** `givesBack`: whether a device hands what is redirected to it back to where it was (ifb). */
export function isHarmlessFilter(filter: Listed, givesBack: (dev: string) => boolean): boolean {
  const options = field(filter, 'options');
  // a program that is not direct gives a class
  if (!CLASSIFIERS.has(word(filter, 'kind')) || options['direct-action'] === true) return false;
  const { actions } = options;
  if (actions === undefined) return true;
  const listed = entriesOf(actions);
  return listed.length > 0 && listed.every((action) => isHarmlessAction(action, givesBack));
}

/** What limits the traffic of pods sends it through an ifb device, which has a queue of its own (CNI's bandwidth plugin). */
function isHarmlessAction(action: Listed, givesBack: (dev: string) => boolean): boolean {
  switch (word(action, 'kind')) {
    case 'gact':
      return (
        PASSING.has(word(field(action, 'control_action'), 'type')) &&
        word(field(action, 'prob'), 'random_type') === 'none'
      );
    case 'mirred':
      return (
        word(action, 'mirred_action') === 'redirect' &&
        word(action, 'direction') === 'egress' &&
        givesBack(word(action, 'to_dev'))
      );
    default:
      return false;
  }
}
