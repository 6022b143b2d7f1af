/** -m physdev: the bridge ports of a bridged packet (physdev_mt). */
import { isInterface, parseInterface } from '../interface.ts';
import type { MatchModule } from '../match.ts';

export const physdev: MatchModule = {
  options: {
    '--physdev-in': 1,
    '--physdev-out': 1,
    '--physdev-is-in': 0,
    '--physdev-is-out': 0,
    '--physdev-is-bridged': 0,
  },
  compile(options) {
    const isInverted = (name: string): boolean => options.get(name)?.isInverted ?? false;
    const asksFor = (name: string): boolean => options.has(name);
    const portIn = options.get('--physdev-in');
    const portOut = options.get('--physdev-out');
    const inCondition = portIn && parseInterface(portIn.values[0]!, portIn.isInverted);
    const outCondition = portOut && parseInterface(portOut.values[0]!, portOut.isInverted);
    return ({ input }) => {
      const { physIn, physOut } = input.meta;
      // Not bridged: only what is asked in the negative holds.
      if (physIn === undefined && physOut === undefined)
        return [...options.values()].every((option) => option.isInverted);
      // The way out counts as a bridge port for bridged packets alone.
      if (asksFor('--physdev-is-bridged') && (physOut !== undefined) === isInverted('--physdev-is-bridged'))
        return false;
      if (asksFor('--physdev-is-in') && (physIn !== undefined) === isInverted('--physdev-is-in')) return false;
      if (asksFor('--physdev-is-out') && (physOut !== undefined) === isInverted('--physdev-is-out')) return false;
      if (inCondition !== undefined && physIn !== undefined && !isInterface(inCondition, physIn)) return false;
      if (outCondition === undefined) return true;
      return physOut === undefined ? outCondition.isInverted : isInterface(outCondition, physOut);
    };
  },
};
