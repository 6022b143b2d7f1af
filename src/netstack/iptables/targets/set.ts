/** SET: adds the packet's addresses to a set or deletes them, or takes the packet's mark from one. */
import { value } from '../options.ts';
import type { TargetModule } from '../target.ts';

export const SET: TargetModule = {
  options: {
    '--add-set': 2,
    '--del-set': 2,
    '--map-set': 2,
    '--exist': 0,
    '--timeout': 1,
    '--map-mark': 0,
    '--map-prio': 0,
    '--map-queue': 0,
  },
  compile(options) {
    // The mark comes from an element that may be added while packets flow.
    if (options.has('--map-mark')) return undefined;
    const sets = ['--add-set', '--del-set'].flatMap((name) => value(options, name) ?? []);
    const effect = ['--add-set', '--del-set', '--map-set'].flatMap((name) =>
      options.has(name) ? [`${name.slice(2, 5)} ${value(options, name)}`] : [],
    );
    return { target: { kind: 'touch-set', sets }, effect: `SET ${effect.join(', ')}` };
  },
};
