/** Matches on the sending or receiving socket: socket, owner, cgroup. */
import type { MatchModule } from '../match.ts';

/** Does a local socket take the packet (xt_socket)? */
export const socket: MatchModule = {
  options: { '--nowildcard': 0, '--transparent': 0, '--restore-skmark': 0 },
  memory: 'header',
  compile(options) {
    const asked = { nowildcard: options.has('--nowildcard'), transparent: options.has('--transparent') };
    const restoresMark = options.has('--restore-skmark');
    return ({ input, packet }) => {
      const has = input.env.hasSocket(packet, asked);
      // The socket's mark, which the match would copy, is not known.
      return has === true && restoresMark ? undefined : has;
    };
  },
};

/** Who owns the sending socket. Forwarded packets have none: then only what is asked in the negative holds (owner_mt). */
export const owner: MatchModule = {
  options: { '--uid-owner': 1, '--gid-owner': 1, '--socket-exists': 0, '--suppl-groups': 0 },
  memory: 'flow',
  compile(options) {
    const asked = [...options].filter(([name]) => name !== '--suppl-groups');
    const socketExists = options.get('--socket-exists');
    const asksWho = asked.some(([name]) => name !== '--socket-exists');
    return ({ input, ct }) => {
      if (!input.meta.isLocal) return asked.every(([, option]) => option.isInverted);
      // The kernel answers some packets (echo, reset) from sockets of its own.
      if (ct.direction === 'reply') return undefined;
      if (socketExists?.isInverted === true) return false;
      return asksWho ? undefined : true;
    };
  },
};

/** A forwarded packet belongs to no control group, inverted or not (cgroup_mt). */
export const cgroup: MatchModule = {
  options: { '--path': 1, '--cgroup': 1 },
  memory: 'flow',
  compile:
    () =>
    ({ input }) =>
      input.meta.isLocal || input.hook === 'input' ? undefined : false,
};
